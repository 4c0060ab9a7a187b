//! Reading and changing entries. Every key-value operation is one of these few.

use std::collections::BTreeMap;

use portway_ignite_protocol::ExpiryPolicy;

use super::batch::Batch;
use super::changes::{EntryChange, with_expiry};
use super::expiry::{NO_POLICY, expires_at};
use super::layout::{self, Stored};
use super::{Engine, EngineError};

/// What every operation on a cache is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) cache: i32,
    /// The call's own policy; without it that of the cache holds.
    pub(crate) policy: Option<ExpiryPolicy>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
}

/// When a conditional change happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition<'a> {
    Always,
    /// The key has no value.
    Absent,
    /// The key has a value.
    Present,
    /// The key's value has these bytes.
    Equals(&'a [u8]),
}

/// What a conditional change found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether the condition held; for a removal also whether there was something to remove.
    pub(crate) applied: bool,
    pub(crate) old: Option<Box<[u8]>>,
}

impl Engine {
    /// The value of `key`. The access policy applies.
    pub(crate) fn value(&mut self, call: Call, key: &[u8]) -> Result<Option<&[u8]>, EngineError> {
        let policy = self.policy(call)?;
        let key = layout::entry_key(call.cache, key);
        let Some(stored) = self.live(&key, call.now) else {
            return Ok(None);
        };
        let expires_at = expires_at(policy.access, stored.expires_at, call.now);
        self.touch(&key, expires_at)?;
        Ok(self.stored(&key).map(|stored| stored.value))
    }

    pub(crate) fn contains(&self, call: Call, key: &[u8]) -> Result<bool, EngineError> {
        self.cache(call.cache)?;
        Ok(self
            .live(&layout::entry_key(call.cache, key), call.now)
            .is_some())
    }

    /// The number of entries of a cache that have not expired.
    pub(crate) fn size(&self, call: Call) -> Result<u64, EngineError> {
        let cache = self.cache(call.cache)?;
        let prefix = layout::entry_prefix(call.cache);
        let expired = self
            .expiry
            .expired(call.now)
            .filter(|key| key.starts_with(&prefix))
            .count();
        Ok(cache.entries - expired as u64)
    }

    /// Sets `key` to `new`, or removes it, if `condition` holds.
    pub(crate) fn update(
        &mut self,
        call: Call,
        key: &[u8],
        condition: Condition<'_>,
        new: Option<&[u8]>,
    ) -> Result<Outcome, EngineError> {
        let policy = self.policy(call)?;
        let key = layout::entry_key(call.cache, key);
        let old = self.live(&key, call.now);
        let holds = match condition {
            Condition::Always => old.is_some() || new.is_some(),
            Condition::Absent => old.is_none(),
            Condition::Present => old.is_some(),
            Condition::Equals(expected) => old.is_some_and(|old| old.value == expected),
        };
        let outcome = Outcome {
            applied: holds,
            old: old.map(|old| old.value.into()),
        };
        if holds {
            let new = new.and_then(|value| with_expiry(policy, old, value, call.now));
            self.change_entries(call, vec![EntryChange { key, new }])?;
        } else if let (Condition::Equals(_), Some(old)) = (condition, old) {
            // A comparison that fails has read the value; a real node counts only that as access.
            let expires_at = expires_at(policy.access, old.expires_at, call.now);
            self.touch(&key, expires_at)?;
        }
        Ok(outcome)
    }

    /// Sets several keys at once; all of them or none. Of equal keys the last one counts.
    pub(crate) fn put_all<'a>(
        &mut self,
        call: Call,
        entries: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(), EngineError> {
        let policy = self.policy(call)?;
        let entries: BTreeMap<_, _> = entries.collect();
        let changes = entries.into_iter().map(|(key, value)| {
            let key = layout::entry_key(call.cache, key);
            let new = with_expiry(policy, self.live(&key, call.now), value, call.now);
            EntryChange { key, new }
        });
        let changes = changes.collect();
        self.change_entries(call, changes)
    }

    /// Removes several keys at once, and tells listeners.
    pub(crate) fn remove_all<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        let mut keys: Vec<_> = keys.map(|key| layout::entry_key(call.cache, key)).collect();
        keys.sort_unstable();
        keys.dedup();
        let changes = keys
            .into_iter()
            .map(|key| EntryChange { key, new: None })
            .collect();
        self.change_entries(call, changes)
    }

    /// Removes every entry of a cache, and tells listeners.
    pub(crate) fn remove_everything(&mut self, call: Call) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        if !self.listeners.listens_to(call.cache) {
            return self.clear(call);
        }
        let prefix = layout::entry_prefix(call.cache);
        let keys = self.table.with_prefix(&prefix).map(|(key, _)| key.to_vec());
        let changes = keys.map(|key| EntryChange { key, new: None }).collect();
        self.change_entries(call, changes)
    }

    /// Removes every entry of a cache silently.
    pub(crate) fn clear(&mut self, call: Call) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        let prefix = layout::entry_prefix(call.cache);
        let mut batch = Batch::default();
        batch.delete_prefix(prefix);
        self.commit(batch)?;
        self.expiry.remove_prefix(&prefix);
        self.cache_mut(call.cache)?.entries = 0;
        Ok(())
    }

    /// Removes keys silently.
    pub(crate) fn clear_keys<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        let mut batch = Batch::default();
        let mut cleared = Vec::new();
        for key in keys {
            let key = layout::entry_key(call.cache, key);
            if let Some(stored) = self.stored(&key) {
                cleared.push((stored.expires_at, key.clone()));
                batch.delete(key);
            }
        }
        cleared.sort_unstable();
        cleared.dedup();
        self.commit(batch)?;
        self.cache_mut(call.cache)?.entries -= cleared.len() as u64;
        for (expires_at, key) in cleared {
            self.expiry.remove(expires_at, &key);
        }
        Ok(())
    }

    fn policy(&self, call: Call) -> Result<ExpiryPolicy, EngineError> {
        let cache = self.cache(call.cache)?;
        Ok(call.policy.or(cache.policy).unwrap_or(NO_POLICY))
    }

    /// The entry under a key of the table, expired or not.
    pub(super) fn stored(&self, key: &[u8]) -> Option<Stored<'_>> {
        self.table.get(key).and_then(Stored::decode)
    }

    fn live(&self, key: &[u8], now: i64) -> Option<Stored<'_>> {
        self.stored(key).filter(|stored| !stored.is_expired(now))
    }
}
