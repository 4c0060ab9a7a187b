//! Who holds which key, and who waits for it in which order.

use std::collections::{BTreeMap, VecDeque};

use super::transactions::TransactionId;
use super::waiting::WaiterId;

/// Somebody in the queue of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) id: WaiterId,
    /// Its place: the lower, the sooner. Transactions take theirs when they begin, so that the
    /// oldest comes first, as on a real node; an operation without one when it begins to wait.
    pub(super) order: u64,
    /// Who is given the key.
    pub(super) holder: TransactionId,
}

/// All locks. A key that nobody holds and nobody waits for is not here.
#[derive(Debug, Default)]
pub(super) struct Locks {
    keys: BTreeMap<Box<[u8]>, Lock>,
    /// Keys whose queue is to be looked at.
    freed: VecDeque<Box<[u8]>>,
}

#[derive(Debug, Default)]
struct Lock {
    owner: Option<TransactionId>,
    waiters: VecDeque<Waiter>,
}

impl Locks {
    /// Whether somebody else than `transaction` holds `key`.
    pub(super) fn is_held_by_another(
        &self,
        key: &[u8],
        transaction: Option<TransactionId>,
    ) -> bool {
        let owner = self.keys.get(key).and_then(|lock| lock.owner);
        owner.is_some() && owner != transaction
    }

    /// Whether anybody holds `key`.
    pub(super) fn is_held(&self, key: &[u8]) -> bool {
        self.is_held_by_another(key, None)
    }

    /// Whether anybody holds a key that begins with `prefix`.
    pub(super) fn any_held(&self, prefix: &[u8]) -> bool {
        self.held(prefix).next().is_some()
    }

    /// The first key that begins with `prefix` and that another than `transaction` holds.
    pub(super) fn first_held_by_another<'a>(
        &'a self,
        prefix: &'a [u8],
        transaction: Option<TransactionId>,
    ) -> Option<&'a [u8]> {
        self.held(prefix)
            .find(|(_, owner)| Some(*owner) != transaction)
            .map(|(key, _)| key)
    }

    fn held<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = (&'a [u8], TransactionId)> {
        let from_prefix = self.keys.range::<[u8], _>((
            std::ops::Bound::Included(prefix),
            std::ops::Bound::Unbounded,
        ));
        from_prefix
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter_map(|(key, lock)| lock.owner.map(|owner| (&**key, owner)))
    }

    /// Gives `key` to `transaction` unless another holds it or others wait for it: they are asked
    /// first. `None` if it was not given.
    pub(super) fn acquire(&mut self, key: &[u8], transaction: TransactionId) -> Option<Acquired> {
        match self.keys.get_mut(key) {
            Some(lock) if lock.owner == Some(transaction) => Some(Acquired::Before),
            Some(lock) if lock.owner.is_some() || !lock.waiters.is_empty() => None,
            Some(lock) => {
                lock.owner = Some(transaction);
                Some(Acquired::Now)
            }
            None => {
                let lock = Lock {
                    owner: Some(transaction),
                    waiters: VecDeque::new(),
                };
                self.keys.insert(key.into(), lock);
                Some(Acquired::Now)
            }
        }
    }

    /// Takes `waiter` into the queue of a held key.
    pub(super) fn enqueue(&mut self, key: &[u8], waiter: Waiter) {
        if let Some(lock) = self.keys.get_mut(key) {
            let place = lock
                .waiters
                .partition_point(|other| other.order < waiter.order);
            lock.waiters.insert(place, waiter);
        }
    }

    /// Takes somebody out of the queue of a key.
    pub(super) fn leave_queue(&mut self, key: &[u8], waiter: WaiterId) {
        if let Some(lock) = self.keys.get_mut(key) {
            lock.waiters.retain(|waiting| waiting.id != waiter);
        }
    }

    /// Takes `key` from `transaction`, if that holds it.
    pub(super) fn release_from(&mut self, transaction: TransactionId, key: &[u8]) {
        let owner = self.keys.get(key).and_then(|lock| lock.owner);
        if owner == Some(transaction) {
            self.release(key);
        }
    }

    /// Takes `key` from whoever holds it.
    pub(super) fn release(&mut self, key: &[u8]) {
        if let Some((key, lock)) = self.keys.remove_entry(key)
            && !lock.waiters.is_empty()
        {
            let waiters = lock.waiters;
            self.freed.push_back(key.clone());
            self.keys.insert(
                key,
                Lock {
                    owner: None,
                    waiters,
                },
            );
        }
    }

    /// The next in the queue of a key that is free. It holds the key with that.
    pub(super) fn next(&mut self) -> Option<(Box<[u8]>, Waiter)> {
        while let Some(key) = self.freed.front().cloned() {
            if let Some(waiter) = self.take_first(&key) {
                return Some((key, waiter));
            }
            self.freed.pop_front();
        }
        None
    }

    fn take_first(&mut self, key: &[u8]) -> Option<Waiter> {
        let lock = self.keys.get_mut(key)?;
        if lock.owner.is_some() {
            return None;
        }
        let waiter = lock.waiters.pop_front();
        lock.owner = waiter.map(|waiter| waiter.holder);
        if lock.owner.is_none() && lock.waiters.is_empty() {
            self.keys.remove(key);
        }
        waiter
    }
}

/// When a transaction came to hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acquired {
    Before,
    Now,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ConnectionId;

    const KEY: &[u8] = &[1];

    fn transaction(number: i32) -> TransactionId {
        TransactionId {
            connection: ConnectionId(1),
            number,
        }
    }

    fn waiter(id: u64) -> Waiter {
        Waiter {
            id: WaiterId(id),
            order: id,
            holder: transaction(id as i32),
        }
    }

    #[test]
    fn a_key_has_one_holder_who_may_take_it_again() {
        let mut locks = Locks::default();
        assert_eq!(locks.acquire(KEY, transaction(1)), Some(Acquired::Now));
        assert_eq!(locks.acquire(KEY, transaction(1)), Some(Acquired::Before));
        assert_eq!(locks.acquire(KEY, transaction(2)), None);
        assert!(!locks.is_held_by_another(KEY, Some(transaction(1))));
        assert!(locks.is_held(KEY));
        locks.release(KEY);
        assert!(!locks.is_held(KEY) && locks.keys.is_empty());
    }

    #[test]
    fn a_freed_key_goes_to_the_oldest_of_those_who_wait() {
        let mut locks = Locks::default();
        locks.acquire(KEY, transaction(1));
        for id in [3, 4, 2] {
            locks.enqueue(KEY, waiter(id));
        }
        locks.release(KEY);
        assert_eq!(locks.next().unwrap().1, waiter(2));
        assert!(locks.next().is_none());
        assert!(!locks.is_held_by_another(KEY, Some(transaction(2))));
        locks.leave_queue(KEY, WaiterId(3));
        locks.release(KEY);
        assert_eq!(locks.next().unwrap().1, waiter(4));
        locks.release(KEY);
        assert!(locks.next().is_none() && locks.keys.is_empty());
    }
}
