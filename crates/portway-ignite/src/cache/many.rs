//! Several keys at once: one request, however many there are.

use std::borrow::Borrow;

use portway_ignite_protocol::{Entry, KeyValueAction, ReadValue, WriteValue};

use super::Cache;
use super::remove::values;
use crate::client::{Client, Encoder, Operation};
use crate::error::Error;

impl<K: ReadValue, V: ReadValue> Cache<K, V> {
    /// The entries of those keys that have a value, in no order. Operation 1003.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    pub async fn get_all<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<Vec<(K, V)>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        const GET_ALL: Operation<'_> = Operation::read("get_all");
        let keys: Vec<&Q> = keys.into_iter().collect();
        let action = |encoder: &Encoder| KeyValueAction::GetAll {
            keys: values(encoder, &keys),
        };
        let operation = self.keyed_by_first(GET_ALL, &keys);
        let found: Vec<Entry> = self.tell(operation, action).await?;
        let mut entries = Vec::with_capacity(found.len());
        for entry in &found {
            entries.push(read_entry(&self.client, GET_ALL.name(), entry).await?);
        }
        Ok(entries)
    }
}

impl<K, V> Cache<K, V> {
    /// Writes several entries. Operation 1004.
    ///
    /// A cache may lock the keys in the order they are given: callers that write the same keys at
    /// once should give them in the same order.
    ///
    /// # Errors
    /// As every operation of a [`Cache`]. Some entries may then be written and others not.
    pub async fn put_all<'q, Q, W>(
        &self,
        entries: impl IntoIterator<Item = (&'q Q, &'q W)>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized + 'q,
        W: WriteValue + ?Sized + 'q,
    {
        let entries: Vec<(&Q, &W)> = entries.into_iter().collect();
        let action = |encoder: &Encoder| {
            let entry = |(key, value): &(&Q, &W)| Entry {
                key: encoder.value(*key),
                value: encoder.value(*value),
            };
            KeyValueAction::PutAll {
                entries: entries.iter().map(entry).collect(),
            }
        };
        let operation = match entries.first() {
            Some((first, _)) => self.keyed(Operation::write("put_all"), *first),
            None => Operation::write("put_all"),
        };
        self.tell(operation, action).await
    }

    /// Whether all of the keys have values. Operation 1012.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    pub async fn contains_keys<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        let keys: Vec<&Q> = keys.into_iter().collect();
        let action = |encoder: &Encoder| KeyValueAction::ContainsKeys {
            keys: values(encoder, &keys),
        };
        let operation = self.keyed_by_first(Operation::read("contains_keys"), &keys);
        self.tell(operation, action).await
    }
}

pub(super) async fn read_entry<K: ReadValue, V: ReadValue>(
    client: &Client,
    operation: &'static str,
    entry: &Entry,
) -> Result<(K, V), Error> {
    client
        .decode(operation, |schemas| {
            Ok((
                entry.key.read_with(schemas)?,
                entry.value.read_with(schemas)?,
            ))
        })
        .await
}
