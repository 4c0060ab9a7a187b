//! Reading and changing entries. Every key-value operation is one of these few; `emptying` has those
//! that remove without looking.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use portway_ignite_protocol::{AtomicityMode, ExpiryPolicy};

use super::changes::{EntryChange, with_expiry};
use super::expiry::{NO_POLICY, expires_at};
use super::layout::{self, NEVER, Stored};
use super::transactions::TransactionId;
use super::waiting::{Obstacle, Wait};
use super::{Engine, EngineError};

/// What every operation on a cache is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) cache: i32,
    /// The call's own policy; without it that of the cache holds.
    pub(crate) policy: Option<ExpiryPolicy>,
    /// The transaction it takes part in.
    pub(crate) transaction: Option<TransactionId>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
}

/// When a conditional change happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition<'a> {
    Always,
    /// As [`Condition::Always`], of a client that is not told the value.
    AlwaysUnread,
    /// The key has no value.
    Absent,
    /// The key has a value.
    Present,
    /// The key's value has these bytes.
    Equals(&'a [u8]),
}

impl Condition<'_> {
    /// Whether it depends on what there is.
    pub(super) fn is_about_value(self) -> bool {
        !matches!(self, Self::Always | Self::AlwaysUnread)
    }

    /// Whether a change from `old` to `new` happens; a removal of nothing does not.
    pub(super) fn holds(self, old: Option<&[u8]>, new: Option<&[u8]>) -> bool {
        match self {
            Self::Always | Self::AlwaysUnread => old.is_some() || new.is_some(),
            Self::Absent => old.is_none(),
            Self::Present => old.is_some(),
            Self::Equals(expected) => old == Some(expected),
        }
    }
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
    pub(crate) fn value(
        &mut self,
        call: Call,
        key: &[u8],
    ) -> Result<Option<Cow<'_, [u8]>>, EngineError> {
        if let Some(transaction) = call.transaction {
            return self.value_within(transaction, call, key);
        }
        self.accessed(call, &layout::entry_key(call.cache, key))
    }

    /// The value of an entry as everybody sees it. The access policy applies.
    pub(super) fn accessed(
        &mut self,
        call: Call,
        key: &[u8],
    ) -> Result<Option<Cow<'_, [u8]>>, EngineError> {
        let policy = self.policy(call)?;
        let Some(stored) = self.live(key, call.now) else {
            return Ok(None);
        };
        let expires_at = expires_at(policy.access, stored.expires_at, call.now);
        // Few caches have such a policy: the others are spared a look-up.
        if expires_at != stored.expires_at {
            self.touch(key, expires_at)?;
        }
        Ok(self.stored(key).map(|stored| Cow::Borrowed(stored.value)))
    }

    /// The value of `key` as everybody sees it, without any effect.
    pub(crate) fn peek(&self, call: Call, key: &[u8]) -> Result<Option<&[u8]>, EngineError> {
        self.cache(call.cache)?;
        let stored = self.live(&layout::entry_key(call.cache, key), call.now);
        Ok(stored.map(|stored| stored.value))
    }

    pub(crate) fn contains(&mut self, call: Call, key: &[u8]) -> Result<bool, EngineError> {
        match call.transaction {
            Some(transaction) => self.contains_within(transaction, call, key),
            None => Ok(self.peek(call, key)?.is_some()),
        }
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
        if let Some(transaction) = call.transaction {
            return self.update_within(transaction, call, key, condition, new);
        }
        let (policy, atomicity) = (self.policy(call)?, self.cache(call.cache)?.atomicity);
        let key = layout::entry_key(call.cache, key);
        self.check_free([&key[..]])?;
        let old = self.live(&key, call.now);
        let holds = condition.holds(old.map(|old| old.value), new);
        let mut outcome = Outcome {
            applied: holds,
            old: old.map(|old| old.value.into()),
        };
        if holds {
            let kept = new.and_then(|value| with_expiry(policy, old, value, call.now));
            // What would expire as it is created is not put, says a node of an atomic cache.
            let vanishes = new.is_some() && kept.is_none();
            let is_creation = matches!(condition, Condition::Absent);
            outcome.applied = !(vanishes && is_creation && atomicity == AtomicityMode::Atomic);
            let new = kept;
            self.change_entries(call.now, vec![EntryChange { key, new }])?;
        } else if let Some(old) = old.filter(|_| refusal_is_access(condition, atomicity)) {
            let expires_at = expires_at(policy.access, old.expires_at, call.now);
            self.touch(&key, expires_at)?;
        }
        Ok(outcome)
    }

    /// Sets several keys at once; all of them or none. Of equal keys the last value counts.
    pub(crate) fn put_all<'a>(
        &mut self,
        call: Call,
        entries: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<(), EngineError> {
        self.change_all(call, entries.map(|(key, value)| (key, Some(value))))
    }

    /// Removes several keys at once, and tells listeners.
    pub(crate) fn remove_all<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        self.change_all(call, keys.map(|key| (key, None)))
    }

    /// Sets and removes several keys at once; all of them or none. Of equal keys the last change
    /// counts, in the place of the first.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while a transaction holds one of the keys: nothing has changed then.
    pub(crate) fn change_all<'a>(
        &mut self,
        call: Call,
        changes: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    ) -> Result<(), EngineError> {
        let changes = last_of_each_key(changes);
        if let Some(transaction) = call.transaction {
            return self.change_all_within(transaction, call, &changes);
        }
        let policy = self.policy(call)?;
        let keys = changes.iter().map(|(key, _)| *key);
        let keys: Vec<_> = keys.map(|key| layout::entry_key(call.cache, key)).collect();
        self.check_free(keys.iter().map(|key| &key[..]))?;
        let mut entries = Vec::with_capacity(changes.len());
        for (key, (_, value)) in keys.into_iter().zip(changes) {
            let old = self.live(&key, call.now);
            let new = value.and_then(|value| with_expiry(policy, old, value, call.now));
            entries.push(EntryChange { key, new });
        }
        self.change_entries(call.now, entries)
    }

    /// Sets several keys at once with the times at which they expire, in milliseconds since the
    /// epoch; zero for never. It takes part in no transaction.
    pub(crate) fn put_all_expiring(
        &mut self,
        call: Call,
        entries: &[(&[u8], &[u8], i64)],
    ) -> Result<(), EngineError> {
        self.cache(call.cache)?;
        let unique = last_of_each_key(entries.iter().map(|&(key, value, at)| (key, (value, at))));
        let mut changes = Vec::with_capacity(unique.len());
        for (key, (value, at)) in unique {
            let key = layout::entry_key(call.cache, key);
            let expires_at = if at == 0 { NEVER } else { at };
            let new = Some((value.into(), expires_at));
            changes.push(EntryChange { key, new });
        }
        self.check_free(changes.iter().map(|change| &change.key[..]))?;
        self.change_entries(call.now, changes)
    }

    /// Finds out whether an operation can read and change all of these keys now. A pessimistic
    /// transaction holds them after that.
    ///
    /// # Errors
    /// [`EngineError::Waits`] while others hold some of them.
    pub(crate) fn check_changeable<'a>(
        &mut self,
        call: Call,
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), EngineError> {
        if call.transaction.is_some() {
            return self.lock_for_changing(call, keys);
        }
        let keys: Vec<_> = keys.map(|key| layout::entry_key(call.cache, key)).collect();
        self.check_free(keys.iter().map(|key| &key[..]))
    }

    /// Refuses to change what a transaction has locked.
    fn check_free<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a [u8]> + Clone,
    ) -> Result<(), EngineError> {
        if keys.clone().into_iter().any(|key| self.locks.is_held(key)) {
            return Err(waits_for(keys));
        }
        Ok(())
    }

    pub(super) fn policy(&self, call: Call) -> Result<ExpiryPolicy, EngineError> {
        let cache = self.cache(call.cache)?;
        Ok(call.policy.or(cache.policy).unwrap_or(NO_POLICY))
    }

    /// The entry under a key of the table, expired or not.
    pub(super) fn stored(&self, key: &[u8]) -> Option<Stored<'_>> {
        self.table.get(key).and_then(Stored::decode)
    }

    pub(super) fn live(&self, key: &[u8], now: i64) -> Option<Stored<'_>> {
        self.stored(key).filter(|stored| !stored.is_expired(now))
    }
}

