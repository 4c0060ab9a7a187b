//! A block of calls of one kind.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bench_client::{KEYS, Stopwatch, thread_time};
use portway_ignite::blocking;

use crate::library;

/// The calls of both sides. None is inlined: a profiler that counts instructions finds each by its
/// name, and what a block itself does is the same for both.
pub(crate) trait Calls {
    fn put(&self, key: i64, value: i64) -> anyhow::Result<()>;
    fn get(&self, key: i64) -> anyhow::Result<i64>;
}

impl Calls for blocking::Cache<i64, i64> {
    #[inline(never)]
    fn put(&self, key: i64, value: i64) -> anyhow::Result<()> {
        Ok(blocking::Cache::put(self, &key, &value)?)
    }

    #[inline(never)]
    fn get(&self, key: i64) -> anyhow::Result<i64> {
        let value = blocking::Cache::get(self, &key)?;
        value.ok_or_else(|| anyhow::anyhow!("key {key} has no value"))
    }
}

impl Calls for library::Cache {
    #[inline(never)]
    fn put(&self, key: i64, value: i64) -> anyhow::Result<()> {
        library::Cache::put(self, key, value)
    }

    #[inline(never)]
    fn get(&self, key: i64) -> anyhow::Result<i64> {
        library::Cache::get(self, key)
    }
}

/// What a block came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// Processor time of the calling thread, for each call.
    pub(crate) caller_nanoseconds: f64,
    /// Processor time of the process, for each call.
    pub(crate) cpu_nanoseconds: f64,
    /// Time that passed, for each call.
    pub(crate) nanoseconds: f64,
    /// The median of the times of single calls.
    pub(crate) p50_microseconds: f64,
}

impl Block {
    /// Stands where a block is to come. It is not all zeros: memory that is only asked for would
    /// become the process's when it is written.
    pub(crate) const TO_COME: Self = Self {
        caller_nanoseconds: f64::NAN,
        cpu_nanoseconds: f64::NAN,
        nanoseconds: f64::NAN,
        p50_microseconds: f64::NAN,
    };

    /// Puts and gets in turn. `times` is used anew by each block, so that measuring takes no memory.
    pub(crate) fn measure(
        calls: &impl Calls,
        count: usize,
        times: &mut Vec<Duration>,
    ) -> anyhow::Result<Self> {
        times.clear();
        let (watch, caller) = (Stopwatch::start(), thread_time());
        let mut last = Instant::now();
        for number in 0..count as i64 {
            let key = number / 2 % KEYS;
            if number % 2 == 0 {
                calls.put(key, number)?;
            } else {
                let value = calls.get(key)?;
                ensure!(value == number - 1, "key {key} has {value}");
            }
            let now = Instant::now();
            times.push(now - last);
            last = now;
        }
        let caller = thread_time() - caller;
        let outcome = watch.stop(count as u64);
        times.sort_unstable();
        Ok(Self {
            caller_nanoseconds: caller.as_secs_f64() * 1e9 / count as f64,
            cpu_nanoseconds: outcome.cpu_microseconds() * 1e3,
            nanoseconds: outcome.nanoseconds(),
            p50_microseconds: times[times.len() / 2].as_secs_f64() * 1e6,
        })
    }
}
