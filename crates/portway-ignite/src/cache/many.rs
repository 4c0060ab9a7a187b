//! Several keys at once: one request, however many there are.

use std::borrow::Borrow;

use portway_ignite_protocol::{Entry, KeyValueAction, ReadValue, WriteValue};

use super::Cache;
use crate::client::{Client, Encoder, Operation};
use crate::error::Error;

impl<K: ReadValue, V: ReadValue> Cache<K, V> {
    /// The entries of those keys that have a value, in no order. Operation 1003.
    ///
    /// Each node that holds some of the keys is asked for those, all at once, as far as it is known
    /// where they are; no keys ask nobody. Entries of different keys have no common moment.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn get_all<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<Vec<(K, V)>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        const GET_ALL: Operation<'_> = Operation::read("get_all");
        let action = |keys| KeyValueAction::GetAll { keys };
        let keys = keys.into_iter().collect();
        let found: Vec<Vec<Entry>> = self.ask_holders(GET_ALL, keys, action).await?;
        let mut entries = Vec::with_capacity(found.iter().map(Vec::len).sum());
        for entry in found.iter().flatten() {
            entries.push(read_entry(&self.client, GET_ALL.name(), entry).await?);
        }
        Ok(entries)
    }
}

impl<K, V> Cache<K, V> {
    /// Writes several entries, in one request: a transactional cache writes all of them or none.
    /// No entries ask nobody. Operation 1004.
    ///
    /// A cache may lock the keys in the order they are given: callers that write the same keys at
    /// once should give them in the same order.
    ///
    /// # Errors
    /// As every operation of a [`Cache`]. An atomic cache may then have written some entries and
    /// others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
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
        let Some((first, _)) = entries.first() else {
            return Ok(());
        };
        let operation = self.keyed(Operation::write("put_all"), *first);
        self.tell(operation, action).await
    }

    /// Whether all of the keys have values. Operation 1012.
    ///
    /// Nodes are asked as for [`get_all`](Self::get_all).
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn contains_keys<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
    ) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        const CONTAINS_KEYS: Operation<'_> = Operation::read("contains_keys");
        let action = |keys| KeyValueAction::ContainsKeys { keys };
        let keys = keys.into_iter().collect();
        let held: Vec<bool> = self.ask_holders(CONTAINS_KEYS, keys, action).await?;
        Ok(held.into_iter().all(|all| all))
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
