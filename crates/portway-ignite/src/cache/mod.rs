//! Caches: typed handles, their operations, scans and event streams.

mod conditional;
mod conflict;
mod continuous;
mod creation;
mod cursor;
mod event;
mod filter;
mod in_place;
mod index_query;
mod invoke;
mod key_value;
mod many;
mod peek;
mod remove;
mod scan;
mod spread;
mod sql;
mod standing;
mod watch;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use portway_ignite_protocol::{
    self as protocol, CacheHeader, CacheId, ExpiryPolicy, InPlaceRequest, KeyValueAction,
    KeyValueRequest, Layout, ReadValue, Request, Version, WriteValue, Writer,
};

use crate::client::{
    Answer, CacheIdentity, Client, Encoder, Need, NeedOf, Operation, Route, TypesOf,
};
use crate::connection::TransactionScope;
use crate::error::Error;
use crate::transaction::Transaction;

pub use conflict::ConflictPut;
pub use continuous::{ContinuousQuery, EventStream, Expired};
pub use cursor::Cursor;
pub use event::CacheEvent;
pub use index_query::IndexQuery;
pub use invoke::InvokeError;
pub use scan::ScanQuery;
pub use watch::{Change, Watch, WatchOptions};

const EXPIRY: Need = Need {
    of: NeedOf::Version(Version::V1_6),
    what: "expiry policies",
};

/// A handle of one cache, whose keys are of type `K` and values of type `V`.
///
/// Cloning it is cheap. It is made by [`Client::cache`] and its relatives. The types are this
/// program's view: a value of another type in the grid is answered with [`Error::Decode`].
///
/// Keys and values are borrowed, and may be given in a borrowed form as in the standard
/// collections: a `Cache<String, _>` is asked with a `&str`.
///
/// # Errors
/// Each operation fails with [`Error::ConnectionLost`] when its connection is lost and it may not
/// be repeated (see [`RetryPolicy`](crate::RetryPolicy)), [`Error::TimedOut`],
/// [`Error::Unreachable`] or [`Error::NoneReachable`] when the grid is away,
/// [`Error::RequestTooLong`], and [`Error::Server`] when the grid refuses it, such as with
/// [`Status::CACHE_DOES_NOT_EXIST`](crate::Status::CACHE_DOES_NOT_EXIST).
///
/// # Cancel safety
/// A future of an operation can be dropped at any time: the connection stays usable and a late
/// answer is discarded. Whether a write was carried out is then unknown.
pub struct Cache<K, V> {
    client: Client,
    identity: Arc<CacheIdentity>,
    id: CacheId,
    expiry: Option<ExpiryPolicy>,
    within: Option<Arc<TransactionScope>>,
    types: Arc<TypesOf>,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K: WriteValue, V: WriteValue> Cache<K, V> {
    pub(crate) fn new(client: Client, name: &str) -> Self {
        Self {
            client,
            identity: CacheIdentity::new(name),
            id: CacheId::of(name),
            expiry: None,
            within: None,
            types: Arc::new(TypesOf::pair::<K, V>()),
            of: PhantomData,
        }
    }
}

impl<K, V> Cache<K, V> {
    /// The name of the cache.
    #[must_use]
    pub fn name(&self) -> &str {
        self.identity.name()
    }

    /// A handle of the same cache, whose operations follow `policy` instead of the cache's own.
    ///
    /// Operations of the handle need a node that speaks protocol 1.6 or later, else they fail with
    /// [`Error::Unsupported`].
    #[must_use]
    pub fn with_expiry(&self, policy: ExpiryPolicy) -> Self {
        Self {
            expiry: Some(policy),
            ..self.clone()
        }
    }

