//! When a statement has to end: its time is over, or nobody waits for its rows any more.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When the running statement has to end, as SQLite's progress handler sees it.
pub(super) struct Clock {
    start: Instant,
    /// Milliseconds after `start`.
    deadline: AtomicU64,
    /// Set when nobody waits for the rows any more.
    is_stopped: AtomicBool,
}

/// Ends the query that a mirror runs at the moment.
#[derive(Clone)]
pub(crate) struct Stop(Arc<Clock>);

impl Stop {
    pub(crate) fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stop")
    }
}

impl Clock {
    const NONE: u64 = u64::MAX;

    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            deadline: AtomicU64::new(Self::NONE),
            is_stopped: AtomicBool::new(false),
        }
    }

    /// Whether the running statement has to end now.
    pub(super) fn ends(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        let is_late = deadline != Self::NONE && self.elapsed() >= deadline;
        is_late || self.is_stopped.load(Ordering::Relaxed)
    }

    /// Ends statements that run longer than this from now on.
    pub(super) fn limit(&self, limit: Option<Duration>) {
        let deadline = limit.map_or(Self::NONE, |limit| {
            let limit = u64::try_from(limit.as_millis()).unwrap_or(Self::NONE);
            self.elapsed().saturating_add(limit)
        });
        self.deadline.store(deadline, Ordering::Relaxed);
    }

    /// What ends the query that runs next or now.
    pub(super) fn stop(self: &Arc<Self>) -> Stop {
        self.forget_stop();
        Stop(Arc::clone(self))
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Forgets that a query was ended.
    pub(super) fn forget_stop(&self) {
        self.is_stopped.store(false, Ordering::Relaxed);
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(Self::NONE)
    }
}
