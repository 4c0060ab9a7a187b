//! When to warm up, when to measure, when to end.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::{KEYS, Outcome, Turn};

/// Wall and processor time since its start.
#[derive(Debug)]
pub struct Stopwatch {
    started: Instant,
    processor_time: Duration,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            processor_time: processor_time(),
        }
    }

    /// What was done since the start.
    pub fn stop(&self, operations: u64) -> Outcome {
        Outcome {
            operations,
            seconds: self.started.elapsed().as_secs_f64(),
            cpu_seconds: (processor_time() - self.processor_time).as_secs_f64(),
            ..Outcome::default()
        }
    }
}

/// One operation after the other, each timed: `while let Some(key) = pace.next_key() { ... }`.
#[derive(Debug)]
pub struct OneAtATime {
    warm_until: Instant,
    duration: Duration,
    key: i64,
    /// From the end of the warm-up on.
    watch: Option<Stopwatch>,
    last: Instant,
    ended: Option<Instant>,
    times: Vec<Duration>,
}

impl OneAtATime {
    /// Begins with the warm-up.
    pub fn start(turn: &Turn) -> Self {
        let now = Instant::now();
        Self {
            warm_until: now + turn.warm_up(),
            duration: turn.duration,
            key: 0,
            watch: None,
            last: now,
            ended: None,
            times: Vec::new(),
        }
    }

    /// Ends the operation before, and names the key of the next one unless the time is over.
    pub fn next_key(&mut self) -> Option<i64> {
        let now = Instant::now();
        let ended = self.ended.take().unwrap_or(now);
        match &self.watch {
            Some(watch) => {
                self.times.push(ended - self.last);
                if now - watch.started >= self.duration {
                    return None;
                }
            }
            None if now >= self.warm_until => self.watch = Some(Stopwatch::start()),
            None => {}
        }
        self.last = now;
        self.key = (self.key + 1) % KEYS;
        Some(self.key)
    }

    /// Says that the operation ended at this time, before [`next_key`](Self::next_key) is called.
    pub fn ended_at(&mut self, time: Instant) {
        self.ended = Some(time);
    }

    /// What was measured.
    pub fn outcome(mut self) -> Outcome {
        let operations = self.times.len() as u64;
        let outcome = self.watch.map(|watch| watch.stop(operations));
        self.times.sort_unstable();
        let median = self.times.get(self.times.len() / 2);
        Outcome {
            p50_microseconds: median.map(|time| time.as_secs_f64() * 1e6),
            ..outcome.unwrap_or_default()
        }
    }
}

/// Long passes of many operations, with preparations between them that do not count:
/// `while passes.goes_on() { prepare; let pass = Stopwatch::start(); ...; passes.add(pass.stop(n)); }`.
#[derive(Debug)]
pub struct Passes {
    warm_until: Instant,
    until: Instant,
    warm: bool,
    sum: Outcome,
}

impl Passes {
    /// Begins with the warm-up, which is one pass at least.
    pub fn start(turn: &Turn) -> Self {
        let warm_until = Instant::now() + turn.warm_up();
        Self {
            warm_until,
            until: warm_until + turn.duration,
            warm: false,
            sum: Outcome::default(),
        }
    }

    /// Whether there is time for another pass. One is always measured.
    pub fn goes_on(&self) -> bool {
        self.sum.operations == 0 || Instant::now() < self.until
    }

    /// Adds a pass, unless it belongs to the warm-up.
    pub fn add(&mut self, pass: &Outcome) {
        if self.warm {
            self.sum.operations += pass.operations;
            self.sum.seconds += pass.seconds;
            self.sum.cpu_seconds += pass.cpu_seconds;
        }
        self.warm = Instant::now() >= self.warm_until;
    }

    /// The sum of the passes.
    pub fn outcome(self) -> Outcome {
        self.sum
    }
}

/// Processor time of the process so far.
fn processor_time() -> Duration {
    time_of(ClockId::ProcessCPUTime)
}

/// Processor time of the calling thread so far.
pub fn thread_time() -> Duration {
    time_of(ClockId::ThreadCPUTime)
}

fn time_of(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
