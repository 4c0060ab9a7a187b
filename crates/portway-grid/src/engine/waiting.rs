//! Operations that wait for a lock: they are executed again from their beginning when it is free.

use std::collections::{BTreeMap, VecDeque};

use super::locks::Waiter;
use super::transactions::TransactionId;
use super::{ConnectionId, Engine, EngineError};

/// Operations of one connection that may wait at once: each keeps its request in memory.
const WAITERS_PER_CONNECTION: usize = 1024;

/// Names an operation that waits. Numbers are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WaiterId(pub(crate) u64);

/// What an operation has to wait for. It changed nothing but the locks of its transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(super) obstacle: Obstacle,
    pub(super) transaction: Option<TransactionId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A transaction holds this key.
    Key(Box<[u8]>),
    /// An earlier operation of the same transaction waits.
    OwnOperation,
}

/// An operation that needs not wait any more.
#[derive(Debug)]
pub(crate) struct Wake {
    pub(crate) waiter: WaiterId,
    /// Why it must not be executed again.
    pub(crate) failure: Option<EngineError>,
}

#[derive(Debug)]
struct Waiting {
    connection: ConnectionId,
    wait: Wait,
}

/// Everybody who waits.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    last: u64,
    waiting: BTreeMap<WaiterId, Waiting>,
    failed: VecDeque<Wake>,
    /// Transactions whose waiting operation was woken: others of them may wait behind it.
    resumed: VecDeque<TransactionId>,
}

impl Waiters {
    fn count(&self, connection: ConnectionId) -> usize {
        let of_connection = |waiting: &&Waiting| waiting.connection == connection;
        self.waiting.values().filter(of_connection).count()
    }
}

impl Engine {
    /// Takes note of an operation that has to wait. [`Engine::poll_wake`] names it when it is to be
    /// executed again.
    ///
    /// # Errors
    /// When too many operations of the connection wait already.
    pub(crate) fn wait(
        &mut self,
        connection: ConnectionId,
        wait: Wait,
    ) -> Result<WaiterId, EngineError> {
        let limit = WAITERS_PER_CONNECTION;
        if self.waiters.count(connection) >= limit {
            return Err(EngineError::TooManyWaiters { limit });
        }
        self.waiters.last += 1;
        let id = WaiterId(self.waiters.last);
        let transaction = wait.transaction;
        match &wait.obstacle {
            Obstacle::Key(key) => {
                self.locks.enqueue(key, Waiter { id, transaction });
                if let Some(transaction) = self.transaction_mut(transaction) {
                    transaction.waiting = Some(id);
                }
            }
            Obstacle::OwnOperation => {
                if let Some(transaction) = self.transaction_mut(transaction) {
                    transaction.behind.push_back(id);
                }
            }
        }
        let waiting = Waiting { connection, wait };
        self.waiters.waiting.insert(id, waiting);
        Ok(id)
    }

    /// The next operation that needs not wait any more. Execute it, or answer its failure, before
    /// polling again and before any other operation; poll until there is none after each call that
    /// may free locks.
    pub(crate) fn poll_wake(&mut self) -> Option<Wake> {
        if let Some(failed) = self.waiters.failed.pop_front() {
            return Some(failed);
        }
        if let Some((key, waiter)) = self.locks.next() {
            self.waiters.waiting.remove(&waiter.id);
            if let Some(id) = waiter.transaction {
                self.hand_over(key, id);
            }
            return Some(awake(waiter.id));
        }
        self.next_behind()
    }

    /// Notes that a transaction got the lock that it waited for.
    fn hand_over(&mut self, key: Box<[u8]>, id: TransactionId) {
        if let Some(transaction) = self.transaction_mut(Some(id)) {
            transaction.waiting = None;
            transaction.locked.push(key);
            self.waiters.resumed.push_back(id);
        }
    }

    /// The next operation that waited behind another of its transaction.
    fn next_behind(&mut self) -> Option<Wake> {
        while let Some(&id) = self.waiters.resumed.front() {
            let transaction = self.transactions.open.get_mut(&id);
            let next = transaction
                .filter(|transaction| transaction.waiting.is_none())
                .and_then(|transaction| transaction.behind.pop_front());
            if let Some(next) = next {
                self.waiters.waiting.remove(&next);
                return Some(awake(next));
            }
            self.waiters.resumed.pop_front();
        }
        None
    }

    /// Ends the waiting of `waiter` with a failure.
    pub(super) fn fail_waiter(&mut self, waiter: WaiterId, failure: EngineError) {
        if let Some(waiting) = self.waiters.waiting.remove(&waiter) {
            if let Obstacle::Key(key) = &waiting.wait.obstacle {
                self.locks.leave_queue(key, waiter);
            }
            self.waiters.failed.push_back(Wake {
                waiter,
                failure: Some(failure),
            });
        }
    }

    /// Lets operations that waited behind another of their transaction go on to find out what
    /// became of it.
    pub(super) fn wake_all(&mut self, waiters: impl IntoIterator<Item = WaiterId>) {
        for waiter in waiters {
            if self.waiters.waiting.remove(&waiter).is_some() {
                self.waiters.failed.push_back(awake(waiter));
            }
        }
    }

    /// Forgets the operations of a connection that is gone.
    pub(super) fn forget_waiters(&mut self, connection: ConnectionId) {
        let gone = self
            .waiters
            .waiting
            .extract_if(.., |_, waiting| waiting.connection == connection);
        for (id, waiting) in gone {
            if let Obstacle::Key(key) = &waiting.wait.obstacle {
                self.locks.leave_queue(key, id);
            }
        }
    }
}

fn awake(waiter: WaiterId) -> Wake {
    Wake {
        waiter,
        failure: None,
    }
}
