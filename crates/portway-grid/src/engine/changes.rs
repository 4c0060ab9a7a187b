//! Carrying out changes of entries: journal, table, index, count and listeners together.

use portway_ignite_protocol::{EventKind, ExpiryDuration, ExpiryPolicy};

use super::batch::Batch;
use super::expiry::expires_at;
use super::layout::{self, NEVER, Stored};
use super::listeners::Event;
use super::{Engine, EngineError};

/// One entry as it shall be: a value with its expiry time, or nothing.
pub(super) struct EntryChange {
    pub(super) key: Vec<u8>,
    pub(super) new: Option<(Box<[u8]>, i64)>,
}

impl Engine {
    /// Gives an entry another expiry time, without an event.
    pub(super) fn touch(&mut self, key: &[u8], expires_at: i64) -> Result<(), EngineError> {
        let Some(stored) = self.stored(key) else {
            return Ok(());
        };
        let before = stored.expires_at;
        if before == expires_at {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.put(
            key,
            Stored {
                expires_at,
                ..stored
            }
            .encode(),
        );
        self.commit(&batch)?;
        self.expiry.remove(before, key);
        self.expiry.insert(expires_at, key);
        Ok(())
    }

    /// Applies changes of different keys together: journal, table, index, count, listeners. The
    /// keys may belong to several caches that are there.
    pub(super) fn change_entries(
        &mut self,
        now: i64,
        changes: Vec<EntryChange>,
    ) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        let mut effects = Vec::with_capacity(changes.len());
        for change in changes {
            let Some((cache, _)) = layout::split_entry_key(&change.key) else {
                continue;
            };
            let old = self.stored(&change.key);
            let effect = Effect::of(cache, &change, old, self.listeners.listens_to(cache));
            match &change.new {
                Some((value, expires_at)) => {
                    let stored = Stored {
                        expires_at: *expires_at,
                        value,
                    };
                    batch.put(change.key, stored.encode());
                }
                None if old.is_some() => batch.delete(change.key),
                None => continue,
            }
            effects.push(effect);
        }
        self.commit(&batch)?;
        for effect in effects {
            self.take_effect(now, effect)?;
        }
        Ok(())
    }

    fn take_effect(&mut self, now: i64, effect: Effect) -> Result<(), EngineError> {
        let id = effect.cache;
        let cache = self.cache_mut(id)?;
        match (effect.old_expires_at, effect.new_expires_at) {
            (None, Some(_)) => cache.entries += 1,
            (Some(_), None) => cache.entries -= 1,
            _ => {}
        }
        if let Some(expires_at) = effect.old_expires_at {
            self.expiry.remove(expires_at, &effect.key);
        }
        if let Some(expires_at) = effect.new_expires_at {
            self.expiry.insert(expires_at, &effect.key);
        }
        self.transactions.changed(&effect.key);
        for event in effect.events(now) {
            self.listeners.publish(id, event);
        }
        Ok(())
    }
}

/// The value with its expiry time; `None` when it expires in the moment it is written.
pub(super) fn with_expiry(
    policy: ExpiryPolicy,
    old: Option<Stored<'_>>,
    value: &[u8],
    now: i64,
) -> Option<(Box<[u8]>, i64)> {
    let (duration, current) = match old {
        Some(old) => (policy.update, old.expires_at),
        None => (policy.create, NEVER),
    };
    match duration {
        ExpiryDuration::Milliseconds(0) => None,
        duration => Some((value.into(), expires_at(duration, current, now))),
    }
}

/// What a change does beside the table. Values are kept only for listeners.
struct Effect {
    cache: i32,
    key: Vec<u8>,
    old_expires_at: Option<i64>,
    new_expires_at: Option<i64>,
    values: Option<Values>,
}

/// An entry's value before and after a change.
struct Values {
    old: Option<Box<[u8]>>,
    new: Option<Box<[u8]>>,
}

impl Effect {
    fn of(cache: i32, change: &EntryChange, old: Option<Stored<'_>>, with_values: bool) -> Self {
        Self {
            cache,
            key: change.key.clone(),
            old_expires_at: old.map(|old| old.expires_at),
            new_expires_at: change.new.as_ref().map(|(_, expires_at)| *expires_at),
            values: with_values.then(|| Values {
                old: old.map(|old| old.value.into()),
                new: change.new.as_ref().map(|(value, _)| value.clone()),
            }),
        }
    }

    /// The events of this change. An entry that had expired unnoticed ends before a new begins.
    fn events(self, now: i64) -> impl Iterator<Item = Event> {
        let expired = self.old_expires_at.is_some_and(|at| at <= now);
        let object = layout::split_entry_key(&self.key).map(|(_, object)| Box::from(object));
        let events = object.zip(self.values).map(|(key, Values { old, new })| {
            if !expired {
                return [change_event(key, old, new), None];
            }
            let end = old.map(|old| expired_event(key.clone(), old));
            [end, new.and_then(|new| change_event(key, None, Some(new)))]
        });
        events.into_iter().flatten().flatten()
    }
}

pub(super) fn expired_event(key: Box<[u8]>, old: Box<[u8]>) -> Event {
    Event {
        kind: EventKind::Expired,
        key,
        old: Some(old),
        new: None,
    }
}

fn change_event(key: Box<[u8]>, old: Option<Box<[u8]>>, new: Option<Box<[u8]>>) -> Option<Event> {
    let kind = match (&old, &new) {
        (None, Some(_)) => EventKind::Created,
        (Some(_), Some(_)) => EventKind::Updated,
        (Some(_), None) => EventKind::Removed,
        (None, None) => return None,
    };
    Some(Event {
        kind,
        key,
        old,
        new,
    })
}
