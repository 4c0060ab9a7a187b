//! Reading and changing entries inside of a transaction.

use std::borrow::Cow;

use super::TransactionId;
use super::enlisted::Enlisted;
use crate::engine::expiry::expires_at;
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
        let policy = self.policy(call)?;
        let Some(stored) = self.live(&key, call.now) else {
            return Ok(None);
        };
        let expires_at = expires_at(policy.access, stored.expires_at, call.now);
        self.touch(&key, expires_at)?;
        Ok(self.stored(&key).map(|stored| Cow::Borrowed(stored.value)))
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
        if pessimistic {
            self.lock(id, &key)?;
        }
        let old = match self.enlisted_value(id, &key) {
            Some(seen) => seen,
            None if repeats => self.read(id, call, &key)?,
            None => self
                .live(&key, call.now)
                .map(|stored| stored.value.to_vec()),
        };
        let applied = condition.holds(old.as_deref(), new);
        if applied || matches!(condition, Condition::Always) {
            self.enlist(id, &key, new, |enlisted| {
                enlisted.write(&key, new, condition, policy);
            })?;
        }
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
            for (key, _) in changes {
                self.lock(id, &layout::entry_key(call.cache, key))?;
            }
        }
        for &(key, new) in changes {
            let key = layout::entry_key(call.cache, key);
            self.enlist(id, &key, new, |enlisted| {
                enlisted.write(&key, new, Condition::Always, policy);
            })?;
        }
        Ok(())
    }

    /// Gives a key to a transaction.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while another holds it.
    pub(super) fn lock(&mut self, id: TransactionId, key: &[u8]) -> Result<(), EngineError> {
        match self.locks.acquire(key, id) {
            Some(Acquired::Before) => {}
            Some(Acquired::Now) => {
                if let Some(transaction) = self.transaction_mut(Some(id)) {
                    transaction.locked.push(key.into());
                }
            }
            None => {
                return Err(EngineError::Waits(Wait {
                    obstacle: Obstacle::Key(key.into()),
                    transaction: Some(id),
                }));
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
        self.enlist(id, key, value.as_deref(), |enlisted| {
            enlisted.read(key, value.as_deref(), policy);
        })?;
        let transaction = self.transactions.open.get(&id);
        if transaction.is_some_and(super::Transaction::detects_conflicts) {
            self.transactions.watches.insert(key, id);
        }
        Ok(value)
    }

    /// Changes what a transaction remembers, within the memory of the grid.
    fn enlist(
        &mut self,
        id: TransactionId,
        key: &[u8],
        value: Option<&[u8]>,
        change: impl FnOnce(&mut Enlisted),
    ) -> Result<(), EngineError> {
        let limit = self.limits.stored_bytes;
        let added = table::cost(2 * key.len(), value.map_or(0, <[u8]>::len));
        if value.is_some() && self.table.bytes() + self.uncommitted_bytes + added > limit {
            return Err(EngineError::Full { limit });
        }
        let transaction = self.transactions.open.get_mut(&id);
        let transaction = transaction.ok_or(EngineError::TransactionNotFound(id.number))?;
        let before = transaction.enlisted.bytes();
        change(&mut transaction.enlisted);
        self.uncommitted_bytes = self.uncommitted_bytes + transaction.enlisted.bytes() - before;
        Ok(())
    }
}
