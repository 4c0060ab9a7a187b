//! How a failed transaction is described to its client, in the words of a real node.

use std::fmt;

use portway_ignite_protocol::{Concurrency, Isolation};

use super::Transaction;

/// A transaction as error messages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransactionDescription {
    concurrency: Concurrency,
    isolation: Isolation,
    state: &'static str,
    started: i64,
    duration: i64,
    pub(crate) timeout: i64,
    label: Option<String>,
}

impl Transaction {
    /// The transaction in `state`, for a message.
    pub(super) fn describe(&self, state: &'static str, now: i64) -> TransactionDescription {
        TransactionDescription {
            concurrency: self.options.concurrency,
            isolation: self.options.isolation,
            state,
            started: self.started,
            duration: self.ended.map_or(now, |ended| ended.at) - self.started,
            timeout: self.options.timeout.max(0),
            label: self.options.label.clone(),
        }
    }
}

impl fmt::Display for TransactionDescription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let concurrency = match self.concurrency {
            Concurrency::Optimistic => "OPTIMISTIC",
            _ => "PESSIMISTIC",
        };
        let isolation = match self.isolation {
            Isolation::ReadCommitted => "READ_COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE_READ",
            _ => "SERIALIZABLE",
        };
        let Self {
            state,
            started,
            duration,
            timeout,
            ..
        } = self;
        let label = self.label.as_deref().unwrap_or("null");
        write!(
            formatter,
            "GridNearTxLocal[concurrency={concurrency}, isolation={isolation}, state={state}, \
             invalidate=false, rollbackOnly=true, timeout={timeout}, startTime={started}, \
             duration={duration}, label={label}]"
        )
    }
}
