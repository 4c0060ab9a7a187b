//! Queries that take long: they go on without the grid's lock.
//!
//! A query begins under the lock, on rows that are up to date. What is not done within
//! [`INLINE_TIME`] begins again elsewhere, with the mirror to itself: nothing changes there until the
//! mirror is given back, so the query sees what was acknowledged before it began and nothing later.

use std::fmt;
use std::time::Duration;

use super::select::{Prepared, ResultSet};
use crate::sql::error::SqlError;
use crate::sql::mirror::{Mirror, Stop};

/// How long a query may hold the grid: a point select takes a hundredth of that.
pub(super) const INLINE_TIME: Duration = Duration::from_millis(2);

/// A query that is to go on elsewhere.
pub(crate) struct Running {
    pub(super) mirror: Mirror,
    pub(super) prepared: Prepared,
    /// How long it may take.
    pub(super) timeout: Option<Duration>,
    /// Bytes that the rows may have.
    pub(super) limit: usize,
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Running").finish_non_exhaustive()
    }
}

impl Running {
    /// What ends the query before its time.
    pub(crate) fn stop(&self) -> Stop {
        self.mirror.stop()
    }

    /// Carries the query out, and gives the mirror back.
    pub(crate) fn run(self) -> (Mirror, Result<ResultSet, SqlError>) {
        self.mirror.limit_time(self.timeout);
        let rows = self.prepared.rows(&self.mirror, None, self.limit);
        self.mirror.limit_time(None);
        (self.mirror, rows)
    }
}
