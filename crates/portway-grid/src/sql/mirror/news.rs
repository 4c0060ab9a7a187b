//! What changed since a mirror was last brought up to date: gathered while the grid is held, a part
//! at a time, and taken in without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use portway_ignite_protocol::RawValue;
use rusqlite::{CachedStatement, params_from_iter};

use super::schemas::{Schemas, engine_types};
use super::{Mirror, table_name};
use crate::engine::{Changed, CopyId, Engine};
use crate::sql::cell::to_cell;
use crate::sql::error::SqlError;
use crate::sql::row;
use crate::sql::table::Table;

/// Entries in a part: copying them takes less than a millisecond.
pub(crate) const PART_ENTRIES: usize = 4096;
/// Bytes of keys and values in a part.
const PART_BYTES: usize = 1 << 20;

/// A part of what changed in the caches of some tables.
#[derive(Debug)]
pub(crate) struct News {
    caches: Vec<CacheNews>,
    /// Whether nothing else has changed.
    pub(crate) is_last: bool,
}

#[derive(Debug)]
struct CacheNews {
    tables: Vec<(Arc<Table>, Schemas)>,
    /// All that was read before is void.
    forgets_all: bool,
    /// Keys with their values, none for those that were removed.
    entries: Vec<(Bytes, Option<Bytes>)>,
}

/// How much a part may still take.
struct Room {
    entries: usize,
    bytes: usize,
}

/// The caches that a mirror has not read to their end, each with the last key that it has read.
#[derive(Debug, Default)]
pub(super) struct Unread(BTreeMap<i32, Bytes>);

impl Room {
    fn is_full(&self) -> bool {
        self.entries == 0 || self.bytes == 0
    }
}

impl Unread {
    /// Whether entries of a cache were not read yet.
    pub(super) fn has(&self, cache: i32) -> bool {
        self.0.contains_key(&cache)
    }

    /// The last key of a cache that was read, if it is not read to its end.
    pub(super) fn last_of(&self, cache: i32) -> Option<Bytes> {
        self.0.get(&cache).cloned()
    }
}

impl Mirror {
    /// Gathers a part of what changed in the caches of some tables; the rest is for the next call.
    pub(crate) fn gather(
        &mut self,
        tables: &[Arc<Table>],
        engine: &mut Engine,
        entries: usize,
    ) -> Result<News, SqlError> {
        for table in tables {
            self.create_missing(table, engine)?;
        }
        let caches: BTreeSet<i32> = tables.iter().map(|table| table.cache).collect();
        let mut room = Room {
            entries,
            bytes: PART_BYTES,
        };
        let mut news = News {
            caches: Vec::new(),
            is_last: true,
        };
        for cache in caches {
            let mut of_cache = CacheNews {
                tables: self.tables_of(cache, engine),
                forgets_all: false,
                entries: Vec::new(),
            };
            of_cache.gather_changed(cache, self.copy, &mut self.unread, engine, &mut room);
            of_cache.gather_unread(cache, &mut self.unread, engine, &mut room);
            news.is_last &=
                !self.unread.0.contains_key(&cache) && !engine.has_changed(self.copy, cache);
            news.caches.push(of_cache);
        }
        Ok(news)
    }

    /// Whether there are entries that were not read yet.
    pub(crate) fn reads_first_time(&self) -> bool {
        !self.unread.0.is_empty()
    }

    fn create_missing(&mut self, table: &Arc<Table>, engine: &mut Engine) -> Result<(), SqlError> {
        let id = (table.cache, table.entity);
        if !self.tables.contains_key(&id) {
            self.create(table)?;
            self.tables.insert(id, Arc::clone(table));
            // The list of changes does not say what was there before.
            engine.unwatch(self.copy, table.cache);
        }
        Ok(())
    }

    /// The tables of a cache that are here: a changed entry is a row of one of them.
    fn tables_of(&self, cache: i32, engine: &Engine) -> Vec<(Arc<Table>, Schemas)> {
        let of_cache = self.tables.range((cache, 0)..=(cache, usize::MAX));
        let table = |table: &Arc<Table>| (Arc::clone(table), Schemas(engine_types(engine, table)));
        of_cache.map(|(_, of)| table(of)).collect()
    }

