//! A near cache whose operations are waited for.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use portway_ignite_protocol::{ReadValue, WriteValue};

use super::Blocking;
use super::cache::Cache;
use super::methods::{same, waits};
use crate::error::Error;
use crate::near::NearStatistics;

/// The used part of a cache, kept in this process; see [`NearCache`](crate::NearCache).
pub type NearCache<K, V> = Blocking<crate::NearCache<K, V>>;

impl<K, V> NearCache<K, V> {
    /// See [`cache`](crate::NearCache::cache).
    #[must_use]
    pub fn cache(&self) -> Cache<K, V> {
        self.face(self.inner.cache().clone())
    }

    same! { "NearCache":
        statistics() -> NearStatistics;
        peek[Q](key: &Q) -> Option<Arc<V>> where [K: Borrow<Q>, Q: Hash + Eq + ?Sized];
    }

    /// See [`invalidate`](crate::NearCache::invalidate).
    pub fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.inner.invalidate(key);
    }

    /// See [`invalidate_all`](crate::NearCache::invalidate_all).
    pub fn invalidate_all(&self) {
        self.inner.invalidate_all();
    }
}

impl<K, V> NearCache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    waits! { "NearCache":
        get[Q](key: &Q) -> Result<Option<Arc<V>>, Error>
            where [K: Borrow<Q>, Q: WriteValue + Hash + Eq + ToOwned<Owned = K> + ?Sized];
        put[Q, W](key: &Q, value: &W) -> Result<(), Error>
            where [
                K: Borrow<Q>,
                V: Borrow<W>,
                Q: WriteValue + Hash + ?Sized,
                W: WriteValue + ?Sized,
            ];
        put_all['q, Q, W](
            entries: impl IntoIterator<Item = (&'q Q, &'q W)>,
        ) -> Result<(), Error>
            where [
                K: Borrow<Q>,
                V: Borrow<W>,
                Q: WriteValue + Hash + ?Sized + 'q,
                W: WriteValue + ?Sized + 'q,
            ];
        remove[Q](key: &Q) -> Result<bool, Error>
            where [K: Borrow<Q>, Q: WriteValue + Hash + ?Sized];
        clear() -> Result<(), Error>;
    }
}
