//! Keys that an index query has found: their entries are read page by page.

use portway_ignite_protocol::ResourceId;

use super::cursors::{PAGE_BYTES, Page, Row};
use super::layout::{self, Stored};
use super::{ConnectionId, Engine, EngineError};

/// Bytes that the keys of all index queries may hold together.
const WAITING_BYTES: usize = 1 << 30;

/// Keys of a cache in the order in which their entries are to be read.
#[derive(Debug, Default)]
pub(crate) struct FoundKeys {
    cache: i32,
    bytes: Vec<u8>,
    /// Where each key ends.
    ends: Vec<usize>,
    /// How many were read.
    read: usize,
    /// Rows in a page.
    page_size: usize,
}

impl FoundKeys {
    pub(crate) fn new(cache: i32) -> Self {
        Self {
            cache,
            ..Self::default()
        }
    }

    pub(crate) fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all keys.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The next key that is to be read.
    fn next(&self) -> Option<&[u8]> {
        let end = *self.ends.get(self.read)?;
        let last = self.read.checked_sub(1);
        let start = last.and_then(|last| self.ends.get(last)).copied();
        self.bytes.get(start.unwrap_or(0)..end)
    }
}

impl Engine {
    /// Gives found keys a number, and answers the first page of their entries.
    pub(crate) fn open_keys(
        &mut self,
        connection: ConnectionId,
        mut keys: FoundKeys,
        page_size: usize,
        now: i64,
    ) -> Result<(ResourceId, Page), EngineError> {
        let waiting: usize = self.key_cursors.values().map(FoundKeys::bytes).sum();
        if waiting.saturating_add(keys.bytes()) > WAITING_BYTES {
            return Err(EngineError::TooManyRowsWait {
                limit: WAITING_BYTES,
            });
        }
        keys.page_size = page_size;
        let id = self.reserve_resource(connection)?;
        Ok((id, self.read_keys(connection, id, keys, now)))
    }

    /// The next entries of found keys. One that was removed or has expired meanwhile is left out.
    pub(super) fn next_entries(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        now: i64,
    ) -> Result<Page, EngineError> {
        let keys = self.key_cursors.take(connection, id);
        let keys = keys.ok_or(EngineError::ResourceNotFound(id))?;
        Ok(self.read_keys(connection, id, keys, now))
    }

    /// Reads a page; keeps the rest of the keys unless there is none.
    fn read_keys(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        mut keys: FoundKeys,
        now: i64,
    ) -> Page {
        let mut rows: Vec<Row> = Vec::new();
        let mut bytes = 0;
        while let Some(key) = keys.next() {
            let row = self.live_entry(keys.cache, key, now);
            if row.is_some() && (rows.len() >= keys.page_size || bytes >= PAGE_BYTES) {
                self.key_cursors.insert(connection, id, keys);
                return Page {
                    rows,
                    has_more: true,
                };
            }
            bytes += row
                .as_ref()
                .map_or(0, |row| row.key.len() + row.value.len());
            rows.extend(row);
            keys.read += 1;
        }
        self.release_resource(connection);
        Page {
            rows,
            has_more: false,
        }
    }

    fn live_entry(&self, cache: i32, key: &[u8], now: i64) -> Option<Row> {
        let stored = self.stored(&layout::entry_key(cache, key));
        let stored: Stored<'_> = stored.filter(|stored| !stored.is_expired(now))?;
        Some(Row {
            key: key.into(),
            value: stored.value.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use portway_ignite_protocol::{CacheConfiguration, CacheId};

    use super::*;
    use crate::engine::tests::engine;
    use crate::engine::{Call, Condition, IfExists};

    const CONNECTION: ConnectionId = ConnectionId(1);

    /// Keys 1 to 3 of a cache, in a cursor with pages of one row, of which the first was read.
    fn opened() -> (Engine, Call, ResourceId, Page) {
        let mut engine = engine();
        let configuration = CacheConfiguration::new("A");
        engine.create_cache(&configuration, IfExists::Fail).unwrap();
        let call = Call {
            cache: CacheId::of("A").0,
            policy: None,
            transaction: None,
            now: 1000,
        };
        let mut keys = FoundKeys::new(call.cache);
        for key in 1..=3 {
            let stored = engine.update(call, &[key], Condition::Always, Some(&[key]));
            assert!(stored.is_ok());
            keys.push(&[key]);
        }
        let (id, page) = engine.open_keys(CONNECTION, keys, 1, 1000).unwrap();
        (engine, call, id, page)
    }

    fn keys(page: &Page) -> Vec<u8> {
        page.rows.iter().map(|row| row.key[0]).collect()
    }

    #[test]
    fn what_was_removed_meanwhile_is_left_out() {
        let (mut engine, call, id, page) = opened();
        assert_eq!((keys(&page), page.has_more), (vec![1], true));
        let removed = engine.update(call, &[2], Condition::Always, None);
        assert!(removed.is_ok());
        let page = engine.next_page(CONNECTION, id, 1000).unwrap();
        assert_eq!((keys(&page), page.has_more), (vec![3], false));
        let gone = engine.next_page(CONNECTION, id, 1000);
        assert!(matches!(gone, Err(EngineError::ResourceNotFound(_))));
    }

    #[test]
    fn a_closed_cursor_makes_room_for_another() {
        let (mut engine, _, id, _) = opened();
        engine.close_resource(CONNECTION, id).unwrap();
        assert_eq!(engine.key_cursors.count(CONNECTION), 0);
        let gone = engine.close_resource(CONNECTION, id);
        assert!(matches!(gone, Err(EngineError::ResourceNotFound(_))));
    }
}
