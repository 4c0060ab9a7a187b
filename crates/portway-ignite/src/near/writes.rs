//! Writing through a near cache.
//!
//! A write drops what is known of its keys when it ends, however it ends. Keeping the written value
//! instead would be wrong where two writers meet: whose value the grid keeps, only the grid knows.

use std::borrow::Borrow;
use std::hash::Hash;

use portway_ignite_protocol::{ReadValue, WriteValue};

use super::NearCache;
use super::shared::Shared;
use crate::error::Error;

/// Drops what is known of some keys when the operation that changes them is over.
struct Changing<'s, K, V> {
    shared: &'s Shared<K, V>,
    hashes: Vec<u64>,
}

impl<K, V> Drop for Changing<'_, K, V> {
    fn drop(&mut self) {
        for &hash in &self.hashes {
            self.shared.invalidate(hash);
        }
    }
}

/// Drops everything that is known when the operation that changes everything is over.
struct ChangingAll<'s, K, V>(&'s Shared<K, V>);

impl<K, V> Drop for ChangingAll<'_, K, V> {
    fn drop(&mut self) {
        self.0.invalidate_all();
    }
}

impl<K, V> NearCache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    /// Writes a value. Operation 1001.
    ///
    /// # Errors
    /// As [`Cache::put`](crate::Cache::put).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown, and what was
    /// known of it here is dropped.
    pub async fn put<Q, W>(&self, key: &Q, value: &W) -> Result<(), Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + Hash + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.changing([key], self.cache.put(key, value)).await
    }

    /// Writes several entries. Operation 1004.
    ///
    /// # Errors
    /// As [`Cache::put_all`](crate::Cache::put_all).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown, and what was
    /// known of it here is dropped.
    pub async fn put_all<'q, Q, W>(
        &self,
        entries: impl IntoIterator<Item = (&'q Q, &'q W)>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + Hash + ?Sized + 'q,
        W: WriteValue + ?Sized + 'q,
    {
        let entries: Vec<(&Q, &W)> = entries.into_iter().collect();
        let keys: Vec<&Q> = entries.iter().map(|(key, _)| *key).collect();
        self.changing(keys, self.cache.put_all(entries)).await
    }

    /// Removes a key; answers whether it had a value. Operation 1016.
    ///
    /// # Errors
    /// As [`Cache::remove`](crate::Cache::remove).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown, and what was
    /// known of it here is dropped.
    pub async fn remove<Q>(&self, key: &Q) -> Result<bool, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + Hash + ?Sized,
    {
        self.changing([key], self.cache.remove(key)).await
    }

    /// Removes everything. Operation 1013.
    ///
    /// The grid tells nobody: near caches of other programs keep what they know until they
    /// [forget it](Self::invalidate_all).
    ///
    /// # Errors
    /// As [`Cache::clear`](crate::Cache::clear).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown, and what was
    /// known of it here is dropped.
    pub async fn clear(&self) -> Result<(), Error> {
        let _changing = ChangingAll(&self.shared);
        self.cache.clear().await
    }
}

impl<K, V> NearCache<K, V> {
    /// Carries out any other operation that changes `keys`, so that reads through this near cache
    /// see what it did as soon as it is over.
    ///
    /// ```
    /// # use portway_ignite::{Error, NearCache};
    /// # async fn example(near: NearCache<i64, String>) -> Result<(), Error> {
    /// let replaced = near.changing([&1], near.cache().replace(&1, "new")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// If the future is dropped, so is what is known of the keys: a read asks the grid, which may or may not
    /// have carried the operation out.
    pub async fn changing<'q, Q, T>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
        operation: impl Future<Output = T>,
    ) -> T
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'q,
    {
        let hash = |key| self.shared.hash(key);
        let _changing = Changing {
            shared: &self.shared,
            hashes: keys.into_iter().map(hash).collect(),
        };
        operation.await
    }

    /// Drops what is known of a key.
    pub fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.shared.invalidate(self.shared.hash(key));
    }

    /// Drops everything that is known, as is needed after what the grid tells nobody: `clear` and
    /// its relatives, or partitions that were lost with all their nodes.
    pub fn invalidate_all(&self) {
        self.shared.invalidate_all();
    }
}
