//! How a transaction behaves.

use std::time::Duration;

use portway_ignite_protocol::{Concurrency, Isolation, StartTransaction};

/// Longer than a transaction should take, shorter than anyone wants to wait for its locks.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How a transaction locks, what it sees, and how long it may take.
///
/// ```
/// # use portway_ignite::{Isolation, TransactionOptions};
/// # use std::time::Duration;
/// let transfer = TransactionOptions::pessimistic()
///     .isolation(Isolation::RepeatableRead)
///     .timeout(Duration::from_secs(5))
///     .label("transfer");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionOptions {
    concurrency: Concurrency,
    isolation: Isolation,
    timeout: Option<Duration>,
    label: Option<String>,
}

impl TransactionOptions {
    /// Locks an entry when it is touched first, so that others wait. Two transactions that touch
    /// the same entries in different orders can wait for each other: one of them is then rolled
    /// back when its time is over.
    #[must_use]
    pub fn pessimistic() -> Self {
        Self::new(Concurrency::Pessimistic)
    }

    /// Locks entries only while it commits. With [`Isolation::Serializable`] the commit fails if
    /// another transaction changed what this one read; with the others the last commit wins.
    #[must_use]
    pub fn optimistic() -> Self {
        Self::new(Concurrency::Optimistic)
    }

    fn new(concurrency: Concurrency) -> Self {
        Self {
            concurrency,
            isolation: Isolation::RepeatableRead,
            timeout: Some(TIMEOUT),
            label: None,
        }
    }

    /// Sets what it sees of others. Default: [`Isolation::RepeatableRead`], as in Ignite.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Sets after what time the grid rolls it back, in whole milliseconds. Default: 30 seconds,
    /// where Ignite's own clients have none: what waits for a lock that is never given would
    /// otherwise hold its own locks for ever.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Lets it take as long as it likes, also for ever: two such transactions that wait for each
    /// other's locks hold their own until the node stops. Nothing a client does ends that. A node
    /// rolls back what was dropped, and what a lost connection leaves, only after the operation
    /// that waits (`ClientTxContext.close` of 2.17 waits for it). A time-out does end it.
    #[must_use]
    pub fn without_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Names it in the logs and views of the servers.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn to_request(&self) -> StartTransaction {
        StartTransaction {
            concurrency: self.concurrency,
            isolation: self.isolation,
            timeout: self.timeout.map_or(0, milliseconds),
            label: self.label.clone(),
        }
    }
}

/// At least one, because zero stands for no limit.
fn milliseconds(limit: Duration) -> i64 {
    i64::try_from(limit.as_millis()).unwrap_or(i64::MAX).max(1)
}

/// Pessimistic, as in Ignite.
impl Default for TransactionOptions {
    fn default() -> Self {
        Self::pessimistic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_time_is_not_none() {
        let request = |options: TransactionOptions| options.to_request().timeout;
        assert_eq!(request(TransactionOptions::optimistic()), 30_000);
        assert_eq!(
            request(TransactionOptions::optimistic().timeout(Duration::ZERO)),
            1
        );
        assert_eq!(
            request(TransactionOptions::optimistic().without_timeout()),
            0
        );
    }
}
