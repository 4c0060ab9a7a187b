//! How long an operation may take.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// What stands for no end: some thirty years, as far as every timer goes.
pub(crate) const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The end of an operation, and the limit that it follows from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) limit: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self {
            at: Instant::now() + limit.min(FAR),
            limit,
        }
    }

    /// So far away that it never comes.
    pub(crate) fn never() -> Self {
        Self::after(FAR)
    }

    /// The error of an operation that took longer.
    pub(crate) fn missed_by(self, operation: &'static str) -> Error {
        Error::TimedOut {
            operation,
            limit: self.limit,
        }
    }
}
