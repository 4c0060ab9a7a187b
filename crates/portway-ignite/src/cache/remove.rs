//! Removing keys: `remove` tells listeners and stores behind the cache, `clear` tells nobody.

use std::borrow::Borrow;

use portway_ignite_protocol::{self as protocol, KeyValueAction, RawValue, WriteValue};

use super::Cache;
use super::in_place::one;
use crate::client::{Encoder, Operation};
use crate::error::Error;

impl<K, V> Cache<K, V> {
    /// Removes a key; answers whether it had a value. Operation 1016.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove<Q>(&self, key: &Q) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::write("remove"), key),
            protocol::Operation::RemoveKey,
            one(key),
        )
        .await
    }

    /// Removes several keys, in one request; no keys ask nobody. Operation 1018.
    ///
    /// # Errors
    /// As every operation of a [`Cache`]. Some keys may then be removed and others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove_keys<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        let keys: Vec<&Q> = keys.into_iter().collect();
        let action = |encoder: &Encoder| KeyValueAction::RemoveKeys {
            keys: values(encoder, &keys),
        };
        let Some(first) = keys.first() else {
            return Ok(());
        };
        let operation = self.keyed(Operation::write("remove_keys"), *first);
        self.tell(operation, action).await
    }

    /// Removes everything. Operation 1019.
    ///
    /// # Errors
    /// As every operation of a [`Cache`]. Some keys may then be removed and others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove_all(&self) -> Result<(), Error> {
        self.tell(Operation::write("remove_all"), |_| {
            KeyValueAction::RemoveAll
        })
        .await
    }

    /// Removes a key without telling anyone. Operation 1014.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn clear_key<Q>(&self, key: &Q) -> Result<(), Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::write("clear_key"), key),
            protocol::Operation::ClearKey,
            one(key),
        )
        .await
    }

    /// Removes several keys without telling anyone; no keys ask nobody. Operation 1015.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn clear_keys<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        let keys: Vec<&Q> = keys.into_iter().collect();
        let action = |encoder: &Encoder| KeyValueAction::ClearKeys {
            keys: values(encoder, &keys),
        };
        let Some(first) = keys.first() else {
            return Ok(());
        };
        let operation = self.keyed(Operation::write("clear_keys"), *first);
        self.tell(operation, action).await
    }

    /// Removes everything without telling anyone. Operation 1013.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn clear(&self) -> Result<(), Error> {
        self.tell(Operation::write("clear"), |_| KeyValueAction::Clear)
            .await
    }
}

pub(super) fn values<T: WriteValue + ?Sized>(encoder: &Encoder, values: &[&T]) -> Vec<RawValue> {
    values.iter().map(|value| encoder.value(*value)).collect()
}