    /// Stores gathered news.
    pub(crate) fn take_in(&self, news: &News) -> Result<(), SqlError> {
        self.run("BEGIN")?;
        for of_cache in &news.caches {
            for (table, schemas) in &of_cache.tables {
                self.take_in_of(table, schemas, of_cache)?;
            }
        }
        self.run("COMMIT")
    }

    fn take_in_of(
        &self,
        table: &Table,
        schemas: &Schemas,
        news: &CacheNews,
    ) -> Result<(), SqlError> {
        let name = table_name(table.cache, table.entity);
        if news.forgets_all {
            self.run(&format!("DELETE FROM {name}"))?;
        }
        let plain_value = usize::from(table.plain_value().is_some());
        let places = vec!["?"; 1 + table.columns.len() + plain_value].join(", ");
        let insert = format!("INSERT OR REPLACE INTO {name} VALUES ({places})");
        let mut insert = self.prepare(&insert)?;
        let mut delete = self.prepare(&format!("DELETE FROM {name} WHERE k = ?"))?;
        for (key, value) in &news.entries {
            let is_row = match value {
                Some(value) => put(&mut insert, table, key, value, schemas)?,
                None => false,
            };
            if !is_row && !news.forgets_all {
                let deleted = delete.execute([&key[..]]);
                deleted.map_err(|error| SqlError::from_sqlite(&error))?;
            }
        }
        Ok(())
    }
}

impl CacheNews {
    /// Gathers what changed among the entries that were read before.
    fn gather_changed(
        &mut self,
        cache: i32,
        copy: CopyId,
        unread: &mut Unread,
        engine: &mut Engine,
        room: &mut Room,
    ) {
        let mut keys = match engine.take_changed(copy, cache) {
            Changed::Keys(keys) => keys,
            Changed::Everything => {
                self.forgets_all = true;
                unread.0.insert(cache, Bytes::new());
                return;
            }
        };
        if let Some(last) = unread.0.get(&cache) {
            // What lies behind is read as it is then.
            keys.retain(|key| **key <= **last);
        }
        while !room.is_full()
            && let Some(key) = keys.pop_first()
        {
            let value = engine.stored_value(cache, &key);
            self.push(&key, value, room);
        }
        if !keys.is_empty() {
            engine.put_back_changed(copy, cache, keys);
        }
    }

    /// Gathers entries that were not read yet.
    fn gather_unread(&mut self, cache: i32, unread: &mut Unread, engine: &Engine, room: &mut Room) {
        let Some(mut last) = unread.0.remove(&cache) else {
            return;
        };
        for (key, value) in engine.entries_behind(cache, &last.clone()) {
            if room.is_full() {
                unread.0.insert(cache, last);
                return;
            }
            last = self.push(key, Some(value), room);
        }
    }

    fn push(&mut self, key: &[u8], value: Option<&[u8]>, room: &mut Room) -> Bytes {
        let key = Bytes::copy_from_slice(key);
        let value = value.map(Bytes::copy_from_slice);
        room.entries = room.entries.saturating_sub(1);
        let bytes = key.len() + value.as_ref().map_or(0, Bytes::len);
        room.bytes = room.bytes.saturating_sub(bytes);
        self.entries.push((key.clone(), value));
        key
    }
}

/// Stores the row of an entry; answers whether the entry is one of the table.
fn put(
    insert: &mut CachedStatement<'_>,
    table: &Table,
    key: &Bytes,
    value: &Bytes,
    schemas: &Schemas,
) -> Result<bool, SqlError> {
    let raw = |bytes: &Bytes| RawValue::from_trusted_bytes(bytes.clone());
    let Some(row) = row::read(table, &raw(key), &raw(value), schemas) else {
        return Ok(false);
    };
    let plain_value = row::plain_value(table, &raw(value));
    let cells = row.iter().chain(&plain_value).map(to_cell);
    let key = rusqlite::types::Value::Blob(key.to_vec());
    let stored = insert.execute(params_from_iter([key].into_iter().chain(cells)));
    stored.map_err(|error| SqlError::from_sqlite(&error))?;
    Ok(true)
}
