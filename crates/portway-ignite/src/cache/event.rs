//! What a listener is told.

use portway_ignite_protocol::{
    DecodeError, EntryEvent, EventKind, RawValue, ReadValue, SchemaSource,
};

/// A change of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheEvent<K, V> {
    /// The key had no value before.
    Created {
        /// The key.
        key: K,
        /// Its value.
        value: V,
    },
    /// The value was replaced.
    Updated {
        /// The key.
        key: K,
        /// The value before; some caches do not tell it.
        old: Option<V>,
        /// The value now.
        value: V,
    },
    /// The key was removed.
    Removed {
        /// The key.
        key: K,
        /// The value before; some caches do not tell it.
        old: Option<V>,
    },
    /// The time of the entry was over.
    Expired {
        /// The key.
        key: K,
        /// The value before; some caches do not tell it.
        old: Option<V>,
    },
}

impl<K, V> CacheEvent<K, V> {
    /// The key of the entry.
    pub fn key(&self) -> &K {
        match self {
            Self::Created { key, .. }
            | Self::Updated { key, .. }
            | Self::Removed { key, .. }
            | Self::Expired { key, .. } => key,
        }
    }

    /// The value of the entry now, if it has one.
    pub fn value(&self) -> Option<&V> {
        match self {
            Self::Created { value, .. } | Self::Updated { value, .. } => Some(value),
            Self::Removed { .. } | Self::Expired { .. } => None,
        }
    }
}

impl<K: ReadValue, V: ReadValue> CacheEvent<K, V> {
    pub(super) fn read(
        event: &EntryEvent,
        schemas: &dyn SchemaSource,
    ) -> Result<Self, DecodeError> {
        let key = event.key.read_with(schemas)?;
        let old = || optional(&event.old_value, schemas);
        Ok(match event.kind {
            EventKind::Created => Self::Created {
                key,
                value: event.value.read_with(schemas)?,
            },
            EventKind::Removed => Self::Removed { key, old: old()? },
            EventKind::Expired => Self::Expired { key, old: old()? },
            _ => Self::Updated {
                key,
                old: old()?,
                value: event.value.read_with(schemas)?,
            },
        })
    }
}

fn optional<V: ReadValue>(
    raw: &RawValue,
    schemas: &dyn SchemaSource,
) -> Result<Option<V>, DecodeError> {
    if raw.is_null() {
        Ok(None)
    } else {
        raw.read_with(schemas).map(Some)
    }
}
