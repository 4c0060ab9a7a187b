//! What a watch tells.

use std::time::Duration;

use portway_ignite_protocol::{DecodeError, RawValue, ReadValue, SchemaSource};

use crate::cache::CacheEvent;
use crate::error::Error;

/// What a [`Watch`](super::Watch) tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change<K, V> {
    /// An entry changed.
    Event(CacheEvent<K, V>),
    /// An entry is there, as a scan saw it.
    Found {
        /// The key.
        key: K,
        /// Its value.
        value: V,
    },
    /// The scan is complete: a key that was neither found nor told of since it began has no value.
    AllFound,
    /// Changes from now on may be missed, until [`Resumed`](Self::Resumed). Where the reason is
    /// [`Error::EventsInDoubt`], some may have been missed before.
    Gap {
        /// How the query was lost.
        reason: Error,
    },
    /// Changes are told again. What changed in between is told by the scan that follows, if the
    /// options ask for one.
    Resumed {
        /// How long changes may have been missed.
        after: Duration,
    },
}

/// A change whose values were not looked at yet.
#[derive(Debug)]
pub(super) enum RawChange {
    Event(CacheEvent<RawValue, RawValue>),
    Found { key: RawValue, value: RawValue },
    Gap { reason: Error },
}

impl RawChange {
    pub(super) fn read<K: ReadValue, V: ReadValue>(
        &self,
        schemas: &dyn SchemaSource,
    ) -> Result<Change<K, V>, DecodeError> {
        Ok(match self {
            Self::Event(event) => Change::Event(read_event(event, schemas)?),
            Self::Found { key, value } => Change::Found {
                key: key.read_with(schemas)?,
                value: value.read_with(schemas)?,
            },
            Self::Gap { reason } => Change::Gap {
                reason: reason.clone(),
            },
        })
    }
}

fn read_event<K: ReadValue, V: ReadValue>(
    event: &CacheEvent<RawValue, RawValue>,
    schemas: &dyn SchemaSource,
) -> Result<CacheEvent<K, V>, DecodeError> {
    let key = event.key().read_with(schemas)?;
    let before = |old: &Option<RawValue>| {
        let read = |old: &RawValue| old.read_with(schemas);
        old.as_ref().map(read).transpose()
    };
    Ok(match event {
        CacheEvent::Created { value, .. } => CacheEvent::Created {
            key,
            value: value.read_with(schemas)?,
        },
        CacheEvent::Updated { old, value, .. } => CacheEvent::Updated {
            key,
            old: before(old)?,
            value: value.read_with(schemas)?,
        },
        CacheEvent::Removed { old, .. } => CacheEvent::Removed {
            key,
            old: before(old)?,
        },
        CacheEvent::Expired { old, .. } => CacheEvent::Expired {
            key,
            old: before(old)?,
        },
    })
}
