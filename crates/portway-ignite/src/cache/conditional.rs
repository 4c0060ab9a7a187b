//! One key: changes that depend on what is there. Each is atomic.

use std::borrow::Borrow;

use portway_ignite_protocol::{self as protocol, WriteValue, Writer};

use super::Cache;
use super::in_place::pair;
use crate::client::Operation;
use crate::error::Error;

impl<K, V> Cache<K, V> {
    /// Writes a value unless the key has one; answers whether it did. Operation 1002.
    ///
    /// With [`RetryPolicy::RetryAll`](crate::RetryPolicy::RetryAll) it may answer `false` although
    /// its own first attempt wrote the value.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn put_if_absent<Q, W>(&self, key: &Q, value: &W) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::write("put_if_absent"), key),
            protocol::Operation::PutIfAbsent,
            pair(key, value),
        )
        .await
    }

    /// Replaces the value of a key that has one; answers whether it had. Operation 1009.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn replace<Q, W>(&self, key: &Q, value: &W) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::write("replace"), key),
            protocol::Operation::Replace,
            pair(key, value),
        )
        .await
    }

    /// Replaces a value that equals `expected`; answers whether it did. Operation 1010.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn replace_if_equals<Q, W>(
        &self,
        key: &Q,
        expected: &W,
        value: &W,
    ) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        let values = |writer: &mut Writer| {
            key.write(writer);
            expected.write(writer);
            value.write(writer);
        };
        self.tell_by(
            self.keyed(Operation::write("replace_if_equals"), key),
            protocol::Operation::ReplaceIfEquals,
            values,
        )
        .await
    }

    /// Removes a key whose value equals `expected`; answers whether it did. Operation 1017.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove_if_equals<Q, W>(&self, key: &Q, expected: &W) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.tell_by(
            self.keyed(Operation::write("remove_if_equals"), key),
            protocol::Operation::RemoveIfEquals,
            pair(key, expected),
        )
        .await
    }
}
