//! Which optimistic transactions have read which key, to find out whether another changed it.

use std::collections::{BTreeMap, BTreeSet};

use super::TransactionId;

/// The readers of each key.
#[derive(Debug, Default)]
pub(super) struct Watches {
    readers: BTreeMap<Box<[u8]>, BTreeSet<TransactionId>>,
}

impl Watches {
    pub(super) fn insert(&mut self, key: &[u8], reader: TransactionId) {
        let readers = self.readers.entry(key.into()).or_default();
        readers.insert(reader);
    }

    pub(super) fn remove<'a>(
        &mut self,
        reader: TransactionId,
        keys: impl Iterator<Item = &'a [u8]>,
    ) {
        for key in keys {
            if let Some(readers) = self.readers.get_mut(key) {
                readers.remove(&reader);
                if readers.is_empty() {
                    self.readers.remove(key);
                }
            }
        }
    }

    /// Who has read `key`.
    pub(super) fn of(&self, key: &[u8]) -> Vec<TransactionId> {
        let readers = self.readers.get(key);
        readers.into_iter().flatten().copied().collect()
    }

    /// Who has read which key that begins with `prefix`.
    pub(super) fn with_prefix(&self, prefix: &[u8]) -> Vec<(Box<[u8]>, TransactionId)> {
        let watched = self
            .readers
            .iter()
            .filter(|(key, _)| key.starts_with(prefix));
        watched
            .flat_map(|(key, readers)| readers.iter().map(|reader| (key.clone(), *reader)))
            .collect()
    }
}
