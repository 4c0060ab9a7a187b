//! Operations that wait for locks: they are executed again from their beginning when they can go on.

use std::collections::{BTreeMap, VecDeque};

use super::locks::{Acquired, Waiter};
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
    /// Others hold some of these keys. The operation gets them one after the other, as on a real
    /// node: it holds those before the one in whose queue it stands.
    Keys(VecDeque<Box<[u8]>>),
    /// An earlier operation of the same transaction waits.
    OwnOperation,
    /// Transactions hold keys, and the state of the cluster is to change.
    Transactions,
}

/// An operation that needs not wait any more.
#[derive(Debug)]
pub(crate) struct Wake {
    pub(crate) waiter: WaiterId,
    /// Why it must not be executed again.
    pub(crate) failure: Option<EngineError>,
}

impl Wake {
    fn go_on(waiter: WaiterId) -> Self {
        Self {
            waiter,
            failure: None,
        }
    }
}

#[derive(Debug)]
struct Waiting {
    connection: ConnectionId,
    transaction: Option<TransactionId>,
    /// The keys it got so far. Those of a transaction are kept there.
    held: Vec<Box<[u8]>>,
    /// The keys to get: it stands in the queue of the first.
    missing: VecDeque<Box<[u8]>>,
}

/// Everybody who waits.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    last: u64,
    waiting: BTreeMap<WaiterId, Waiting>,
    /// Who goes on, or fails, without having got all keys.
    ready: VecDeque<Wake>,
    /// Transactions whose waiting operation was woken: others of them may wait behind it.
    resumed: VecDeque<TransactionId>,
}

impl Waiters {
    /// A place behind all that were given before.
    pub(super) fn next_order(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

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
        let id = WaiterId(self.waiters.next_order());
        let Wait {
            obstacle,
            transaction,
        } = wait;
        let missing = match obstacle {
            Obstacle::Keys(keys) => {
                if let Some(transaction) = self.transaction_mut(transaction) {
                    transaction.waiting = Some(id);
                }
                keys
            }
            Obstacle::OwnOperation => {
                if let Some(transaction) = self.transaction_mut(transaction) {
                    transaction.behind.push_back(id);
                }
                VecDeque::new()
            }
            Obstacle::Transactions => {
                self.wait_for_drain(id);
                VecDeque::new()
            }
        };
        let mut waiting = Waiting {
            connection,
            transaction,
            held: Vec::new(),
            missing,
        };
        self.take_keys(id, &mut waiting);
        self.waiters.waiting.insert(id, waiting);
        Ok(id)
    }

    /// Takes the keys that are free up to the first that is not, and a place in the queue of that.
    fn take_keys(&mut self, id: WaiterId, waiting: &mut Waiting) {
        let holder = waiting.transaction.unwrap_or(TransactionId::outside(id.0));
        while let Some(key) = waiting.missing.front() {
            match self.locks.acquire(key, holder) {
                Some(Acquired::Now) => waiting.held.extend(waiting.missing.pop_front()),
                Some(Acquired::Before) => drop(waiting.missing.pop_front()),
                None => {
                    let transaction = self.transactions.find_mut(waiting.transaction);
                    let order = transaction.map_or(id.0, |transaction| transaction.order);
                    self.locks.enqueue(key, Waiter { id, order, holder });
                    break;
                }
            }
        }
        if let Some(transaction) = self.transactions.find_mut(waiting.transaction) {
            transaction.locked.append(&mut waiting.held);
        }
    }

    /// The next operation that needs not wait any more. Execute it, or answer its failure, before
    /// polling again and before any other operation; poll until there is none after each call that
    /// may free locks.
    pub(crate) fn poll_wake(&mut self) -> Option<Wake> {
        if let Some(ready) = self.waiters.ready.pop_front() {
            return Some(ready);
        }
        while let Some((key, waiter)) = self.locks.next() {
            if self.hand_over(key, waiter.id) {
                return Some(Wake::go_on(waiter.id));
            }
        }
        self.next_behind()
    }

    /// Gives a key to who waited for it. Answers whether it waits for nothing more.
    fn hand_over(&mut self, key: Box<[u8]>, id: WaiterId) -> bool {
        let Some(mut waiting) = self.waiters.waiting.remove(&id) else {
            self.locks.release(&key);
            return false;
        };
        waiting.missing.pop_front();
        waiting.held.push(key);
        self.take_keys(id, &mut waiting);
        if !waiting.missing.is_empty() {
            self.waiters.waiting.insert(id, waiting);
            return false;
        }
        if let Some(transaction) = self.transactions.find_mut(waiting.transaction) {
            transaction.waiting = None;
            self.waiters.resumed.extend(waiting.transaction);
        }
        // Outside of a transaction the operation holds nothing while it is executed: it is executed
        // before anybody is given what it frees here.
        self.release_all(&waiting.held);
        true
    }

    /// The next operation that waited behind another of its transaction.
    fn next_behind(&mut self) -> Option<Wake> {
        while let Some(&id) = self.waiters.resumed.front() {
            let next = self
                .transactions
                .find_mut(Some(id))
                .filter(|transaction| transaction.waiting.is_none())
                .and_then(|transaction| transaction.behind.pop_front());
            if let Some(next) = next {
                self.waiters.waiting.remove(&next);
                return Some(Wake::go_on(next));
            }
            self.waiters.resumed.pop_front();
        }
        None
    }

    /// Ends the waiting of `waiter` with a failure.
    pub(super) fn fail_waiter(&mut self, waiter: WaiterId, failure: EngineError) {
        if let Some(waiting) = self.waiters.waiting.remove(&waiter) {
            self.give_up(waiter, &waiting);
            self.waiters.ready.push_back(Wake {
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
                self.waiters.ready.push_back(Wake::go_on(waiter));
            }
        }
    }

    pub(super) fn is_waiting(&self, waiter: WaiterId) -> bool {
        self.waiters.waiting.contains_key(&waiter)
    }

    /// Forgets the operations of a connection that is gone.
    pub(super) fn forget_waiters(&mut self, connection: ConnectionId) {
        let of_connection = |_: &WaiterId, waiting: &mut Waiting| waiting.connection == connection;
        let gone = self.waiters.waiting.extract_if(.., of_connection);
        let gone: Vec<_> = gone.collect();
        for (waiter, waiting) in gone {
            self.give_up(waiter, &waiting);
        }
    }

    fn give_up(&mut self, waiter: WaiterId, waiting: &Waiting) {
        if let Some(key) = waiting.missing.front() {
            self.locks.leave_queue(key, waiter);
        }
        self.release_all(&waiting.held);
    }

    fn release_all(&mut self, keys: &[Box<[u8]>]) {
        for key in keys {
            self.locks.release(key);
        }
    }
}
