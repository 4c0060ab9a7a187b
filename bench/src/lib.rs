//! What the clients under measurement have in common: how they are called, what they report.
//!
//! A client is a program `bench-client-NAME LINE SECONDS ADDRESS...`: it carries out one line of the
//! comparison for about so many seconds after a warm-up, and prints one [`Outcome`] as JSON.

use std::{env, process::ExitCode, time::Duration, time::Instant};

use anyhow::Context as _;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// The cache that all lines use.
pub const CACHE: &str = "portway-bench";
/// Keys are 64-bit numbers below this.
pub const KEYS: i64 = 10_000;
/// Every value is this text.
pub const VALUE: &str = "thirty-two bytes, as a token has";
/// Requests in flight in the lines `put` and `get`.
pub const IN_FLIGHT: usize = 1024;

/// What a client is asked to do.
#[derive(Debug)]
pub struct Turn {
    /// The name of the line.
    pub line: String,
    /// How long to measure.
    pub duration: Duration,
    /// The nodes.
    pub addresses: Vec<String>,
}

/// What a client did while it measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Completed operations.
    pub operations: u64,
    /// Time that passed.
    pub seconds: f64,
    /// Processor time of the whole process, user and system.
    pub cpu_seconds: f64,
    /// The median of the times of single operations, in the lines that have them.
    pub p50_microseconds: Option<f64>,
}

impl Outcome {
    /// Operations a second.
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds
    }

    /// Processor time of one operation.
    pub fn cpu_microseconds(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.operations as f64
    }
}

impl Turn {
    /// Before the measurement begins, for a fifth of its time: caches, branch predictors, the server's compiler.
    pub fn warm_up(&self) -> Duration {
        self.duration / 5
    }

    fn from_arguments() -> anyhow::Result<Self> {
        let mut words = env::args().skip(1);
        let line = words.next().context("which line?")?;
        let seconds: f64 = words.next().context("how many seconds?")?.parse()?;
        let addresses = words.collect();
        let duration = Duration::from_secs_f64(seconds);
        Ok(Self {
            line,
            duration,
            addresses,
        })
    }
}

/// The whole `main` of a client.
pub fn client(carry_out: impl FnOnce(&Turn) -> anyhow::Result<Outcome>) -> ExitCode {
    let outcome = Turn::from_arguments().and_then(|turn| carry_out(&turn));
    match outcome.and_then(|outcome| Ok(serde_json::to_string(&outcome)?)) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

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
            p50_microseconds: None,
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
            times: Vec::new(),
        }
    }

    /// Ends the operation before, and names the key of the next one unless the time is over.
    pub fn next_key(&mut self) -> Option<i64> {
        let now = Instant::now();
        match &self.watch {
            Some(watch) => {
                self.times.push(now - self.last);
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

/// Processor time of the process so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
