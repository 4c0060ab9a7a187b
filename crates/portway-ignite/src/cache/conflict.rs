//! Writes that carry the versions of another cluster: what a replication between clusters does.

use std::borrow::Borrow;
use std::time::{SystemTime, UNIX_EPOCH};

use portway_ignite_protocol::{
    ConflictEntry, ConflictRemoval, EntryVersion, Feature, KeyValueAction, WriteValue,
};

use super::Cache;
use crate::client::{Encoder, Need, NeedOf, Operation};
use crate::error::Error;

const REPLICATION: Need = Need {
    of: NeedOf::Feature(Feature::DataReplication),
    what: "writes with versions of another cluster",
};
const NEVER: i64 = 0;

/// An entry as another cluster has it.
#[derive(Debug)]
pub struct ConflictPut<'q, Q: ?Sized, W: ?Sized> {
    /// The key.
    pub key: &'q Q,
    /// The value.
    pub value: &'q W,
    /// The version that the other cluster gave to it.
    pub version: EntryVersion,
    /// When it expires there, if it does.
    pub expires: Option<SystemTime>,
}

impl<Q: WriteValue + ?Sized, W: WriteValue + ?Sized> ConflictPut<'_, Q, W> {
    fn encode(&self, encoder: &Encoder) -> ConflictEntry {
        ConflictEntry {
            key: encoder.value(self.key),
            value: encoder.value(self.value),
            version: encoder.value(&self.version),
            expire_time: self.expires.map_or(NEVER, milliseconds),
        }
    }
}

/// A time before 1970 is over, as is its first millisecond; zero would stand for "never".
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX).max(1)
}

impl<K, V> Cache<K, V> {
    /// Writes entries of another cluster with their versions. Operation 1022.
    ///
    /// Which of two versions stays is decided by the conflict resolver of the servers, such as the
    /// one of Ignite's change data capture. Servers without one take each write.
    ///
    /// ```no_run
    /// # use portway_ignite::{Cache, ConflictPut, EntryVersion, Error};
    /// # async fn replicate(cache: Cache<i32, String>) -> Result<(), Error> {
    /// let version = EntryVersion { topology: 1, order: 7, node_order: 1, data_center: 2 };
    /// let entry = ConflictPut { key: &1, value: "one", version, expires: None };
    /// cache.put_all_conflict([entry]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Unsupported`] for a node before 2.11. Some
    /// entries may then be written and others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn put_all_conflict<'q, Q, W>(
        &self,
        entries: impl IntoIterator<Item = ConflictPut<'q, Q, W>>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized + 'q,
        W: WriteValue + ?Sized + 'q,
    {
        let entries: Vec<ConflictPut<'q, Q, W>> = entries.into_iter().collect();
        let action = |encoder: &Encoder| KeyValueAction::PutAllConflict {
            entries: entries.iter().map(|entry| entry.encode(encoder)).collect(),
        };
        let Some(first) = entries.first() else {
            return Ok(());
        };
        let operation = self.keyed(Operation::write("put_all_conflict"), first.key);
        self.replicate(operation, action).await
    }

    /// Removes keys that another cluster removed. Operation 1023; see
    /// [`put_all_conflict`](Self::put_all_conflict).
    ///
    /// # Errors
    /// As [`put_all_conflict`](Self::put_all_conflict).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove_all_conflict<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = (&'q Q, EntryVersion)>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
    {
        let keys: Vec<(&Q, EntryVersion)> = keys.into_iter().collect();
        let action = |encoder: &Encoder| {
            let removal = |(key, version): &(&Q, EntryVersion)| ConflictRemoval {
                key: encoder.value(*key),
                version: encoder.value(version),
            };
            KeyValueAction::RemoveAllConflict {
                entries: keys.iter().map(removal).collect(),
            }
        };
        let Some((first, _)) = keys.first() else {
            return Ok(());
        };
        let operation = self.keyed(Operation::write("remove_all_conflict"), *first);
        self.replicate(operation, action).await
    }

    async fn replicate(
        &self,
        operation: Operation<'_>,
        action: impl Fn(&Encoder) -> KeyValueAction,
    ) -> Result<(), Error> {
        let operation = self.operation(operation).needing(Some(&REPLICATION));
        self.act_as(operation, action).await?.read()
    }
}
