//! What of a cache is where.

use std::borrow::Borrow;

use portway_ignite_protocol::{KeyValueAction, PeekMode, ReadValue, WriteValue};

use super::Cache;
use crate::client::{Encoder, Operation};
use crate::error::Error;

impl<K, V: ReadValue> Cache<K, V> {
    /// The value of a key, if the asked node itself holds one, as primary copy or as backup.
    /// Operation 1021.
    ///
    /// The node that holds the primary copy is asked, as far as that is known. Nothing is read from
    /// a store behind the cache, and the time of the last access stays as it was.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn local_peek<Q>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        let action = |encoder: &Encoder| KeyValueAction::LocalPeek {
            key: encoder.value(key),
        };
        self.fetch(self.keyed(Operation::read("local_peek"), key), action)
            .await
    }
}

impl<K, V> Cache<K, V> {
    /// The number of entries on all nodes, of those copies that the modes name: with
    /// [`PeekMode::Primary`] and [`PeekMode::Backup`] each entry counts once for each copy.
    /// Operation 1020.
    ///
    /// ```no_run
    /// # use portway_ignite::{Cache, Error, PeekMode};
    /// # async fn copies(cache: Cache<i32, i32>) -> Result<(), Error> {
    /// let backups = cache.size_of([PeekMode::Backup]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn size_of(&self, modes: impl IntoIterator<Item = PeekMode>) -> Result<u64, Error> {
        let modes: Vec<PeekMode> = modes.into_iter().collect();
        let action = |_: &_| KeyValueAction::Size {
            modes: modes.clone(),
        };
        let size: i64 = self.tell(Operation::read("size"), action).await?;
        // A real size is never negative.
        Ok(size.try_into().unwrap_or(0))
    }
}
