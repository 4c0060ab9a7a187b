//! One key: reading it and writing it.

use std::borrow::Borrow;

use portway_ignite_protocol::{self as protocol, KeyValueAction, PeekMode, ReadValue, WriteValue};

use super::Cache;
use super::in_place::{one, pair};
use crate::client::Operation;
use crate::error::Error;

impl<K, V: ReadValue> Cache<K, V> {
    /// The value of a key, if it has one. Operation 1000.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn get<Q>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        self.fetch_by(
            self.keyed(Operation::read("get"), key),
            protocol::Operation::Get,
            one(key),
        )
        .await
    }

    /// Writes a value and answers the one before. Operation 1005.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_and_put<Q, W>(&self, key: &Q, value: &W) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.fetch_by(
            self.keyed(Operation::write("get_and_put"), key),
            protocol::Operation::GetAndPut,
            pair(key, value),
        )
        .await
    }

    /// Replaces the value of a key that has one, and answers that. Operation 1006.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_and_replace<Q, W>(&self, key: &Q, value: &W) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.fetch_by(
            self.keyed(Operation::write("get_and_replace"), key),
            protocol::Operation::GetAndReplace,
            pair(key, value),
        )
        .await
    }

    /// Writes a value unless the key has one, and answers that. Operation 1008.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_and_put_if_absent<Q, W>(&self, key: &Q, value: &W) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.fetch_by(
            self.keyed(Operation::write("get_and_put_if_absent"), key),
            protocol::Operation::GetAndPutIfAbsent,
            pair(key, value),
        )
        .await
    }

    /// Removes a key and answers its value. Operation 1007.
    ///
    /// Of several that ask at once, one gets the value.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_and_remove<Q>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        self.fetch_by(
            self.keyed(Operation::write("get_and_remove"), key),
            protocol::Operation::GetAndRemove,
            one(key),
        )
        .await
    }
}

impl<K, V> Cache<K, V> {
    /// Writes a value. Operation 1001.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn put<Q, W>(&self, key: &Q, value: &W) -> Result<(), Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::write("put"), key),
            protocol::Operation::Put,
            pair(key, value),
        )
        .await
    }

    /// Whether a key has a value. Operation 1011.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn contains_key<Q>(&self, key: &Q) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::read("contains_key"), key),
            protocol::Operation::ContainsKey,
            one(key),
        )
        .await
    }

    /// The number of entries on all nodes, backups not counted. Operation 1020.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn size(&self) -> Result<u64, Error> {
        let action = |_: &_| KeyValueAction::Size {
            modes: vec![PeekMode::Primary],
        };
        let size: i64 = self.tell(Operation::read("size"), action).await?;
        // A real size is never negative.
        Ok(size.try_into().unwrap_or(0))
    }
}
