//! One of the servers that calls are balanced over: how loaded it is, and whether it is well.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{BalanceOptions, kept::Keep};
use crate::{Code, Status};

/// How loaded an endpoint is that has answered nothing yet while a call is under way: no call is
/// sent after the first before that is answered, while others have answered.
const UNKNOWN: f64 = 1e9;

/// One of the servers.
pub(super) struct Endpoint<K, C> {
    pub(super) key: K,
    pub(super) channel: C,
    health: Arc<Health>,
}

impl<K, C> Endpoint<K, C> {
    pub(super) fn new(key: K, channel: C, options: &BalanceOptions) -> Self {
        let figures = Figures {
            latency: None,
            failures: 0,
            aside_until: None,
        };
        let health = Health {
            under_way: AtomicUsize::new(0),
            figures: Mutex::new(figures),
            options: options.clone(),
        };
        Self {
            key,
            channel,
            health: Arc::new(health),
        }
    }

    /// Returns by how much it is loaded; more is worse.
    pub(super) fn load(&self, now: Instant) -> f64 {
        let under_way = self.health.under_way.load(Ordering::Relaxed) as f64;
        let latency = self.health.figures().latency;
        match latency {
            Some(latency) => latency.at(now, self.health.options.memory) * (under_way + 1.0),
            None if under_way == 0.0 => 0.0,
            None => UNKNOWN + under_way,
        }
    }

    /// Tells whether calls may be sent to it.
    pub(super) fn is_well(&self, now: Instant) -> bool {
        self.health
            .figures()
            .aside_until
            .is_none_or(|until| until <= now)
    }

    /// Begins a call.
    pub(super) fn begin(&self, now: Instant) -> UnderWay {
        self.health.under_way.fetch_add(1, Ordering::Relaxed);
        self.health.probe(now);
        UnderWay {
            health: Arc::clone(&self.health),
            begun: now,
            noted: false,
        }
    }
}

struct Health {
    under_way: AtomicUsize,
    figures: Mutex<Figures>,
    options: BalanceOptions,
}

struct Figures {
    latency: Option<Latency>,
    /// Failures since the last success.
    failures: u32,
    /// No calls are sent to it before.
    aside_until: Option<Instant>,
}

impl Health {
    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a failure one call finds out whether it is well again; the others wait for its outcome.
    fn probe(&self, now: Instant) {
        let mut figures = self.figures();
        if figures.failures > 0 {
            figures.aside_until = Some(now + self.options.aside.bound(figures.failures));
        }
    }

    fn answered(&self, took: Option<Duration>, now: Instant) {
        let mut figures = self.figures();
        figures.failures = 0;
        figures.aside_until = None;
        if let Some(took) = took {
            let known = figures.latency;
            figures.latency = Some(Latency::after(known, took, now, self.options.memory));
        }
    }

    /// A caller gave up: the answer would have taken at least as long.
    fn given_up(&self, begun: Instant, now: Instant) {
        let mut figures = self.figures();
        let (waited, known) = (now - begun, figures.latency);
        if known.is_some_and(|known| known.at(now, self.options.memory) < waited.as_secs_f64()) {
            figures.latency = Some(Latency::after(known, waited, now, self.options.memory));
        }
    }

    fn failed(&self, now: Instant) {
        let mut figures = self.figures();
        figures.failures = figures.failures.saturating_add(1);
        figures.aside_until = Some(now + self.options.aside.bound(figures.failures));
    }
}

/// How long answers take: an average over time in which a peak counts at once.
///
/// Source: Finagle's `PeakEwma`.
#[derive(Clone, Copy, Debug)]
struct Latency {
    seconds: f64,
    at: Instant,
}

impl Latency {
    fn after(known: Option<Self>, took: Duration, now: Instant, memory: Duration) -> Self {
        let took = took.as_secs_f64();
        let seconds = match known {
            Some(known) if took < known.seconds => {
                let share = known.share(now, memory);
                known.seconds * share + took * (1.0 - share)
            }
            _ => took,
        };
        Self { seconds, at: now }
    }

    /// Returns the average at `now`: without answers it falls, so that a slow one is tried again.
    fn at(self, now: Instant, memory: Duration) -> f64 {
        self.seconds * self.share(now, memory)
    }

    /// Returns how much of it still counts.
    fn share(self, now: Instant, memory: Duration) -> f64 {
        let age = now.saturating_duration_since(self.at);
        (-age.as_secs_f64() / memory.as_secs_f64()).exp()
    }
}

/// A call that is under way to an endpoint.
pub(super) struct UnderWay {
    health: Arc<Health>,
    begun: Instant,
    noted: bool,
}

impl UnderWay {
    /// Notes how a call ended.
    pub(super) fn note(mut self, result: Result<(), &Status>) {
        let took = self.begun.elapsed();
        self.close(result, Some(took));
    }

    fn close(&mut self, result: Result<(), &Status>, took: Option<Duration>) {
        self.noted = true;
        let now = Instant::now();
        match result {
            Err(status) if status.code() == Code::Unavailable => self.health.failed(now),
            _ => self.health.answered(took, now),
        }
    }
}

impl Keep for UnderWay {
    /// How long a stream lives says nothing of the load.
    fn end(mut self, result: Result<(), &Status>) {
        self.close(result, None);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.health.under_way.fetch_sub(1, Ordering::Relaxed);
        if !self.noted {
            self.health.given_up(self.begun, Instant::now());
        }
    }
}
