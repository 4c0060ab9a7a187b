//! The removals that were seen, so that a removed peer cannot be put back by replaying its row.

use std::collections::{BTreeMap, VecDeque};

use crate::{PublicKey, fleet::Version};

/// A bound on memory (about 2 MB), not on safety: who can write the grid can also put back rows
/// that were removed before this process began.
const MAX_REMOVALS: usize = 16_384;

/// The versions at which peers were removed; the oldest removal is forgotten first.
#[derive(Default)]
pub(super) struct Removals {
    versions: BTreeMap<PublicKey, Version>,
    /// The keys of `versions`, in the order of their first removal.
    order: VecDeque<PublicKey>,
}

impl Removals {
    pub(super) fn remember(&mut self, key: PublicKey, version: Version) {
        match self.versions.get_mut(&key) {
            Some(known) => *known = version.max(*known),
            None => {
                self.versions.insert(key, version);
                self.order.push_back(key);
            }
        }
        if self.order.len() > MAX_REMOVALS
            && let Some(oldest) = self.order.pop_front()
        {
            self.versions.remove(&oldest);
        }
    }

    /// Whether a row with this version was removed already.
    pub(super) fn is_older(&self, key: &PublicKey, version: Version) -> bool {
        self.versions
            .get(key)
            .is_some_and(|removed| version <= *removed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn only_a_newer_row_comes_back_after_a_removal() {
        let version = |seconds| Version::after(None, UNIX_EPOCH + Duration::from_secs(seconds));
        let key = PublicKey::from_bytes([1; 32]);
        let mut removals = Removals::default();
        assert!(!removals.is_older(&key, version(5)));
        removals.remember(key, version(5));
        removals.remember(key, version(4));
        assert!(removals.is_older(&key, version(5)));
        assert!(!removals.is_older(&key, version(6)));
    }

    #[test]
    fn the_memory_of_removals_is_bounded() {
        let key = |index: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&index.to_be_bytes());
            PublicKey::from_bytes(bytes)
        };
        let mut removals = Removals::default();
        for index in 0..=MAX_REMOVALS {
            removals.remember(key(index), Version::LOWEST);
        }
        assert_eq!(removals.versions.len(), MAX_REMOVALS);
        assert!(!removals.is_older(&key(0), Version::LOWEST));
        assert!(removals.is_older(&key(1), Version::LOWEST));
    }
}
