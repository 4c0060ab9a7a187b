//! A cache whose operations are waited for.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{ExpiryPolicy, ReadValue, WriteValue};

use super::background::Background;
use super::streams::{Cursor, EventStream};
use crate::cache::{ContinuousQuery, ScanQuery};
use crate::error::Error;

/// A handle of one cache; see [`Cache`](crate::Cache).
pub struct Cache<K, V> {
    pub(super) inner: crate::Cache<K, V>,
    pub(super) background: Arc<Background>,
}

/// Declares methods that wait for their namesakes: of a key, of a key and a value, of many keys,
/// or of nothing.
macro_rules! wait_for {
    ($name:ident(key) -> $answer:ty) => {
        wait_for! { @doc $name
            pub fn $name<Q>(&self, key: &Q) -> Result<$answer, Error>
            where
                K: Borrow<Q>,
                Q: WriteValue + ?Sized,
            {
                self.background.wait(self.inner.$name(key))
            }
        }
    };
    ($name:ident(key, $($value:ident),+) -> $answer:ty) => {
        wait_for! { @doc $name
            pub fn $name<Q, W>(&self, key: &Q, $($value: &W),+) -> Result<$answer, Error>
            where
                K: Borrow<Q>,
                V: Borrow<W>,
                Q: WriteValue + ?Sized,
                W: WriteValue + ?Sized,
            {
                self.background.wait(self.inner.$name(key, $($value),+))
            }
        }
    };
    ($name:ident(keys) -> $answer:ty) => {
        wait_for! { @doc $name
            pub fn $name<'q, Q>(
                &self,
                keys: impl IntoIterator<Item = &'q Q>,
            ) -> Result<$answer, Error>
            where
                K: Borrow<Q>,
                Q: WriteValue + ?Sized + 'q,
            {
                self.background.wait(self.inner.$name(keys))
            }
        }
    };
    ($name:ident() -> $answer:ty) => {
        wait_for! { @doc $name
            pub fn $name(&self) -> Result<$answer, Error> {
                self.background.wait(self.inner.$name())
            }
        }
    };
    (@doc $name:ident $method:item) => {
        #[doc = concat!(
            "Waits for [`", stringify!($name), "`](crate::Cache::", stringify!($name), ")."
        )]
        ///
        /// # Errors
        /// As that.
        $method
    };
}

impl<K: ReadValue, V: ReadValue> Cache<K, V> {
    wait_for!(get(key) -> Option<V>);
    wait_for!(get_all(keys) -> Vec<(K, V)>);
    wait_for!(get_and_put(key, value) -> Option<V>);
    wait_for!(get_and_put_if_absent(key, value) -> Option<V>);
    wait_for!(get_and_replace(key, value) -> Option<V>);
    wait_for!(get_and_remove(key) -> Option<V>);
}

impl<K, V> Cache<K, V> {
    pub(super) fn new(inner: crate::Cache<K, V>, background: Arc<Background>) -> Self {
        Self { inner, background }
    }

    /// The name of the cache.
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// See [`Cache::with_expiry`](crate::Cache::with_expiry).
    #[must_use]
    pub fn with_expiry(&self, policy: ExpiryPolicy) -> Self {
        Self::new(self.inner.with_expiry(policy), self.background.clone())
    }

    wait_for!(put(key, value) -> ());
    wait_for!(put_if_absent(key, value) -> bool);
    wait_for!(replace(key, value) -> bool);
    wait_for!(replace_if_equals(key, expected, value) -> bool);
    wait_for!(contains_key(key) -> bool);
    wait_for!(contains_keys(keys) -> bool);
    wait_for!(remove(key) -> bool);
    wait_for!(remove_if_equals(key, expected) -> bool);
    wait_for!(remove_keys(keys) -> ());
    wait_for!(remove_all() -> ());
    wait_for!(clear_key(key) -> ());
    wait_for!(clear_keys(keys) -> ());
    wait_for!(clear() -> ());
    wait_for!(size() -> u64);

    /// Waits for [`put_all`](crate::Cache::put_all).
    ///
    /// # Errors
    /// As that.
    pub fn put_all<'q, Q, W>(
        &self,
        entries: impl IntoIterator<Item = (&'q Q, &'q W)>,
    ) -> Result<(), Error>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized + 'q,
        W: WriteValue + ?Sized + 'q,
    {
        self.background.wait(self.inner.put_all(entries))
    }

    /// Waits for [`scan`](crate::Cache::scan).
    ///
    /// # Errors
    /// As that.
    pub fn scan(&self, query: ScanQuery) -> Result<Cursor<K, V>, Error> {
        let inner = self.background.wait(self.inner.scan(query))?;
        Ok(Cursor::new(inner, self.background.clone()))
    }

    /// Waits for [`continuous_query`](crate::Cache::continuous_query).
    ///
    /// # Errors
    /// As that.
    pub fn continuous_query(&self, query: ContinuousQuery) -> Result<EventStream<K, V>, Error> {
        let inner = self.background.wait(self.inner.continuous_query(query))?;
        Ok(EventStream::new(inner, self.background.clone()))
    }
}

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.background.clone())
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(formatter)
    }
}
