//! Transactions: begun, used by operations, ended by their client, their time or their connection.

mod commit;
mod drain;
mod enlisted;
mod failure;
#[cfg(test)]
mod model_tests;
mod operations;
mod optimistic;
#[cfg(test)]
mod tests;
mod view;
mod watches;

pub(super) use drain::Drain;
pub(crate) use failure::TransactionDescription;
pub(crate) use view::TransactionInView;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use portway_ignite_protocol::{AtomicityMode, Concurrency, Isolation, StartTransaction};

use super::layout::NEVER;
use super::waiting::{Obstacle, Wait, WaiterId};
use super::{ConnectionId, Engine, EngineError};
use enlisted::Enlisted;
use watches::Watches;

/// Names a transaction: its number is that of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TransactionId {
    pub(crate) connection: ConnectionId,
    pub(crate) number: i32,
}

impl TransactionId {
    /// Who holds keys for an operation outside of transactions, while that waits for others.
    pub(super) fn outside(waiter: u64) -> Self {
        Self {
            connection: ConnectionId::waiting(waiter),
            number: 0,
        }
    }
}

/// A transaction that its client did not end yet.
#[derive(Debug)]
pub(super) struct Transaction {
    options: StartTransaction,
    /// Its place among those who wait for a key: that of its begin.
    pub(super) order: u64,
    started: i64,
    deadline: i64,
    /// Its end before its client's word.
    ended: Option<EndedEarly>,
    enlisted: Enlisted,
    /// The keys it holds.
    pub(super) locked: Vec<Box<[u8]>>,
    /// Its operation that waits for a lock.
    pub(super) waiting: Option<WaiterId>,
    /// Its operations that came after that one.
    pub(super) behind: VecDeque<WaiterId>,
    /// Whether its commit waits: then it ends with its time.
    ends: bool,
}

/// A transaction that was rolled back, and of which its client is to be told.
#[derive(Clone, Copy, Debug)]
struct EndedEarly {
    /// Milliseconds since the epoch.
    at: i64,
    /// By somebody; else its time was over.
    is_killed: bool,
}

/// All transactions that were begun and not ended.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    pub(super) open: BTreeMap<TransactionId, Transaction>,
    /// The last number given to a transaction of each connection.
    numbers: BTreeMap<ConnectionId, i32>,
    deadlines: BTreeSet<(i64, TransactionId)>,
    watches: Watches,
}

impl Transactions {
    /// When the next transaction runs out of time.
    pub(super) fn next_deadline(&self) -> Option<i64> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Notes that the value of `key` was replaced or removed.
    pub(super) fn changed(&mut self, key: &[u8]) {
        for id in self.watches.of(key) {
            if let Some(transaction) = self.open.get_mut(&id) {
                transaction.enlisted.mark_changed(key);
            }
        }
    }

    /// Notes that every key that begins with `prefix` was removed.
    pub(super) fn removed_prefix(&mut self, prefix: &[u8]) {
        for (key, id) in self.watches.with_prefix(prefix) {
            if let Some(transaction) = self.open.get_mut(&id) {
                transaction.enlisted.mark_changed(&key);
            }
        }
    }

    pub(super) fn find_mut(&mut self, id: Option<TransactionId>) -> Option<&mut Transaction> {
        self.open.get_mut(&id?)
    }

    fn of_connection(&self, connection: ConnectionId) -> impl Iterator<Item = TransactionId> {
        let first = TransactionId {
            connection,
            number: i32::MIN,
        };
        let last = TransactionId {
            connection,
            number: i32::MAX,
        };
        self.open.range(first..=last).map(|(id, _)| *id)
    }
}

impl Transaction {
    /// Whether it locks what it touches at once.
    fn is_pessimistic(&self) -> bool {
        self.options.concurrency == Concurrency::Pessimistic
    }

    /// Whether what it read stays as it read it.
    fn repeats_reads(&self) -> bool {
        self.options.isolation != Isolation::ReadCommitted
    }

    /// Whether its commit fails when another changed what it read.
    fn detects_conflicts(&self) -> bool {
        !self.is_pessimistic() && self.options.isolation == Isolation::Serializable
    }
}

impl Engine {
    /// Begins a transaction of a connection and answers its number.
    ///
    /// # Errors
    /// When the connection has as many open ones as it may.
    pub(crate) fn begin_transaction(
        &mut self,
        connection: ConnectionId,
        options: StartTransaction,
        now: i64,
    ) -> Result<i32, EngineError> {
        let limit = self.limits.transactions_per_connection;
        if self.transactions.of_connection(connection).count() >= limit {
            return Err(EngineError::TooManyTransactions { limit });
        }
        let number = self.transactions.numbers.entry(connection).or_default();
        *number = number.wrapping_add(1);
        let id = TransactionId {
            connection,
            number: *number,
        };
        let deadline = match options.timeout {
            1.. => now.saturating_add(options.timeout),
            _ => NEVER,
        };
        if deadline != NEVER {
            self.transactions.deadlines.insert((deadline, id));
        }
        let transaction = Transaction {
            options,
            order: self.waiters.next_order(),
            started: now,
            deadline,
            ended: None,
            enlisted: Enlisted::default(),
            locked: Vec::new(),
            waiting: None,
            behind: VecDeque::new(),
            ends: false,
        };
        self.transactions.open.insert(id, transaction);
        Ok(id.number)
    }

