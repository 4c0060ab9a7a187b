//! How much of its time a thread works.

use std::time::{Duration, Instant};

/// After so many turns without a change the clock is read anyway, so that the figures are fresh.
const TURNS_BETWEEN_READINGS: u32 = 1024;

/// Adds up the time in turns that found something. The clock is read when a thread begins or ceases to work, not in
/// each turn.
#[derive(Debug)]
pub(super) struct Load {
    works: bool,
    since: Instant,
    idle_since: Instant,
    turns: u32,
    busy: Duration,
    total: Duration,
}

impl Load {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            works: false,
            since: now,
            idle_since: now,
            turns: 0,
            busy: Duration::ZERO,
            total: Duration::ZERO,
        }
    }

    /// Notes a turn. Gives the time, where the clock was read.
    #[inline]
    pub(super) fn turn(&mut self, worked: bool) -> Option<Instant> {
        self.turns += 1;
        let is_change = worked != self.works;
        if !is_change && self.turns < TURNS_BETWEEN_READINGS {
            return None;
        }
        Some(self.read(worked))
    }

    /// Notes what the time since the last reading was spent with.
    pub(super) fn read(&mut self, works: bool) -> Instant {
        let now = Instant::now();
        let passed = now - self.since;
        self.total += passed;
        if self.works {
            self.busy += passed;
            self.idle_since = now;
        }
        (self.works, self.since, self.turns) = (works, now, 0);
        now
    }

    /// How long nothing has been found, as far as is known.
    pub(super) fn idle_for(&self) -> Duration {
        if self.works {
            return Duration::ZERO;
        }
        self.since - self.idle_since
    }

    /// Time spent with work, and all time.
    pub(super) fn times(&self) -> (Duration, Duration) {
        (self.busy, self.total)
    }
}
