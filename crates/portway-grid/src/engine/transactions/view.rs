//! Transactions as others see them, and ended by others.

use std::collections::BTreeSet;

use portway_ignite_protocol::{Concurrency, Isolation};

use super::{Transaction, TransactionId};
use crate::engine::{Engine, layout};

/// What is shown of a transaction.
#[derive(Debug)]
pub(crate) struct TransactionInView<'a> {
    /// By which others name it.
    pub(crate) xid: String,
    pub(crate) label: Option<&'a str>,
    /// Milliseconds since the epoch.
    pub(crate) started: i64,
    /// Milliseconds; none is 0.
    pub(crate) timeout: i64,
    pub(crate) isolation: Isolation,
    pub(crate) concurrency: Concurrency,
    pub(crate) keys: usize,
    pub(crate) caches: BTreeSet<i32>,
    /// Whether one of its operations waits.
    pub(crate) waits: bool,
    /// Its number among all that were begun.
    pub(crate) order: u64,
}

impl Transaction {
    fn xid(&self) -> String {
        format!("{:x}-00000000-0000-0000-0000-000000000001", self.order)
    }

    fn in_view(&self) -> TransactionInView<'_> {
        let keys = || self.enlisted.keys();
        TransactionInView {
            xid: self.xid(),
            label: self.options.label.as_deref(),
            started: self.started,
            timeout: self.options.timeout.max(0),
            isolation: self.options.isolation,
            concurrency: self.options.concurrency,
            keys: keys().count(),
            caches: keys()
                .filter_map(|key| layout::split_entry_key(key).map(|(cache, _)| cache))
                .collect(),
            waits: self.waiting.is_some(),
            order: self.order,
        }
    }
}

impl Engine {
    /// The open transactions that are not rolled back.
    pub(crate) fn transactions_in_view(&self) -> impl Iterator<Item = TransactionInView<'_>> {
        let open = self.transactions.open.values();
        let live = open.filter(|transaction| transaction.ended.is_none());
        live.map(Transaction::in_view)
    }

    /// Rolls a transaction back that others name by its XID; its client is told when it goes on. One
    /// that is not there needs nothing.
    pub(crate) fn kill_transaction(&mut self, xid: &str, now: i64) {
        let mut open = self.transactions.open.iter();
        let is_meant =
            |open: &(&TransactionId, &Transaction)| open.1.ended.is_none() && open.1.xid() == xid;
        if let Some(id) = open.find(is_meant).map(|(id, _)| *id) {
            self.end_early(id, now, true);
        }
    }
}