/// Whether a change that its condition refused has accessed the entry. A real node counts each
/// comparison; a creation only where the operation is a small transaction of its own.
fn refusal_is_access(condition: Condition<'_>, atomicity: AtomicityMode) -> bool {
    match condition {
        Condition::Equals(_) => true,
        Condition::Absent => atomicity != AtomicityMode::Atomic,
        Condition::Always | Condition::AlwaysUnread | Condition::Present => false,
    }
}

pub(super) fn waits_for<'a>(keys: impl IntoIterator<Item = &'a [u8]>) -> EngineError {
    EngineError::Waits(Wait {
        obstacle: Obstacle::Keys(keys.into_iter().map(Box::from).collect()),
        transaction: None,
    })
}

/// One change for each key, in the order of the keys' first appearance.
fn last_of_each_key<'a, V>(changes: impl Iterator<Item = (&'a [u8], V)>) -> Vec<(&'a [u8], V)> {
    if changes.size_hint().1 == Some(1) {
        return changes.collect();
    }
    let mut unique: Vec<(&[u8], V)> = Vec::new();
    let mut places: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (key, value) in changes {
        match places.entry(key) {
            Entry::Occupied(place) => unique[*place.get()].1 = value,
            Entry::Vacant(place) => {
                place.insert(unique.len());
                unique.push((key, value));
            }
        }
    }
    unique
}
