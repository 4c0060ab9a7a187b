//! A cache whose operations are waited for.

use std::borrow::Borrow;
use std::hash::Hash;

use portway_ignite_protocol::{
    CacheConfiguration, EntryVersion, ExpiryPolicy, PeekMode, ReadValue, WriteValue,
};

use super::Blocking;
use super::cursors::{Cursor, EventStream, SqlCursor, Watch};
use super::methods::{same, waits};
use super::near::NearCache;
use super::streamer::DataStreamer;
use super::transaction::Transaction;
use crate::arguments::Arguments;
use crate::cache::{
    ConflictPut, ContinuousQuery, IndexQuery, InvokeError, ScanQuery, WatchOptions,
};
use crate::error::Error;
use crate::near::NearOptions;
use crate::sql::SqlQuery;
use crate::streamer::StreamerOptions;

/// A handle of one cache; see [`Cache`](crate::Cache).
pub type Cache<K, V> = Blocking<crate::Cache<K, V>>;

impl<K: ReadValue, V: ReadValue> Cache<K, V> {
    waits! { "Cache":
        get[Q](key: &Q) -> Result<Option<V>, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        get_all['q, Q](keys: impl IntoIterator<Item = &'q Q>) -> Result<Vec<(K, V)>, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized + 'q];
        get_and_put[Q, W](key: &Q, value: &W) -> Result<Option<V>, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        get_and_put_if_absent[Q, W](key: &Q, value: &W) -> Result<Option<V>, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        get_and_replace[Q, W](key: &Q, value: &W) -> Result<Option<V>, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        get_and_remove[Q](key: &Q) -> Result<Option<V>, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        local_peek[Q](key: &Q) -> Result<Option<V>, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        #[expect(clippy::type_complexity, reason = "it is the answer of the namesake")]
        invoke_all['q, R, Q, P](
            keys: impl IntoIterator<Item = &'q Q>,
            processor: &'q P,
            arguments: impl Arguments<'q>,
        ) -> Result<Vec<(K, Result<R, InvokeError>)>, Error>
            where [
                K: Borrow<Q>,
                Q: WriteValue + ?Sized + 'q,
                P: WriteValue + Sync + ?Sized,
                R: ReadValue,
            ];
    }
}

impl<K, V> Cache<K, V> {
    same! { "Cache":
        name() -> &str;
        with_expiry(policy: ExpiryPolicy) => Self;
        or_create() => Self;
        or_create_as(configuration: CacheConfiguration) => Self;
    }

    /// See [`within`](crate::Cache::within).
    #[must_use]
    pub fn within(&self, transaction: &Transaction) -> Self {
        self.face(self.inner.within(&transaction.inner))
    }

    waits! { "Cache":
        put[Q, W](key: &Q, value: &W) -> Result<(), Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        put_all['q, Q, W](
            entries: impl IntoIterator<Item = (&'q Q, &'q W)>,
        ) -> Result<(), Error>
            where [
                K: Borrow<Q>,
                V: Borrow<W>,
                Q: WriteValue + ?Sized + 'q,
                W: WriteValue + ?Sized + 'q,
            ];
        put_if_absent[Q, W](key: &Q, value: &W) -> Result<bool, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        replace[Q, W](key: &Q, value: &W) -> Result<bool, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        replace_if_equals[Q, W](key: &Q, expected: &W, value: &W) -> Result<bool, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];

        contains_key[Q](key: &Q) -> Result<bool, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        contains_keys['q, Q](keys: impl IntoIterator<Item = &'q Q>) -> Result<bool, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized + 'q];
        size() -> Result<u64, Error>;
        size_of(modes: impl IntoIterator<Item = PeekMode>) -> Result<u64, Error>;

        remove[Q](key: &Q) -> Result<bool, Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        remove_if_equals[Q, W](key: &Q, expected: &W) -> Result<bool, Error>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        remove_keys['q, Q](keys: impl IntoIterator<Item = &'q Q>) -> Result<(), Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized + 'q];
        remove_all() -> Result<(), Error>;
        clear_key[Q](key: &Q) -> Result<(), Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        clear_keys['q, Q](keys: impl IntoIterator<Item = &'q Q>) -> Result<(), Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized + 'q];
        clear() -> Result<(), Error>;

        put_all_conflict['q, Q, W](
            entries: impl IntoIterator<Item = ConflictPut<'q, Q, W>>,
        ) -> Result<(), Error>
            where [
                K: Borrow<Q>,
                V: Borrow<W>,
                Q: WriteValue + ?Sized + 'q,
                W: WriteValue + ?Sized + 'q,
            ];
        remove_all_conflict['q, Q](
            keys: impl IntoIterator<Item = (&'q Q, EntryVersion)>,
        ) -> Result<(), Error>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized + 'q];

        invoke['q, R, Q, P](
            key: &Q,
            processor: &'q P,
            arguments: impl Arguments<'q>,
        ) -> Result<R, Error>
            where [
                K: Borrow<Q>,
                Q: WriteValue + ?Sized,
                P: WriteValue + Sync + ?Sized,
                R: ReadValue,
            ];

        scan(query: ScanQuery) => Result<Cursor<K, V>, Error>;
        index_query(query: IndexQuery<'_>) => Result<Cursor<K, V>, Error>;
        sql['q](query: impl Into<SqlQuery<'q>>) => Result<SqlCursor, Error>;
        entries_where['q](
            value_type: &str,
            condition: impl Into<SqlQuery<'q>>,
        ) => Result<Cursor<K, V>, Error>;
        continuous_query(query: ContinuousQuery) => Result<EventStream<K, V>, Error>;
        watch(options: WatchOptions) => Result<Watch<K, V>, Error>;
    }
}

impl<K: WriteValue + ReadValue, V: WriteValue + ReadValue> Cache<K, V> {
    same! { "Cache":
        streamer(options: StreamerOptions) => DataStreamer<K, V>;
    }
}

impl<K, V> Cache<K, V>
where
    K: WriteValue + ReadValue + Hash + Eq + Send + Sync + 'static,
    V: WriteValue + ReadValue + Send + Sync + 'static,
{
    waits! { "Cache":
        near(options: NearOptions) => Result<NearCache<K, V>, Error>;
    }
}
