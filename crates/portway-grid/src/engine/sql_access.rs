//! What SQL asks of the engine: which entries changed, and what they are now.
//!
//! SQL keeps a copy of the rows of the tables that statements have touched. The engine notes the
//! keys that change in the caches of those tables; before the next statement SQL takes the notes
//! and reads the entries again. So a write costs SQL one note, however often it is repeated.

use std::collections::{BTreeMap, BTreeSet};

use portway_ignite_protocol::{CacheConfiguration, ClusterState};

use super::batch::{Batch, Change};
use super::layout::{self, Stored};
use super::{Engine, EngineError};

/// Keys noted for one cache; beyond, it is cheaper to read the whole cache again.
const NOTED_KEYS: usize = 64 * 1024;

/// What changed in a cache since SQL last asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// These keys.
    Keys(BTreeSet<Box<[u8]>>),
    /// So much that all is to be read again.
    Everything,
}

/// The notes.
#[derive(Debug, Default)]
pub(super) struct SqlChanges {
    watched: BTreeMap<i32, Changed>,
    /// Rises with each cache that comes, goes or changes.
    definitions: u64,
}

impl SqlChanges {
    /// Notes what `batch` changes. Called with every batch that the table takes.
    pub(super) fn note(&mut self, batch: &Batch) {
        if self.watched.is_empty() {
            return;
        }
        for change in &batch.changes {
            match change {
                Change::Put { key, .. } | Change::Delete { key } => self.note_key(key),
                Change::DeletePrefix { prefix } => self.note_all(prefix),
            }
        }
    }

    fn note_key(&mut self, key: &[u8]) {
        let Some((cache, object)) = layout::split_entry_key(key) else {
            return;
        };
        let Some(changed) = self.watched.get_mut(&cache) else {
            return;
        };
        if let Changed::Keys(keys) = changed {
            keys.insert(object.into());
            if keys.len() > NOTED_KEYS {
                *changed = Changed::Everything;
            }
        }
    }

    fn note_all(&mut self, prefix: &[u8]) {
        if let Some((cache, _)) = layout::split_entry_key(prefix)
            && let Some(changed) = self.watched.get_mut(&cache)
        {
            *changed = Changed::Everything;
        }
    }

    /// Notes that the caches are no longer what they were.
    pub(super) fn note_definition(&mut self) {
        self.definitions += 1;
    }
}

impl Engine {
    /// A number that rises with each cache that is created, changed or destroyed.
    pub(crate) fn definitions(&self) -> u64 {
        self.sql_changes.definitions
    }

    /// What changed in a cache since this was last called; everything the first time.
    pub(crate) fn take_changed(&mut self, cache: i32) -> Changed {
        let nothing = Changed::Keys(BTreeSet::new());
        let before = self.sql_changes.watched.insert(cache, nothing);
        before.unwrap_or(Changed::Everything)
    }

    /// Forgets to note the changes of a cache.
    pub(crate) fn unwatch(&mut self, cache: i32) {
        self.sql_changes.watched.remove(&cache);
    }

    /// Removes everything that has expired, so that SQL does not see it.
    pub(crate) fn expire_all(&mut self, now: i64) {
        while self.expiry.next().is_some_and(|due| due <= now) {
            self.sweep(now);
        }
    }

    /// The keys and values of a cache.
    pub(crate) fn entries_of(&self, cache: i32) -> impl Iterator<Item = (&[u8], &[u8])> {
        let prefix = layout::entry_prefix(cache);
        self.table
            .range_from(std::ops::Bound::Excluded(&prefix))
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .filter_map(|(key, value)| {
                let (_, object) = layout::split_entry_key(key)?;
                Some((object, Stored::decode(value)?.value))
            })
    }

    /// The value of an entry, without counting as an access.
    pub(crate) fn stored_value(&self, cache: i32, key: &[u8]) -> Option<&[u8]> {
        let stored = self.stored(&layout::entry_key(cache, key))?;
        Some(stored.value)
    }

    /// The configurations of all caches; of none while the cluster is not active.
    pub(crate) fn configurations(&self) -> Result<Vec<CacheConfiguration>, EngineError> {
        if self.cluster_state() == ClusterState::Inactive {
            return Ok(Vec::new());
        }
        let caches = self.caches.keys();
        caches.map(|id| self.cache_configuration(*id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(cache: i32, key: &[u8]) -> Batch {
        let mut batch = Batch::default();
        batch.put(layout::entry_key(cache, key), [0; 8]);
        batch
    }

    #[test]
    fn only_what_is_watched_is_noted() {
        let mut changes = SqlChanges::default();
        changes.watched.insert(7, Changed::Keys(BTreeSet::new()));
        changes.note(&put(7, &[1]));
        changes.note(&put(8, &[2]));
        let expected = Changed::Keys(BTreeSet::from([Box::from([1u8])]));
        assert_eq!(changes.watched.get(&7), Some(&expected));
        assert_eq!(changes.watched.len(), 1);
    }

    #[test]
    fn too_many_keys_and_a_cleared_cache_are_everything() {
        let mut changes = SqlChanges::default();
        changes.watched.insert(7, Changed::Keys(BTreeSet::new()));
        for number in 0..=NOTED_KEYS {
            changes.note(&put(7, &number.to_be_bytes()));
        }
        assert_eq!(changes.watched.get(&7), Some(&Changed::Everything));

        changes.watched.insert(7, Changed::Keys(BTreeSet::new()));
        let mut batch = Batch::default();
        batch.delete_prefix(layout::entry_prefix(7));
        changes.note(&batch);
        assert_eq!(changes.watched.get(&7), Some(&Changed::Everything));
    }
}
