//! What a near cache did.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a [`NearCache`](super::NearCache) did since it was made, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NearStatistics {
    /// Reads answered without asking the grid, also those of keys known to have no value.
    pub hits: u64,
    /// Reads that had to wait for the grid.
    pub misses: u64,
    /// Of the misses, those that waited for the question of another one.
    pub shared: u64,
    /// Entries that had to go to make room.
    pub evictions: u64,
    /// Entries that had to go because of a change, told by the grid or made here.
    pub invalidations: u64,
    /// How often everything had to go, because changes may have been missed.
    pub gaps: u64,
    /// The entries it holds.
    pub entries: usize,
    /// Their size, counted as by [`max_bytes`](super::NearOptions::max_bytes).
    pub bytes: usize,
    /// Whether changes are told now. If not, nothing is kept and each read asks the grid.
    pub following: bool,
}

/// The counts of one part.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) hits: Count,
    pub(super) misses: Count,
    pub(super) shared: Count,
    pub(super) evictions: Count,
    pub(super) invalidations: Count,
}

#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
