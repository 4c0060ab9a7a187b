//! How long operations take, in fixed buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets in microseconds: from a local node's best to what nobody waits
/// for. What took longer is in one more bucket.
const BOUNDS: [u64; 19] = [
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000,
    500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000,
];
const BUCKETS: usize = BOUNDS.len() + 1;

/// Counts durations.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

impl Histogram {
    pub(super) fn record(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| bound * 1_000 < nanoseconds);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> Latency {
        let counts = self
            .buckets
            .each_ref()
            .map(|bucket| bucket.load(Ordering::Relaxed));
        Latency {
            counts,
            total: Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)),
        }
    }
}

/// How long the finished operations of one kind took until their answers were read, waiting and
/// repetitions included.
///
/// Bounds go from 10 us to 10 s in steps of 1, 2, 5; they are the same for all operations and
/// never change while a client lives, as exporters of histograms want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    counts: [u64; BUCKETS],
    total: Duration,
}

impl Latency {
    /// How many were measured.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long they took together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The buckets in order: the upper bound, and how many took at most that and more than the
    /// bound before. The last one has no bound.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> + '_ {
        let bounds = BOUNDS
            .iter()
            .map(|&bound| Some(Duration::from_micros(bound)));
        bounds.chain([None]).zip(self.counts)
    }

    /// The bound below which the `share` (0 to 1) of all stayed; `None` where nothing was measured
    /// or some took longer than all bounds.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = self.count() as f64 * share.clamp(0.0, 1.0);
        let mut seen = 0;
        let (bound, _) = self.buckets().find(|(_, count)| {
            seen += count;
            seen > 0 && seen as f64 >= wanted
        })?;
        bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Latency {
        let histogram = Histogram::default();
        for each in micros {
            histogram.record(Duration::from_micros(each));
        }
        histogram.snapshot()
    }

    #[test]
    fn a_duration_counts_up_to_its_bound_inclusively() {
        let latency = of([10, 11, 20, 20_000_000]);
        let counts: Vec<u64> = latency.buckets().map(|(_, count)| count).collect();
        assert_eq!((counts[0], counts[1], counts[BUCKETS - 1]), (1, 2, 1));
        assert_eq!(latency.count(), 4);
        assert_eq!(latency.total(), Duration::from_micros(20_000_041));
    }

    #[test]
    fn a_quantile_is_the_bound_that_holds_its_share() {
        let latency = of([5, 5, 5, 90]);
        assert_eq!(latency.quantile(0.5), Some(Duration::from_micros(10)));
        assert_eq!(latency.quantile(0.75), Some(Duration::from_micros(10)));
        assert_eq!(latency.quantile(0.99), Some(Duration::from_micros(100)));
        assert_eq!(latency.quantile(0.0), Some(Duration::from_micros(10)));
    }

    #[test]
    fn without_a_measure_there_is_no_quantile() {
        assert_eq!(of([]).quantile(0.5), None);
        assert_eq!(of([60_000_000]).quantile(0.5), None);
    }
}
