//! The counters of operations.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::histogram::Histogram;
use super::metrics::OperationMetrics;

/// Above the number of names in this crate, so that they stay apart in the table.
const PLACES: usize = 256;

/// What is counted for one kind of operation.
#[derive(Debug)]
pub(super) struct OperationCounters {
    name: &'static str,
    started: AtomicU64,
    errors: AtomicU64,
    retries: AtomicU64,
    cancelled: AtomicU64,
    latency: Histogram,
}

impl OperationCounters {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            started: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            latency: Histogram::default(),
        }
    }

    pub(super) fn started(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cancelled(&self) {
        self.cancelled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn finished(&self, took: Duration, failed: bool) {
        self.latency.record(took);
        if failed {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn snapshot(&self) -> OperationMetrics {
        let latency = self.latency.snapshot();
        let cancelled = self.cancelled.load(Ordering::Relaxed);
        // Read last: what began meanwhile may count as under way, but never as less than nothing.
        let started = self.started.load(Ordering::Relaxed);
        OperationMetrics {
            name: self.name,
            started,
            errors: self.errors.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            cancelled,
            in_flight: started.saturating_sub(latency.count() + cancelled),
            latency,
        }
    }
}

/// Where the counters of one name are, once it was met.
type Place = OnceLock<Box<OperationCounters>>;

/// The counters of all operations, found by name without a lock: places are taken once and never
/// given back, because the names are those of methods.
#[derive(Debug)]
pub(super) struct Operations {
    /// Made when it is needed first, or while there is time: it is a page of memory.
    places: OnceLock<Box<[Place]>>,
    /// For names beyond the places, which there should be none of.
    others: OperationCounters,
}

impl Operations {
    pub(super) fn new() -> Self {
        Self {
            places: OnceLock::new(),
            others: OperationCounters::new("others"),
        }
    }

    /// The table, which is made now if it was not before.
    pub(super) fn places(&self) -> &[Place] {
        self.places
            .get_or_init(|| (0..PLACES).map(|_| OnceLock::new()).collect())
    }

    pub(super) fn of(&self, name: &'static str) -> &OperationCounters {
        let first = place(name);
        let places = self.places();
        for step in 0..PLACES {
            let cell = &places[(first + step) % PLACES];
            let counters = cell.get_or_init(|| Box::new(OperationCounters::new(name)));
            if counters.name == name {
                return counters;
            }
        }
        &self.others
    }

    pub(super) fn snapshot(&self) -> Vec<OperationMetrics> {
        let places = self.places.get().into_iter().flatten();
        let named = places.filter_map(OnceLock::get);
        let mut all: Vec<_> = named.map(|counters| counters.snapshot()).collect();
        let others = self.others.snapshot();
        if others.started > 0 {
            all.push(others);
        }
        all.sort_by_key(|operation| operation.name);
        all
    }
}

/// Where to look for a name first: FNV-1a, which is quick on short names.
fn place(name: &str) -> usize {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811C_9DC5, mix) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_counters_of_its_own() {
        let operations = Operations::new();
        operations.of("put").started();
        operations.of("get").started();
        operations.of("get").started();
        operations.of("get").finished(Duration::ZERO, true);
        let counted: Vec<_> = operations
            .snapshot()
            .into_iter()
            .map(|it| (it.name, it.started, it.in_flight, it.errors))
            .collect();
        assert_eq!(counted, [("get", 2, 1, 1), ("put", 1, 1, 0)]);
    }

    #[test]
    fn names_beyond_the_places_are_counted_together() {
        let operations = Operations::new();
        for number in 0..PLACES + 10 {
            operations.of(format!("name {number}").leak()).started();
        }
        let counted = operations.snapshot();
        assert_eq!(counted.len(), PLACES + 1);
        assert!(
            counted
                .iter()
                .any(|it| it.name == "others" && it.started == 10)
        );
    }
}
