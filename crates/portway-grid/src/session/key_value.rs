//! The key-value operations, 1000 to 1021.

use std::collections::BTreeSet;

use portway_ignite_protocol::{
    ConflictEntry, Entry, KeyValueAction, KeyValueRequest, PeekMode, RawValue,
};

use super::answer::{Body, body, failed, served, served_or_null, too_long};
use super::reply::Refusal;
use super::{Context, not_served};
use crate::engine::{Call, Condition, EngineError, Outcome, checked_exception};

impl Context<'_> {
    pub(super) fn key_value(&mut self, request: KeyValueRequest) -> Result<Body, Refusal> {
        let KeyValueRequest { header, action } = request;
        let transaction = self.transaction(header.transaction);
        if transaction.is_some() && !matches!(action, KeyValueAction::Clear) {
            self.engine.check_transactional(header.cache.0)?;
        }
        let call = Call {
            cache: header.cache.0,
            policy: header.expiry,
            transaction,
            now: self.now,
        };
        self.act(call, action)
    }

    fn act(&mut self, call: Call, action: KeyValueAction) -> Result<Body, Refusal> {
        use KeyValueAction as Action;

        match action {
            Action::Get { key } => self.get(call, &key),
            Action::LocalPeek { key } => self.peek(call, &key),
            Action::GetAll { keys } => self.get_all(call, &keys),
            Action::ContainsKey { key } => self.contains(call, &[key]),
            Action::ContainsKeys { keys } => self.contains(call, &keys),
            Action::Size { modes } => self.size(call, &modes),
            Action::Put { key, value } => self.put_all(call, &[Entry { key, value }]),
            Action::PutAll { entries } => self.put_all(call, &entries),
            Action::RemoveKeys { keys } => {
                self.engine.remove_all(call, checked_keys(&keys)?)?;
                self.done()
            }
            Action::RemoveAll => {
                self.engine.remove_everything(call)?;
                self.done()
            }
            Action::Clear => {
                self.engine.clear(call)?;
                self.done()
            }
            Action::ClearKey { key } => self.clear_keys(call, &[key]),
            Action::ClearKeys { keys } => self.clear_keys(call, &keys),
            Action::PutAllConflict { entries } => self.put_all_conflict(call, &entries),
            Action::RemoveAllConflict { entries } => {
                let keys: Vec<_> = entries.into_iter().map(|removal| removal.key).collect();
                self.engine.remove_all(call, checked_keys(&keys)?)?;
                self.done()
            }
            Action::Invoke { key, processor } => self.invoke(call, &key, &processor),
            Action::InvokeAll { keys, processor } => self.invoke_all(call, &keys, &processor),
            of_one_key => self.act_on_one(call, of_one_key),
        }
    }

    /// The changes of one key that depend on what is there, or tell it.
    fn act_on_one(&mut self, call: Call, action: KeyValueAction) -> Result<Body, Refusal> {
        use Condition::{Absent, Always, AlwaysUnread, Equals, Present};
        use KeyValueAction as Action;

        match action {
            Action::PutIfAbsent { key, value } => self.applied(call, &key, Absent, Some(&value)),
            Action::GetAndPut { key, value } => self.old(call, &key, Always, Some(&value)),
            Action::GetAndReplace { key, value } => self.old(call, &key, Present, Some(&value)),
            Action::GetAndRemove { key } => self.old(call, &key, Always, None),
            Action::GetAndPutIfAbsent { key, value } => self.old(call, &key, Absent, Some(&value)),
            Action::Replace { key, value } => self.applied(call, &key, Present, Some(&value)),
            Action::ReplaceIfEquals {
                key,
                expected,
                value,
            } => self.applied(call, &key, Equals(expected.as_bytes()), Some(&value)),
            Action::RemoveKey { key } => self.applied(call, &key, AlwaysUnread, None),
            Action::RemoveIfEquals { key, expected } => {
                self.applied(call, &key, Equals(expected.as_bytes()), None)
            }
            other => Err(not_served(other.operation().code()).into()),
        }
    }

    fn get(&mut self, call: Call, key: &RawValue) -> Result<Body, Refusal> {
        let value = self.engine.value(call, checked_key(key)?)?;
        Ok(body(&served_or_null(value.as_deref()), self.dialect))
    }

    fn peek(&self, call: Call, key: &RawValue) -> Result<Body, Refusal> {
        let value = self.engine.peek(call, checked_key(key)?)?;
        Ok(body(&served_or_null(value), self.dialect))
    }

    /// Keys that have no value are left out, and a key that is asked for twice is answered once.
    fn get_all(&mut self, call: Call, keys: &[RawValue]) -> Result<Body, Refusal> {
        self.engine.lock_for_reading(call, checked_keys(keys)?)?;
        let limit = self.host.answer_bytes;
        let mut entries = Vec::new();
        let mut asked = BTreeSet::new();
        let mut bytes = 0;
        for key in keys {
            let content = checked_key(key)?;
            if !asked.insert(content) {
                continue;
            }
            let Some(value) = self.engine.value(call, content)? else {
                continue;
            };
            bytes += key.as_bytes().len() + value.len();
            if bytes > limit {
                return Err(too_long(limit).into());
            }
            entries.push(Entry {
                key: served(key.as_bytes()),
                value: served(&value),
            });
        }
        Ok(body(&entries, self.dialect))
    }

    fn contains(&mut self, call: Call, keys: &[RawValue]) -> Result<Body, Refusal> {
        let mut all = true;
        for key in checked_keys(keys)? {
            all &= self.engine.contains(call, key)?;
        }
        Ok(body(&all, self.dialect))
    }

    /// The only node's copies are the primary ones, and lie off the heap of a machine it has not.
    fn size(&self, call: Call, modes: &[PeekMode]) -> Result<Body, Refusal> {
        let entries = i64::try_from(self.engine.size(call)?).unwrap_or(i64::MAX);
        let is_counted =
            |mode: &PeekMode| matches!(mode, PeekMode::All | PeekMode::Primary | PeekMode::OffHeap);
        let size = match modes.is_empty() || modes.iter().any(is_counted) {
            true => entries,
            false => 0,
        };
        Ok(body(&size, self.dialect))
    }

    fn put_all(&mut self, call: Call, entries: &[Entry]) -> Result<Body, Refusal> {
        for entry in entries {
            checked_key(&entry.key)?;
            checked_value(&entry.value)?;
        }
        self.check_rows(
            call.cache,
            entries.iter().map(|entry| (&entry.key, &entry.value)),
        )?;
        let pairs = entries
            .iter()
            .map(|entry| (entry.key.as_bytes(), entry.value.as_bytes()));
        self.engine.put_all(call, pairs)?;
        self.done()
    }

    /// There is no conflict resolver, so every version is taken, as on a node without one.
    fn put_all_conflict(&mut self, call: Call, entries: &[ConflictEntry]) -> Result<Body, Refusal> {
        let mut expiring = Vec::with_capacity(entries.len());
        for entry in entries {
            let (key, value) = (checked_key(&entry.key)?, checked_value(&entry.value)?);
            self.check_rows(call.cache, [(&entry.key, &entry.value)])?;
            expiring.push((key, value, entry.expire_time));
        }
        self.engine.put_all_expiring(call, &expiring)?;
        self.done()
    }

    fn clear_keys(&mut self, call: Call, keys: &[RawValue]) -> Result<Body, Refusal> {
        self.engine.clear_keys(call, checked_keys(keys)?)?;
        self.done()
    }

    /// Answers whether the change happened.
    fn applied(
        &mut self,
        call: Call,
        key: &RawValue,
        condition: Condition<'_>,
        new: Option<&RawValue>,
    ) -> Result<Body, Refusal> {
        let outcome = self.update(call, key, condition, new)?;
        Ok(body(&outcome.applied, self.dialect))
    }

    /// Answers the value before the change.
    fn old(
        &mut self,
        call: Call,
        key: &RawValue,
        condition: Condition<'_>,
        new: Option<&RawValue>,
    ) -> Result<Body, Refusal> {
        let outcome = self.update(call, key, condition, new)?;
        Ok(body(&served_or_null(outcome.old.as_deref()), self.dialect))
    }

    fn update(
        &mut self,
        call: Call,
        key: &RawValue,
        condition: Condition<'_>,
        new: Option<&RawValue>,
    ) -> Result<Outcome, Refusal> {
        let value = new.map(checked_value).transpose()?;
        let key_bytes = checked_key(key)?;
        self.check_rows(call.cache, new.map(|new| (key, new)))?;
        Ok(self.engine.update(call, key_bytes, condition, value)?)
    }

    /// Refuses entries that do not fit the tables of the cache, before any of them is put.
    fn check_rows<'e>(
        &mut self,
        cache: i32,
        entries: impl IntoIterator<Item = (&'e RawValue, &'e RawValue)>,
    ) -> Result<(), Refusal> {
        if !self.engine.has_tables(cache) {
            return Ok(());
        }
        let mut sql = self.host.sql.lock();
        for (key, value) in entries {
            let checked = sql.check_entry(self.engine, cache, key, value);
            checked.map_err(|error| failed(checked_exception(error)))?;
        }
        Ok(())
    }
}

fn checked_key(key: &RawValue) -> Result<&[u8], EngineError> {
    if key.is_null() {
        Err(EngineError::NullKey)
    } else {
        Ok(key.as_bytes())
    }
}

fn checked_keys(keys: &[RawValue]) -> Result<impl Iterator<Item = &[u8]>, EngineError> {
    keys.iter().try_for_each(|key| checked_key(key).map(drop))?;
    Ok(keys.iter().map(RawValue::as_bytes))
}

fn checked_value(value: &RawValue) -> Result<&[u8], EngineError> {
    if value.is_null() {
        Err(EngineError::NullValue)
    } else {
        Ok(value.as_bytes())
    }
}
