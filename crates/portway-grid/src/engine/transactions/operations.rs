//! Reading and changing entries inside of a transaction.

use std::borrow::Cow;
use std::collections::VecDeque;

use portway_ignite_protocol::ExpiryPolicy;

use super::enlisted::{EnlistedEntry, Expectation};
use super::optimistic::Change;
use super::{Transaction, TransactionId};
use crate::engine::locks::Acquired;
use crate::engine::waiting::{Obstacle, Wait};
use crate::engine::{Call, Condition, Engine, EngineError, Outcome, layout, table};

impl Engine {
    /// The value of `key` as the transaction sees it.
    pub(in crate::engine) fn value_within(
        &mut self,
        id: TransactionId,
        call: Call,
        key: &[u8],
    ) -> Result<Option<Cow<'_, [u8]>>, EngineError> {
        let transaction = self.participate(id, call.cache, call.now)?;
        let repeats = transaction.repeats_reads();
        let locks = repeats && transaction.is_pessimistic();
        let key = layout::entry_key(call.cache, key);
        if locks {
            self.lock(id, &key)?;
        }
        if let Some(seen) = self.enlisted_value(id, &key) {
            return Ok(seen.map(Cow::Owned));
        }
        if repeats {
            return Ok(self.read(id, call, &key)?.map(Cow::Owned));
        }
        self.accessed(call, &key)
    }

    /// Whether `key` has a value for the transaction. It locks nothing and remembers nothing.
    pub(in crate::engine) fn contains_within(
        &mut self,
        id: TransactionId,
        call: Call,
        key: &[u8],
    ) -> Result<bool, EngineError> {
        let transaction = self.participate(id, call.cache, call.now)?;
        let key = layout::entry_key(call.cache, key);
        let seen = transaction.enlisted.value(&key);
        Ok(match seen {
            Some(value) => value.is_some(),
            None => self.live(&key, call.now).is_some(),
        })
    }

    /// Sets or removes `key` when the transaction commits, if `condition` holds now.
    pub(in crate::engine) fn update_within(
        &mut self,
        id: TransactionId,
        call: Call,
        key: &[u8],
        condition: Condition<'_>,
        new: Option<&[u8]>,
    ) -> Result<Outcome, EngineError> {
        let policy = self.policy(call)?;
        let transaction = self.participate(id, call.cache, call.now)?;
        let (pessimistic, repeats) = (transaction.is_pessimistic(), transaction.repeats_reads());
        let key = layout::entry_key(call.cache, key);
        if !pessimistic {
            let change = Change {
                key: &key,
                condition,
                new,
                policy,
            };
            return self.update_optimistically(id, call, change);
        }
        self.lock(id, &key)?;
        let seen = self.enlisted_value(id, &key);
        let is_first = seen.is_none();
        let old = match seen {
            Some(seen) => seen,
            None if repeats => self.read(id, call, &key)?,
            None => self
                .live(&key, call.now)
                .map(|stored| stored.value.to_vec()),
        };
        let applied = condition.holds(old.as_deref(), new);
        self.enlist(id, &key, new, policy, |entry| {
            // The key has its place in the order of the commit even if nothing comes of the
            // operation.
            entry.write_locked(new, condition, applied);
            entry.is_only_read &= !is_first || old.is_some();
        })?;
        Ok(Outcome {
            applied,
            old: old.map(Vec::into_boxed_slice),
        })
    }

    /// Sets or removes several keys when the transaction commits, whatever they hold.
    pub(in crate::engine) fn change_all_within(
        &mut self,
        id: TransactionId,
        call: Call,
        changes: &[(&[u8], Option<&[u8]>)],
    ) -> Result<(), EngineError> {
        let policy = self.policy(call)?;
        let transaction = self.participate(id, call.cache, call.now)?;
        if transaction.is_pessimistic() {
            self.lock_all(id, call, changes.iter().map(|(key, _)| *key))?;
        }
        for &(key, new) in changes {
            let key = layout::entry_key(call.cache, key);
            self.enlist(id, &key, new, policy, |entry| {
                entry.write(new, Condition::Always);
            })?;
        }
        Ok(())
    }

    /// Locks what a read of several keys of a transaction locks.
    ///
    /// # Errors
    /// As [`Engine::value`].
    pub(crate) fn lock_for_reading<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        self.lock_where(call, keys, |transaction| {
            transaction.is_pessimistic() && transaction.repeats_reads()
        })
    }

    /// Locks what a change of several keys of a transaction locks.
    ///
    /// # Errors
    /// As [`Engine::update`].
    pub(in crate::engine) fn lock_for_changing<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        self.lock_where(call, keys, Transaction::is_pessimistic)
    }

    /// Locks keys for a transaction of which `locks` holds.
    fn lock_where<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
        locks: impl FnOnce(&Transaction) -> bool,
    ) -> Result<(), EngineError> {
        let Some(id) = call.transaction else {
            return Ok(());
        };
        let transaction = self.participate(id, call.cache, call.now)?;
        if locks(transaction) {
            self.lock_all(id, call, keys)?;
        }
        Ok(())
    }

    fn lock_all<'a>(
        &mut self,
        id: TransactionId,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        let keys = keys.map(|key| layout::entry_key(call.cache, key).into_boxed_slice());
        self.lock_keys(id, keys)
    }

    fn lock(&mut self, id: TransactionId, key: &[u8]) -> Result<(), EngineError> {
        self.lock_keys(id, std::iter::once(key.into()))
    }

    /// Gives keys to a transaction.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while others hold some of them.
    pub(super) fn lock_keys(
        &mut self,
        id: TransactionId,
        keys: impl Iterator<Item = Box<[u8]>>,
    ) -> Result<(), EngineError> {
        let mut missing: VecDeque<_> = keys.collect();
        while let Some(key) = missing.pop_front() {
            match self.locks.acquire(&key, id) {
                Some(Acquired::Before) => {}
                Some(Acquired::Now) => {
                    if let Some(transaction) = self.transaction_mut(Some(id)) {
                        transaction.locked.push(key);
                    }
                }
                None => {
                    missing.push_front(key);
                    return Err(EngineError::Waits(Wait {
                        obstacle: Obstacle::Keys(missing),
                        transaction: Some(id),
                    }));
                }
            }
        }
        Ok(())
    }

    fn enlisted_value(&self, id: TransactionId, key: &[u8]) -> Option<Option<Vec<u8>>> {
        let seen = self.transactions.open.get(&id)?.enlisted.value(key)?;
        Some(seen.map(<[u8]>::to_vec))
    }

    /// Reads what was committed, and remembers it.
    fn read(
        &mut self,
        id: TransactionId,
        call: Call,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let policy = self.policy(call)?;
        let value = self.live(key, call.now).map(|stored| stored.value.to_vec());
        let transaction = self.transactions.open.get(&id);
        let expectation = match &value {
            _ if !transaction.is_some_and(Transaction::detects_conflicts) => Expectation::Nothing,
            Some(_) => Expectation::Unchanged,
            None => Expectation::Absent,
        };
        self.enlist(id, key, value.as_deref(), policy, |entry| {
            entry.read(value.as_deref());
            entry.is_only_read = true;
            // A real node lets a read stand for an operation without a condition, so that its
            // commit does not look again at what a later `putIfAbsent` has found.
            entry.set_condition(Condition::Always);
            entry.expect(expectation);
        })?;
        if expectation == Expectation::Unchanged {
            self.transactions.watches.insert(key, id);
        }
        Ok(value)
    }

    /// Changes what a transaction remembers of a key, within the memory of the grid.
    pub(super) fn enlist(
        &mut self,
        id: TransactionId,
        key: &[u8],
        value: Option<&[u8]>,
        policy: ExpiryPolicy,
        change: impl FnOnce(&mut EnlistedEntry),
    ) -> Result<(), EngineError> {
        let limit = self.limits.stored_bytes;
        let added = table::cost(2 * key.len(), value.map_or(0, <[u8]>::len));
        if value.is_some() && self.table.bytes() + self.uncommitted_bytes + added > limit {
            return Err(EngineError::Full { limit });
        }
        let transaction = self.transactions.open.get_mut(&id);
        let transaction = transaction.ok_or(EngineError::TransactionNotFound(id.number))?;
        let before = transaction.enlisted.bytes();
        transaction.enlisted.change(key, policy, change);
        self.uncommitted_bytes = self.uncommitted_bytes + transaction.enlisted.bytes() - before;
        Ok(())
    }
}
