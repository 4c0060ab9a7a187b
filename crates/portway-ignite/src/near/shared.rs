//! What the handles of a near cache and the task that follows the grid share.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::options::NearOptions;
use super::part::Part;
use super::statistics::{Count, NearStatistics};

#[derive(Debug)]
pub(super) struct Shared<K, V> {
    hasher: RandomState,
    /// A power of two.
    parts: Box<[Part<K, V>]>,
    gaps: Count,
    max_age: Option<Duration>,
    /// Ends the following by being dropped.
    _alive: oneshot::Sender<()>,
}

impl<K, V> Shared<K, V> {
    pub(super) fn new(options: &NearOptions, alive: oneshot::Sender<()>) -> Self {
        let bound = options.bound();
        let parts = bound.parts();
        let part = |_| Part::new(bound.part(parts));
        Self {
            hasher: RandomState::new(),
            parts: (0..parts).map(part).collect(),
            gaps: Count::default(),
            max_age: options.max_age,
            _alive: alive,
        }
    }

    /// When a value that is asked for now is too old, if age matters.
    pub(super) fn too_old(&self) -> Option<Instant> {
        // An age beyond what the clock can tell is none.
        Instant::now().checked_add(self.max_age?)
    }

    pub(super) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    pub(super) fn part(&self, hash: u64) -> &Part<K, V> {
        // The index of a part is made of the lowest bits and the highest: these are between.
        let bits = usize::try_from(hash >> 32).unwrap_or_default();
        &self.parts[bits & (self.parts.len() - 1)]
    }

    pub(super) fn invalidate(&self, hash: u64) {
        self.part(hash).invalidate(hash);
    }

    pub(super) fn invalidate_all(&self) {
        self.parts.iter().for_each(Part::invalidate_all);
    }

    /// Notes whether changes are told from now on. What was known is forgotten.
    pub(super) fn follow(&self, following: bool) {
        for part in &self.parts {
            part.follow(following);
        }
    }

    /// Notes that changes may have been missed.
    pub(super) fn gap(&self) {
        self.gaps.add(1);
    }

    pub(super) fn statistics(&self) -> NearStatistics {
        let mut statistics = NearStatistics {
            gaps: self.gaps.get(),
            ..NearStatistics::default()
        };
        for part in &self.parts {
            part.add_to(&mut statistics);
        }
        statistics
    }
}