    /// The open transaction of this number. An operation in one that is not there takes part in
    /// none, as on a real node.
    pub(crate) fn find_transaction(
        &self,
        connection: ConnectionId,
        number: i32,
    ) -> Option<TransactionId> {
        let id = TransactionId { connection, number };
        self.transactions.open.contains_key(&id).then_some(id)
    }

    pub(super) fn transaction_mut(
        &mut self,
        id: Option<TransactionId>,
    ) -> Option<&mut Transaction> {
        self.transactions.find_mut(id)
    }

    /// The transaction an operation on `cache` takes part in.
    ///
    /// # Errors
    /// When the cache takes no part in transactions, when the transaction's time is over, or when
    /// an earlier operation of it waits.
    pub(super) fn participate(
        &mut self,
        id: TransactionId,
        cache: i32,
        now: i64,
    ) -> Result<&mut Transaction, EngineError> {
        self.check_transactional(cache)?;
        self.running(id, now)
    }

    /// Refuses operations in a transaction on a cache that takes part in none.
    pub(crate) fn check_transactional(&self, cache: i32) -> Result<(), EngineError> {
        match self.cache(cache)?.atomicity {
            AtomicityMode::Atomic => Err(EngineError::AtomicInTransaction),
            _ => Ok(()),
        }
    }

    /// A transaction whose time is not over and of which nothing waits.
    fn running(&mut self, id: TransactionId, now: i64) -> Result<&mut Transaction, EngineError> {
        if self.is_due(id, now) {
            self.end_early(id, now, false);
        }
        let transaction = self.transactions.open.get_mut(&id);
        let transaction = transaction.ok_or(EngineError::TransactionNotFound(id.number))?;
        if let Some(ended) = transaction.ended {
            let description = transaction.describe("ROLLED_BACK", now).into();
            return Err(match ended.is_killed {
                true => EngineError::TransactionKilled(description),
                false => EngineError::TransactionTimedOut(description),
            });
        }
        if transaction.waiting.is_some() {
            return Err(EngineError::Waits(Wait {
                obstacle: Obstacle::OwnOperation,
                transaction: Some(id),
            }));
        }
        Ok(transaction)
    }

    fn is_due(&self, id: TransactionId, now: i64) -> bool {
        let transaction = self.transactions.open.get(&id);
        transaction.is_some_and(|open| open.ended.is_none() && open.deadline <= now)
    }

    /// Rolls back what ran out of time. The transactions stay until their clients end them.
    pub(super) fn time_out_transactions(&mut self, now: i64) {
        while let Some(&(deadline, id)) = self.transactions.deadlines.first()
            && deadline <= now
        {
            self.end_early(id, now, false);
        }
    }

    fn end_early(&mut self, id: TransactionId, now: i64, is_killed: bool) {
        let Some(transaction) = self.transactions.open.get_mut(&id) else {
            return;
        };
        self.transactions
            .deadlines
            .remove(&(transaction.deadline, id));
        transaction.ended = Some(EndedEarly { at: now, is_killed });
        let (waiting, behind) = (
            transaction.waiting.take(),
            std::mem::take(&mut transaction.behind),
        );
        if let Some(waiter) = waiting {
            let description = transaction.describe("MARKED_ROLLBACK", now).into();
            let error = match is_killed {
                true => EngineError::TransactionKilled(description),
                false => EngineError::LockTimedOut(description),
            };
            self.fail_waiter(waiter, error);
        }
        self.wake_all(behind);
        if self
            .transactions
            .open
            .get(&id)
            .is_some_and(|open| open.ends)
        {
            self.remove_transaction(id);
        } else {
            self.release_everything(id);
        }
    }

    /// Gives up the locks of a transaction and what it enlisted.
    fn release_everything(&mut self, id: TransactionId) {
        let Some(transaction) = self.transactions.open.get_mut(&id) else {
            return;
        };
        let locked = std::mem::take(&mut transaction.locked);
        let enlisted = std::mem::take(&mut transaction.enlisted);
        self.transactions.watches.remove(id, enlisted.keys());
        self.uncommitted_bytes -= enlisted.bytes();
        // Who waits for several keys gets the later ones in the order in which they become free. What
        // is locked but not enlisted belongs to an operation that still waits.
        for key in enlisted.freed_keys().chain(locked.iter().map(|key| &**key)) {
            self.locks.release_from(id, key);
        }
        self.wake_drained();
    }

    /// Rolls back every transaction of a connection that is gone.
    pub(super) fn close_transactions(&mut self, connection: ConnectionId) {
        let open: Vec<_> = self.transactions.of_connection(connection).collect();
        for id in open {
            self.remove_transaction(id);
        }
        self.transactions.numbers.remove(&connection);
    }

    /// Rolls all open transactions back.
    pub(in crate::engine) fn roll_everything_back(&mut self) {
        let open: Vec<_> = self.transactions.open.keys().copied().collect();
        for id in open {
            self.remove_transaction(id);
        }
    }

    /// Takes a transaction out of the list; its waiting operations fail.
    fn remove_transaction(&mut self, id: TransactionId) -> Option<Transaction> {
        self.release_everything(id);
        let transaction = self.transactions.open.remove(&id)?;
        let deadline = (transaction.deadline, id);
        self.transactions.deadlines.remove(&deadline);
        let waiting = transaction.waiting.iter().chain(&transaction.behind);
        for waiter in waiting {
            self.fail_waiter(*waiter, EngineError::TransactionRolledBack);
        }
        Some(transaction)
    }
}
