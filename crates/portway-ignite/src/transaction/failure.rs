//! Why a grid did not carry out a transaction.

use portway_ignite_protocol::{ServerError, Status};

use crate::error::Error;

/// What a server names a deadlock with, in front of who waits for whom.
const DEADLOCK: &str = "Deadlock detected";

/// Why the grid rolled a transaction back, or will.
///
/// The protocol has one status for almost all of them, so they are told apart by the words of the
/// server, which are those of Apache Ignite 2.17 and 2.18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransactionFailure {
    /// Another transaction changed what this one read: begin it again.
    Conflict,
    /// It took longer than its time-out, or waited so long for a lock.
    TimedOut,
    /// It and others waited for each other: begin it again, and touch entries in one order
    /// everywhere. [`Error::deadlock`] tells which.
    ///
    /// Only transactions with a time-out are told, when it is over, and only by servers that send
    /// clients their stack traces: no word of the message is about it otherwise, and it is
    /// [`TimedOut`](Self::TimedOut) (the thin client of Java cannot tell it either). Servers send
    /// them after `ThinClientConfiguration.setServerToClientExceptionStackTraceSending(true)`, or
    /// `control.sh --property set --name thinClientProperty.showStackTrace --val true` while they
    /// run.
    Deadlock,
    /// A node left, or the server rolled it back for another reason: begin it again.
    RolledBack,
    /// It touched a cache, not as the first thing it did, that its node has not started yet: begin
    /// it again. The cache was made a moment ago, through another node.
    CacheNotStarted,
    /// The server does not know it any more.
    NotFound,
}

impl TransactionFailure {
    /// The words of the server, the most specific first.
    const WORDS: &'static [(&'static str, Self)] = &[
        (DEADLOCK, Self::Deadlock),
        ("Cannot start/stop cache within", Self::CacheNotStarted),
        ("TransactionDeadlockException", Self::Deadlock),
        ("read/write conflict", Self::Conflict),
        ("lock conflict", Self::Conflict),
        ("timed out", Self::TimedOut),
        ("within provided timeout", Self::TimedOut),
        ("rolled back on timeout", Self::TimedOut),
        ("rolled back", Self::RolledBack),
        ("marked as rollback", Self::RolledBack),
        ("marked for rollback", Self::RolledBack),
        ("retry transaction if possible", Self::RolledBack),
        ("on outdated topology", Self::RolledBack),
        ("transaction has been completed", Self::RolledBack),
        ("Transaction has been already completed", Self::RolledBack),
    ];

    fn of(error: &ServerError) -> Option<Self> {
        if error.status == Status::TRANSACTION_NOT_FOUND {
            return Some(Self::NotFound);
        }
        let said = |(words, _): &&(&str, Self)| error.message.contains(words);
        Self::WORDS.iter().find(said).map(|(_, failure)| *failure)
    }
}

impl Error {
    /// Why a transaction failed, if this is the answer of a server that says so.
    ///
    /// ```
    /// # use portway_ignite::{Error, Transaction, TransactionFailure};
    /// # async fn finish(transaction: Transaction) -> Result<bool, Error> {
    /// match transaction.commit().await {
    ///     Ok(()) => Ok(true),
    ///     Err(error) => match error.transaction_failure() {
    ///         Some(TransactionFailure::Conflict | TransactionFailure::Deadlock) => Ok(false),
    ///         _ => Err(error),
    ///     },
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn transaction_failure(&self) -> Option<TransactionFailure> {
        match self {
            Self::Server { error, .. } => TransactionFailure::of(error),
            _ => None,
        }
    }

    /// Who held and awaited which keys, in the server's words, where this is
    /// [`TransactionFailure::Deadlock`]: lines of text for people, which may change with the
    /// server's version.
    ///
    /// ```text
    /// K1: TX1 holds lock, TX2 waits lock.
    /// K2: TX2 holds lock, TX1 waits lock.
    ///
    /// Transactions:
    ///
    /// TX1 [txId=GridCacheVersion [topVer=...], nodeId=..., threadId=76]
    /// TX2 [txId=GridCacheVersion [topVer=...], nodeId=..., threadId=80]
    ///
    /// Keys:
    ///
    /// K1 [key=ada, cache=accounts]
    /// K2 [key=bob, cache=accounts]
    /// ```
    #[must_use]
    pub fn deadlock(&self) -> Option<&str> {
        match self {
            Self::Server { error, .. } => deadlock(&error.message),
            _ => None,
        }
    }
}

/// What stands between the name of the deadlock and the stack trace behind it.
fn deadlock(message: &str) -> Option<&str> {
    let (_, told) = message.split_once(DEADLOCK)?;
    let told = told.split_once("\n\tat ").map_or(told, |(told, _)| told);
    Some(told.trim_start_matches(':').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: Status, message: &str) -> Option<TransactionFailure> {
        TransactionFailure::of(&ServerError::new(status, message))
    }

    #[test]
    fn what_servers_say_is_understood() {
        let words = [
            (
                "Failed to prepare transaction, read/write conflict [key=1, keyCls=",
                TransactionFailure::Conflict,
            ),
            (
                "Cache transaction timed out: GridNearTxLocal[xid=b0a6efef1a1-00000000, state=ROLLED_BACK",
                TransactionFailure::TimedOut,
            ),
            (
                "Failed to acquire lock within provided timeout for transaction [timeout=500, tx=",
                TransactionFailure::TimedOut,
            ),
            (
                "Failed to acquire lock within provided timeout for transaction [timeout=500, tx=\n\
                 class org.apache.ignite.transactions.TransactionDeadlockException: Deadlock detected:",
                TransactionFailure::Deadlock,
            ),
            (
                "Failed to acquire lock for keys (primary node left grid, retry transaction if \
                 possible) [keys=[1], node=",
                TransactionFailure::RolledBack,
            ),
            (
                "Cannot start/stop cache within lock or transaction [cacheNames=accounts, \
                 operation=dynamicStartCache]",
                TransactionFailure::CacheNotStarted,
            ),
        ];
        for (message, expected) in words {
            assert_eq!(
                failure(Status::FAILED, message),
                Some(expected),
                "{message}"
            );
        }
    }

    #[test]
    fn a_server_that_does_not_know_it_has_a_status_for_that() {
        let unknown = failure(
            Status::TRANSACTION_NOT_FOUND,
            "Transaction with id 7 not found.",
        );
        assert_eq!(unknown, Some(TransactionFailure::NotFound));
        assert_eq!(failure(Status::FAILED, "Service not found: x"), None);
    }
    #[test]
    fn a_deadlock_is_told_without_its_stack_trace() {
        let message = "Failed to acquire lock [timeout=500]\n\tat a.B.c(B.java:1)\nCaused by: class \
                       TransactionDeadlockException: \nDeadlock detected:\n\nK1: TX1 holds lock, \
                       TX2 waits lock.\n\nKeys:\n\nK1 [key=1, cache=c]\n\n\tat a.B.c(B.java:2)\n";
        let told = "K1: TX1 holds lock, TX2 waits lock.\n\nKeys:\n\nK1 [key=1, cache=c]";
        assert_eq!(deadlock(message), Some(told));
        assert_eq!(deadlock("Failed to acquire lock [timeout=500]"), None);
    }
}
