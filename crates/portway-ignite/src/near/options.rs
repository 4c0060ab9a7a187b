//! How much a near cache keeps, and for which caches.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Some megabytes of usual entries.
const MAX_ENTRIES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// How much a [`NearCache`](super::NearCache) keeps, and how strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NearOptions {
    pub(super) max_entries: Option<NonZeroUsize>,
    pub(super) max_bytes: Option<NonZeroUsize>,
    pub(super) max_age: Option<Duration>,
    pub(super) weak: WeakCaches,
}

/// What to do with a cache whose configuration weakens the promise of a near cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeakCaches {
    /// They have no near cache: making one fails with the reason.
    #[default]
    Refused,
    /// They have one, and the weaker promise is accepted.
    Accepted,
}

impl NearOptions {
    /// Up to 10,000 entries, of caches that allow the full promise.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_entries: None,
            max_bytes: None,
            max_age: None,
            weak: WeakCaches::default(),
        }
    }

    /// Limits the number of entries. Default: 10,000, unless the bytes are limited.
    #[must_use]
    pub fn max_entries(mut self, entries: NonZeroUsize) -> Self {
        self.max_entries = Some(entries);
        self
    }

    /// Limits the sum of the lengths of keys and values as they travel, with 128 bytes for each
    /// entry beside them. Default: no such limit.
    #[must_use]
    pub fn max_bytes(mut self, bytes: NonZeroUsize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Reads entries again after this time, though no change of them was told. Default: never.
    ///
    /// Set it where others do what the grid tells nobody, such as `clear`: then nothing is ever
    /// older than that. A read of a known key takes some 20 ns more, for a look at the clock.
    ///
    /// ```
    /// # use portway_ignite::NearOptions;
    /// # use std::time::Duration;
    /// let options = NearOptions::new().max_age(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sets whether caches are accepted whose configuration weakens the promise: those that answer
    /// reads from backups, which may be behind when an event is told already, and those that tell
    /// of expired entries only when they are touched (`eager_ttl` off). Default: they are refused.
    #[must_use]
    pub fn weak_caches(mut self, weak: WeakCaches) -> Self {
        self.weak = weak;
        self
    }

    pub(super) fn bound(&self) -> Bound {
        let entries = match (self.max_entries, self.max_bytes) {
            (Some(entries), _) => entries.get(),
            (None, Some(_)) => usize::MAX,
            (None, None) => MAX_ENTRIES.get(),
        };
        Bound {
            entries,
            bytes: self.max_bytes.map_or(usize::MAX, NonZeroUsize::get),
        }
    }
}

impl Default for NearOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// How much is kept at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) entries: usize,
    pub(super) bytes: usize,
}

impl Bound {
    /// How many parts the whole can be cut into, so that each is large enough to choose well what
    /// it gives up. A power of two.
    pub(super) fn parts(self) -> usize {
        const ENTRIES_OF_A_PART: usize = 64;
        const BYTES_OF_A_PART: usize = 1 << 18;
        /// More than the threads of a large machine that read at once.
        const MOST_PARTS: usize = 64;
        let parts = (self.entries / ENTRIES_OF_A_PART).min(self.bytes / BYTES_OF_A_PART);
        let parts = parts.clamp(1, MOST_PARTS);
        // The largest power of two that is not above.
        1 << parts.ilog2()
    }

    pub(super) fn part(self, parts: usize) -> Self {
        Self {
            entries: (self.entries / parts).max(1),
            bytes: self.bytes / parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_together_keep_no_more_than_the_whole() {
        for entries in [1, 63, 64, 1000, 10_000, 1_000_000] {
            let whole = NearOptions::new()
                .max_entries(NonZeroUsize::new(entries).unwrap())
                .bound();
            let parts = whole.parts();
            assert!(parts.is_power_of_two());
            assert!(whole.part(parts).entries * parts <= entries, "{entries}");
        }
    }
}
