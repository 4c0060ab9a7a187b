//! Near caches against a model: what was written, and what a read may therefore see.
//!
//! Each key has one writer at a time and its values are numbers that only grow, so that a read is
//! judged by what was written before, and by what was read before.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use portway_ignite::{Cache, NearCache, NearOptions};
use tokio::time::{Instant, sleep};

use crate::proxy::Proxy;

/// Few, so that reads, writes and events of one key meet all the time.
const KEYS: usize = 6;
/// Far above the time that a grid on the same machine needs to tell of a change, busy or not.
const LATENCY: Duration = Duration::from_secs(3);
const CUTS: usize = 25;
/// Far above the time that a client needs to come back to its grid.
const CONVERGED: Duration = Duration::from_secs(20);
/// By then a request that was cut off has been carried out or never will be.
const SETTLED: Duration = Duration::from_millis(100);

pub(crate) struct Model {
    cache: Cache<i32, i64>,
    keys: [Key; KEYS],
    stopped: AtomicBool,
}

/// One key, whose values are 1, 2, 3, ...
#[derive(Default)]
struct Key {
    /// Held by who writes, so that values grow in the grid, too.
    writing: tokio::sync::Mutex<()>,
    /// The newest value that a write was begun with.
    begun: AtomicI64,
    /// The values whose writes returned, and when.
    written: Mutex<Vec<(i64, Instant)>>,
}

/// What one near cache has seen and written; for it time must not run backwards.
#[derive(Default)]
struct Seen([i64; KEYS]);

pub(crate) fn options() -> NearOptions {
    // Fewer than there are keys, so that entries are also evicted.
    NearOptions::new().max_entries(NonZeroUsize::new(KEYS - 1).unwrap())
}

impl Model {
    pub(crate) fn new(cache: Cache<i32, i64>) -> Self {
        Self {
            cache,
            keys: Default::default(),
            stopped: AtomicBool::new(false),
        }
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn cut_now_and_then(&self, proxies: &[Proxy]) {
        let mut random = Random(7);
        for _ in 0..CUTS {
            sleep(Duration::from_millis(20 + random.below(200) as u64)).await;
            proxies[random.below(proxies.len())].cut();
        }
    }

    /// Writes without a near cache.
    pub(crate) async fn write(self: Arc<Self>) {
        let mut random = Random(11);
        while !self.stopped.load(Ordering::Relaxed) {
            self.put_directly(random.below(KEYS)).await;
            sleep(Duration::from_micros(random.below(3000) as u64)).await;
        }
    }

    /// Reads and writes through a near cache, and judges each read.
    pub(crate) async fn read_and_write(self: Arc<Self>, near: NearCache<i32, i64>, seed: u64) {
        let mut random = Random(seed);
        let mut seen = Seen::default();
        while !self.stopped.load(Ordering::Relaxed) {
            let key = random.below(KEYS);
            if random.below(20) == 0 {
                self.put_near(&near, key, &mut seen).await;
            } else {
                self.read(&near, key, &mut seen).await;
            }
            if random.below(50) == 0 {
                sleep(Duration::from_micros(random.below(2000) as u64)).await;
            }
        }
        for key in 0..KEYS {
            self.read_the_last(&near, key).await;
        }
        let statistics = near.statistics();
        assert!(statistics.hits > 0 && statistics.gaps > 0, "{statistics:?}");
        assert!(statistics.entries < KEYS, "{statistics:?}");
    }

    async fn read(&self, near: &NearCache<i32, i64>, key: usize, seen: &mut Seen) {
        let begun = Instant::now();
        // A read through a cut connection may fail.
        let Ok(value) = near.get(&name(key)).await else {
            return;
        };
        let value = value.as_deref().copied().unwrap_or(0);
        let state = &self.keys[key];
        let newest = state.begun.load(Ordering::SeqCst);
        assert!(value <= newest, "{value} was never written");
        assert!(value >= seen.0[key], "{value} after {}", seen.0[key]);
        seen.0[key] = value;
        let written = state.written.lock().unwrap();
        let overdue =
            |&&(other, returned): &&(i64, Instant)| other > value && returned + LATENCY < begun;
        assert!(
            !written.iter().any(|write| overdue(&write)),
            "{value} is too old"
        );
    }

    async fn put_near(&self, near: &NearCache<i32, i64>, key: usize, seen: &mut Seen) {
        let state = &self.keys[key];
        let writing = state.writing.lock().await;
        let value = state.begun.fetch_add(1, Ordering::SeqCst) + 1;
        if near.put(&name(key), &value).await.is_ok() {
            state.returned(value);
            // From now on, no less may be read.
            seen.0[key] = value;
            return;
        }
        sleep(SETTLED).await;
        drop(writing);
        self.put_directly(key).await;
    }

    async fn put_directly(&self, key: usize) {
        let state = &self.keys[key];
        let _writing = state.writing.lock().await;
        let value = state.begun.fetch_add(1, Ordering::SeqCst) + 1;
        self.cache.put(&name(key), &value).await.unwrap();
        state.returned(value);
    }

    /// In the end the near cache knows what the grid holds.
    async fn read_the_last(&self, near: &NearCache<i32, i64>, key: usize) {
        let begun = Instant::now();
        loop {
            // Another near cache may still end its last write.
            let last = self.cache.get(&name(key)).await.unwrap();
            let read = near.get(&name(key)).await;
            if matches!(&read, Ok(value) if value.as_deref().copied() == last) {
                return;
            }
            let statistics = near.statistics();
            assert!(
                begun.elapsed() < CONVERGED,
                "{read:?} is read of key {key} and {last:?} is there: {statistics:?}"
            );
            sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Key {
    fn returned(&self, value: i64) {
        let mut written = self.written.lock().unwrap();
        written.push((value, Instant::now()));
    }
}

fn name(key: usize) -> i32 {
    i32::try_from(key).unwrap()
}

/// A small generator of its own, so that a run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}
