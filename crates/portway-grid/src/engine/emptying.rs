//! Emptying a cache, and removing entries silently.

use super::batch::Batch;
use super::changes::EntryChange;
use super::entries::{Call, waits_for};
use super::layout;
use super::{Engine, EngineError};

impl Engine {
    /// Removes every entry of a cache, and tells listeners. It takes part in no transaction, but
    /// waits for what others than its own have locked.
    pub(crate) fn remove_everything(&mut self, call: Call) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        let prefix = layout::entry_prefix(call.cache);
        if let Some(held) = self.locks.first_held_by_another(&prefix, call.transaction) {
            return Err(waits_for([held]));
        }
        if !self.listeners.listens_to(call.cache) {
            return self.clear_everything(call.cache);
        }
        let keys = self.table.with_prefix(&prefix).map(|(key, _)| key.to_vec());
        let changes = keys.map(|key| EntryChange { key, new: None }).collect();
        self.change_entries(call.now, changes)
    }

    /// Removes every entry of a cache silently, but for those that a transaction has locked. It
    /// takes part in no transaction.
    pub(crate) fn clear(&mut self, call: Call) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        let prefix = layout::entry_prefix(call.cache);
        if !self.locks.any_held(&prefix) {
            return self.clear_everything(call.cache);
        }
        let keys = self.table.with_prefix(&prefix).map(|(key, _)| key.to_vec());
        let keys = keys.collect();
        self.clear_entries(call.cache, keys)
    }

    fn clear_everything(&mut self, cache: i32) -> Result<(), EngineError> {
        let prefix = layout::entry_prefix(cache);
        let mut batch = Batch::default();
        batch.delete_prefix(prefix);
        self.commit(&batch)?;
        self.expiry.remove_prefix(&prefix);
        self.transactions.removed_prefix(&prefix);
        self.cache_mut(cache)?.entries = 0;
        Ok(())
    }

    /// Removes keys silently, but for those that a transaction has locked.
    pub(crate) fn clear_keys<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        if call.transaction.is_some() {
            return Err(EngineError::ClearInTransaction);
        }
        let mut keys: Vec<_> = keys.map(|key| layout::entry_key(call.cache, key)).collect();
        keys.sort_unstable();
        keys.dedup();
        self.clear_entries(call.cache, keys)
    }

    fn clear_entries(&mut self, cache: i32, keys: Vec<Vec<u8>>) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        let mut cleared = Vec::new();
        for key in keys {
            if let Some(stored) = self.stored(&key).filter(|_| !self.locks.is_held(&key)) {
                cleared.push((stored.expires_at, key.clone()));
                batch.delete(key);
            }
        }
        self.commit(&batch)?;
        self.cache_mut(cache)?.entries -= cleared.len() as u64;
        for (expires_at, key) in cleared {
            self.expiry.remove(expires_at, &key);
            self.transactions.changed(&key);
        }
        Ok(())
    }
}
