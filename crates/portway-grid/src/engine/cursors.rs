//! Scans: a cursor is a key to go on from, so an open one costs no memory that grows.

use std::ops::Bound;

use portway_ignite_protocol::{ResourceId, key_hash, partition_of_hash};

use super::layout::{self, Stored};
use super::{ConnectionId, Engine, EngineError};

/// A page ends once it holds this many bytes, whatever number of rows was asked for.
pub(super) const PAGE_BYTES: usize = 1024 * 1024;

/// Entries one page may look at before it ends early. It holds at least one row even then: the Java
/// client takes an empty page for the end.
const LOOKED_AT: usize = 16 * 1024;

/// What a scan was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScanOptions {
    pub(crate) cache: i32,
    /// Rows in a page, at least one.
    pub(crate) page_size: usize,
    /// Only entries of this partition.
    pub(crate) partition: Option<u32>,
    /// Milliseconds since the epoch.
    pub(crate) begun: i64,
}

/// An entry as a scan found it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) key: Box<[u8]>,
    pub(crate) value: Box<[u8]>,
}

/// Some rows of a scan.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Whether the cursor is still open.
    pub(crate) has_more: bool,
}

/// An open scan.
#[derive(Debug)]
pub(super) struct Cursor {
    options: ScanOptions,
    /// The last key looked at.
    position: Box<[u8]>,
}

/// What is shown of a scan.
#[derive(Debug)]
pub(crate) struct ScanInView {
    /// Which of its connection's.
    pub(crate) id: ResourceId,
    pub(crate) options: ScanOptions,
}

impl Engine {
    /// The scans that are open.
    pub(crate) fn scans(&self) -> impl Iterator<Item = ScanInView> {
        self.cursors.iter().map(|(_, id, cursor)| ScanInView {
            id,
            options: cursor.options,
        })
    }

    /// Starts a scan. A scan is weakly consistent: it sees some of what changes meanwhile.
    pub(crate) fn scan(
        &mut self,
        connection: ConnectionId,
        options: ScanOptions,
        now: i64,
    ) -> Result<(ResourceId, Page), EngineError> {
        self.cache(options.cache)?;
        let id = self.reserve_resource(connection)?;
        let position = Box::from(layout::entry_prefix(options.cache));
        let page = self.read_page(connection, id, Cursor { options, position }, now);
        Ok((id, page))
    }

    /// The next rows of an open scan or index query: a node reads on in either by either operation.
    pub(crate) fn next_page(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        now: i64,
    ) -> Result<Page, EngineError> {
        match self.cursors.take(connection, id) {
            Some(cursor) if self.cache(cursor.options.cache).is_err() => {
                // It stays until its client closes it, as on a node.
                self.cursors.insert(connection, id, cursor);
                Err(EngineError::CursorInvalidated)
            }
            Some(cursor) => Ok(self.read_page(connection, id, cursor, now)),
            None => self.next_entries(connection, id, now),
        }
    }

    /// Reads on from `cursor`; keeps it open unless it is at its end.
    fn read_page(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        mut cursor: Cursor,
        now: i64,
    ) -> Page {
        let mut rows = Vec::new();
        match self.collect_rows(&cursor, &mut rows, now) {
            Some(position) => {
                cursor.position = position;
                self.cursors.insert(connection, id, cursor);
                Page {
                    rows,
                    has_more: true,
                }
            }
            None => {
                self.release_resource(connection);
                Page {
                    rows,
                    has_more: false,
                }
            }
        }
    }

    /// Collects rows and answers where to go on; `None` at the end of the cache.
    fn collect_rows(&self, cursor: &Cursor, rows: &mut Vec<Row>, now: i64) -> Option<Box<[u8]>> {
        let options = cursor.options;
        let mut bytes = 0;
        let mut position = None;
        let prefix = layout::entry_prefix(options.cache);
        let entries = self.table.range_from(Bound::Excluded(&cursor.position));
        let mine = entries.take_while(|(key, _)| key.starts_with(&prefix));
        for (looked_at, (key, value)) in mine.enumerate() {
            let is_full = rows.len() >= options.page_size || bytes >= PAGE_BYTES;
            if is_full || (looked_at >= LOOKED_AT && !rows.is_empty()) {
                return position;
            }
            position = Some(key.into());
            let stored = Stored::decode(value).filter(|stored| !stored.is_expired(now));
            let object = layout::split_entry_key(key).map(|(_, object)| object);
            if let (Some(stored), Some(object)) = (stored, object)
                && options
                    .partition
                    .is_none_or(|partition| partition_of(object) == Some(partition))
            {
                bytes += object.len() + stored.value.len();
                rows.push(Row {
                    key: object.into(),
                    value: stored.value.into(),
                });
            }
        }
        None
    }
}

/// Partitions of every cache, Ignite's default.
pub(crate) const PARTITIONS: i32 = 1024;

/// The partition of a key; what has no hash as a key (an array) is in none.
fn partition_of(key: &[u8]) -> Option<u32> {
    key_hash(key)
        .ok()
        .map(|hash| partition_of_hash(hash, PARTITIONS.unsigned_abs()))
}
