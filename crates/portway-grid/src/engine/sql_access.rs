//! What SQL asks of the engine: which entries changed, and what they are now.
//!
//! SQL keeps copies of the rows of the tables that statements have touched. The engine notes for
//! each copy the keys that change in the caches of its tables; before the next statement SQL takes
//! the notes and reads the entries again. So a write costs SQL one note for each copy, however often
//! it is repeated.

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

/// One of the copies of rows that SQL keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CopyId(u64);

impl CopyId {
    /// The copy that most statements read.
    pub(crate) const FIRST: Self = Self(0);
    const LAST: Self = Self(u64::MAX);
}

/// The notes.
#[derive(Debug, Default)]
pub(super) struct SqlChanges {
    watched: BTreeMap<(i32, CopyId), Changed>,
    /// Rises with each copy.
    copies: u64,
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
        for changed in self.of_cache(cache) {
            if let Changed::Keys(keys) = changed {
                keys.insert(object.into());
                if keys.len() > NOTED_KEYS {
                    *changed = Changed::Everything;
                }
            }
        }
    }

    fn note_all(&mut self, prefix: &[u8]) {
        if let Some((cache, _)) = layout::split_entry_key(prefix) {
            for changed in self.of_cache(cache) {
                *changed = Changed::Everything;
            }
        }
    }

    /// What is noted of a cache, for each copy.
    fn of_cache(&mut self, cache: i32) -> impl Iterator<Item = &mut Changed> {
        let copies = (cache, CopyId::FIRST)..=(cache, CopyId::LAST);
        self.watched.range_mut(copies).map(|(_, changed)| changed)
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

    /// A number for another copy.
    pub(crate) fn new_copy(&mut self) -> CopyId {
        self.sql_changes.copies += 1;
        CopyId(self.sql_changes.copies)
    }

    /// What changed in a cache since this was last called for a copy; everything the first time.
    pub(crate) fn take_changed(&mut self, copy: CopyId, cache: i32) -> Changed {
        let nothing = Changed::Keys(BTreeSet::new());
        let before = self.sql_changes.watched.insert((cache, copy), nothing);
        before.unwrap_or(Changed::Everything)
    }

    /// Notes keys that were taken and are to be taken again. Nothing may have changed meanwhile.
    pub(crate) fn put_back_changed(&mut self, copy: CopyId, cache: i32, keys: BTreeSet<Box<[u8]>>) {
        let watched = &mut self.sql_changes.watched;
        watched.insert((cache, copy), Changed::Keys(keys));
    }

    /// Whether something in a cache changed since the changes were last taken for a copy.
    pub(crate) fn has_changed(&self, copy: CopyId, cache: i32) -> bool {
        let nothing = Changed::Keys(BTreeSet::new());
        self.sql_changes.watched.get(&(cache, copy)) != Some(&nothing)
    }

    /// Forgets to note the changes of a cache for a copy.
    pub(crate) fn unwatch(&mut self, copy: CopyId, cache: i32) {
        self.sql_changes.watched.remove(&(cache, copy));
    }

    /// Forgets a copy that is gone.
    pub(crate) fn forget_copy(&mut self, copy: CopyId) {
        let watched = &mut self.sql_changes.watched;
        watched.retain(|(_, of), _| *of != copy);
    }

    /// Removes everything that has expired, so that SQL does not see it.
    pub(crate) fn expire_all(&mut self, now: i64) {
        while self.expiry.next().is_some_and(|due| due <= now) {
            self.sweep(now);
        }
    }

    /// The keys and values of a cache, in the order of the keys, behind a key.
    pub(crate) fn entries_behind(
        &self,
        cache: i32,
        key: &[u8],
    ) -> impl Iterator<Item = (&[u8], &[u8])> {
        let prefix = layout::entry_prefix(cache);
        let start = layout::entry_key(cache, key);
        self.table
            .range_from(std::ops::Bound::Excluded(&start))
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

    /// Of cache 7.
    const COPY: (i32, CopyId) = (7, CopyId::FIRST);

    fn put(cache: i32, key: &[u8]) -> Batch {
        let mut batch = Batch::default();
        batch.put(layout::entry_key(cache, key), [0; 8]);
        batch
    }

    #[test]
    fn only_what_is_watched_is_noted() {
        let mut changes = SqlChanges::default();
        changes.watched.insert(COPY, Changed::Keys(BTreeSet::new()));
        changes.note(&put(7, &[1]));
        changes.note(&put(8, &[2]));
        let expected = Changed::Keys(BTreeSet::from([Box::from([1u8])]));
        assert_eq!(changes.watched.get(&COPY), Some(&expected));
        assert_eq!(changes.watched.len(), 1);
    }

    #[test]
    fn each_copy_has_notes_of_its_own() {
        let mut changes = SqlChanges::default();
        let other = (7, CopyId(1));
        for copy in [COPY, other] {
            changes.watched.insert(copy, Changed::Keys(BTreeSet::new()));
        }
        changes.note(&put(7, &[1]));
        changes.watched.remove(&COPY);
        let expected = Changed::Keys(BTreeSet::from([Box::from([1u8])]));
        assert_eq!(changes.watched.get(&other), Some(&expected));
    }

    #[test]
    fn too_many_keys_and_a_cleared_cache_are_everything() {
        let mut changes = SqlChanges::default();
        changes.watched.insert(COPY, Changed::Keys(BTreeSet::new()));
        for number in 0..=NOTED_KEYS {
            changes.note(&put(7, &number.to_be_bytes()));
        }
        assert_eq!(changes.watched.get(&COPY), Some(&Changed::Everything));

        changes.watched.insert(COPY, Changed::Keys(BTreeSet::new()));
        let mut batch = Batch::default();
        batch.delete_prefix(layout::entry_prefix(7));
        changes.note(&batch);
        assert_eq!(changes.watched.get(&COPY), Some(&Changed::Everything));
    }
}
