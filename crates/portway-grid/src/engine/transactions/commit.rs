//! The end of a transaction: its locks, its conflicts, and all its writes in one batch.

use super::enlisted::{EnlistedEntry, Plan};
use super::{Transaction, TransactionId};
use crate::engine::changes::{EntryChange, with_expiry};
use crate::engine::expiry::expires_at;
use crate::engine::{ConnectionId, Engine, EngineError, layout};

impl Engine {
    /// Rolls a transaction back. One that is not there needs nothing, as on a real node.
    pub(crate) fn roll_back(&mut self, connection: ConnectionId, number: i32) {
        self.remove_transaction(TransactionId { connection, number });
    }

    /// Commits a transaction: all of its writes become durable and visible together, or none.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while another holds a lock that it needs. After any other error the
    /// transaction is rolled back and gone.
    pub(crate) fn commit_transaction(
        &mut self,
        connection: ConnectionId,
        number: i32,
        now: i64,
    ) -> Result<(), EngineError> {
        let id = TransactionId { connection, number };
        let committed = self.try_commit(id, now);
        match &committed {
            Err(EngineError::Waits(_)) => {
                if let Some(transaction) = self.transaction_mut(Some(id)) {
                    transaction.ends = true;
                }
            }
            _ => drop(self.remove_transaction(id)),
        }
        committed
    }

    fn try_commit(&mut self, id: TransactionId, now: i64) -> Result<(), EngineError> {
        let transaction = self.running(id, now)?;
        if transaction.detects_conflicts() {
            self.check_conflicts(id, now)?;
        } else if !transaction.is_pessimistic() {
            self.lock_writes(id)?;
        }
        // Its own writes are no conflict of its own reads.
        let Some(transaction) = self.transactions.open.get(&id) else {
            return Ok(());
        };
        let changes = self.changes_of(transaction, now)?;
        let written = transaction.enlisted.iter();
        let written = written.filter(|entry| entry.plan != Plan::Keep);
        self.check_all_writable(written.map(|entry| &*entry.key))?;
        let accesses = self.accesses_of(transaction, now);
        self.change_entries(now, changes)?;
        for (key, expires_at) in accesses {
            // The transaction is committed by now; that a read prolongs nothing was logged.
            let _ = self.touch(&key, expires_at);
        }
        Ok(())
    }

    /// An optimistic serializable transaction never waits: whoever holds a key is a conflict.
    fn check_conflicts(&self, id: TransactionId, now: i64) -> Result<(), EngineError> {
        let Some(transaction) = self.transactions.open.get(&id) else {
            return Ok(());
        };
        let is_held = |key| self.locks.is_held_by_another(key, Some(id));
        if transaction.enlisted.keys().any(is_held) {
            let description = transaction.describe("MARKED_ROLLBACK", now);
            return Err(EngineError::LockConflict(description.into()));
        }
        let conflict = transaction
            .enlisted
            .iter()
            .find(|entry| entry.is_in_conflict(self.live(&entry.key, now).is_some()));
        match conflict {
            Some(entry) => Err(EngineError::ReadWriteConflict {
                cache: self.cache_name_of(&entry.key),
            }),
            None => Ok(()),
        }
    }

    fn cache_name_of(&self, key: &[u8]) -> String {
        let cache = layout::split_entry_key(key).and_then(|(cache, _)| self.cache(cache).ok());
        cache.map_or_else(String::new, |cache| cache.name().to_owned())
    }

    fn lock_writes(&mut self, id: TransactionId) -> Result<(), EngineError> {
        let Some(transaction) = self.transactions.open.get(&id) else {
            return Ok(());
        };
        let entries = transaction.enlisted.iter();
        let written = entries.filter(|entry| entry.plan != Plan::Keep);
        let keys: Vec<_> = written.map(|entry| entry.key.clone()).collect();
        self.lock_keys(id, keys.into_iter())
    }

    /// What a transaction changes, in the order in which it touched the keys.
    fn changes_of(
        &self,
        transaction: &Transaction,
        now: i64,
    ) -> Result<Vec<EntryChange>, EngineError> {
        let mut changes = Vec::new();
        for entry in transaction.enlisted.iter() {
            if entry.plan != Plan::Keep {
                changes.extend(self.change_of(entry, now)?);
            }
        }
        Ok(changes)
    }

    /// The new expiry times of what a transaction only read.
    fn accesses_of(&self, transaction: &Transaction, now: i64) -> Vec<(Box<[u8]>, i64)> {
        let entries = transaction.enlisted.iter();
        let only_read = entries.filter(|entry| entry.plan == Plan::Keep);
        only_read
            .filter_map(|entry| self.access_of(entry, now))
            .collect()
    }

    fn change_of(
        &self,
        entry: &EnlistedEntry,
        now: i64,
    ) -> Result<Option<EntryChange>, EngineError> {
        if let Some((cache, _)) = layout::split_entry_key(&entry.key) {
            self.cache(cache)?;
        }
        let old = self.live(&entry.key, now);
        if !entry.condition.holds(old.map(|old| old.value)) {
            return Ok(None);
        }
        let value = entry.value.as_deref().filter(|_| entry.plan == Plan::Store);
        Ok(Some(EntryChange {
            key: entry.key.to_vec(),
            new: value.and_then(|value| with_expiry(entry.policy, old, value, now)),
        }))
    }

    fn access_of(&self, entry: &EnlistedEntry, now: i64) -> Option<(Box<[u8]>, i64)> {
        let current = self.live(&entry.key, now)?.expires_at;
        let prolonged = expires_at(entry.policy.access, current, now);
        (prolonged != current).then(|| (entry.key.clone(), prolonged))
    }
}