    /// A handle of the same cache, whose operations are part of a transaction.
    ///
    /// The transaction sees what they write, and others do once it is committed. They all go to
    /// the node that the transaction was begun on. When it is over they fail with
    /// [`Error::TransactionOver`].
    ///
    /// Part of a transaction can be what reads and writes keys, and entry processors; scans and SQL
    /// where the grid is configured for it (feature
    /// [`TransactionAwareQueries`](portway_ignite_protocol::Feature::TransactionAwareQueries)) and
    /// the isolation is [`ReadCommitted`](crate::Isolation::ReadCommitted). The size, clearing and
    /// continuous queries never are, nor is `remove_all`. The cache must be
    /// [transactional](portway_ignite_protocol::AtomicityMode::Transactional): an atomic one
    /// refuses.
    #[must_use]
    pub fn within(&self, transaction: &Transaction) -> Self {
        Self {
            within: Some(transaction.scope().clone()),
            ..self.clone()
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn id(&self) -> CacheId {
        self.id
    }

    pub(crate) fn identity(&self) -> &Arc<CacheIdentity> {
        &self.identity
    }

    /// The same cache outside of any transaction.
    pub(crate) fn outside(&self) -> Self {
        Self {
            within: None,
            ..self.clone()
        }
    }

    /// The same cache with other views of its keys and values, outside of any transaction.
    pub(crate) fn retyped<A, B>(&self) -> Cache<A, B> {
        Cache {
            client: self.client.clone(),
            identity: self.identity.clone(),
            id: self.id,
            expiry: self.expiry,
            within: None,
            types: self.types.clone(),
            of: PhantomData,
        }
    }

    fn header(&self) -> CacheHeader {
        CacheHeader {
            expiry: self.expiry,
            transaction: self.within.as_ref().map(|scope| scope.id()),
            ..CacheHeader::new(self.id)
        }
    }

    /// The header of a query: an expiry policy is of no use there.
    fn query_header(&self) -> CacheHeader {
        CacheHeader {
            expiry: None,
            ..self.header()
        }
    }

    fn operation<'a>(&'a self, operation: Operation<'a>) -> Operation<'a> {
        let operation = operation
            .needing(self.expiry.map(|_| &EXPIRY))
            .of_cache(&self.identity)
            .with_types(&self.types);
        match &self.within {
            Some(scope) => operation.routed(Route::Within(scope)),
            None => operation,
        }
    }

    /// An operation on one key, which the node that holds it does best.
    fn keyed<'a, Q>(&self, operation: Operation<'a>, key: &Q) -> Operation<'a>
    where
        Q: WriteValue + ?Sized,
    {
        if self.within.is_some() {
            return operation;
        }
        self.client.routed_to_key(operation, self.id, key)
    }

    /// A query of one partition or of all; the node that holds the partition answers it best.
    fn on_partition<'a>(
        &'a self,
        operation: Operation<'a>,
        partition: Option<u32>,
    ) -> Operation<'a> {
        let operation = self.operation(operation);
        match partition {
            Some(partition) if self.within.is_none() => {
                let client = &self.client;
                client.routed_to_partition(operation, self.id, partition)
            }
            _ => operation,
        }
    }

    /// Carries out a key-value operation.
    async fn act(
        &self,
        operation: Operation<'_>,
        action: impl Fn(&Encoder) -> KeyValueAction,
    ) -> Result<Answer, Error> {
        self.act_as(self.operation(operation), action).await
    }

    /// Carries out a key-value operation that was made of [`operation`](Self::operation).
    async fn act_as(
        &self,
        operation: Operation<'_>,
        action: impl Fn(&Encoder) -> KeyValueAction,
    ) -> Result<Answer, Error> {
        let build = |encoder: &Encoder| {
            let action = action(encoder);
            Request::KeyValue(KeyValueRequest {
                header: self.header(),
                action,
            })
        };
        self.client.call(operation, build).await
    }

    /// Carries out a key-value operation whose answer has no values.
    async fn tell<T: Layout>(
        &self,
        operation: Operation<'_>,
        action: impl Fn(&Encoder) -> KeyValueAction,
    ) -> Result<T, Error> {
        self.act(operation, action).await?.read()
    }

    /// Carries out an operation on one key, whose values are written straight into the frame and
    /// whose answer has no values.
    fn tell_by<'a, T: Layout, F>(
        &'a self,
        operation: Operation<'a>,
        code: protocol::Operation,
        values: F,
    ) -> impl Future<Output = Result<T, Error>>
    where
        F: Fn(&mut Writer) + Copy + 'a,
    {
        let operation = self.operation(operation);
        self.client.ask(operation, self.in_place(code, values))
    }

    /// Makes the requests of an operation on one key.
    fn in_place<'a, F>(
        &'a self,
        operation: protocol::Operation,
        values: F,
    ) -> impl Fn(&Encoder) -> InPlaceRequest<F>
    where
        F: Fn(&mut Writer) + Copy + 'a,
    {
        move |_| InPlaceRequest {
            header: self.header(),
            operation,
            values,
        }
    }
}

impl<K, V: ReadValue> Cache<K, V> {
    /// Carries out a key-value operation whose answer is a value or null.
    async fn fetch(
        &self,
        operation: Operation<'_>,
        action: impl Fn(&Encoder) -> KeyValueAction,
    ) -> Result<Option<V>, Error> {
        let answer = self.act(operation, action).await?;
        self.client.value(&answer).await
    }

    /// As [`tell_by`](Self::tell_by), for an answer that is a value or null.
    fn fetch_by<'a, F>(
        &'a self,
        operation: Operation<'a>,
        code: protocol::Operation,
        values: F,
    ) -> impl Future<Output = Result<Option<V>, Error>>
    where
        F: Fn(&mut Writer) + Copy + 'a,
    {
        let operation = self.operation(operation);
        self.client.fetch(operation, self.in_place(code, values))
    }
}

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            identity: self.identity.clone(),
            id: self.id,
            expiry: self.expiry,
            within: self.within.clone(),
            types: self.types.clone(),
            of: PhantomData,
        }
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Cache");
        shown
            .field("name", self.identity.name())
            .field("expiry", &self.expiry)
            .finish_non_exhaustive()
    }
}
