//! Being told of the changes of a cache.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{
    CacheHeader, CodePlatform, ContinuousQueryRequest, EntryEvent, Feature, ReadValue, Request,
    SchemaSource, TopologyVersion, Version, WriteValue, decode_body,
};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Cache;
use super::event::CacheEvent;
use super::filter::Filter;
use super::standing::{Doubts, Standing};
use crate::client::{Client, Encoder, Need, NeedOf, Operation};
use crate::connection::{Connection, Leaves, Notification, NotificationQueue, Resource};
use crate::error::Error;

/// Told at once: whoever follows a cache wants to know now.
const PAGE_SIZE: NonZeroU32 = NonZeroU32::MIN;

/// How long a node is given to begin to tell events, after it has said that it does.
const PATIENCE: Duration = Duration::from_millis(2);

const LISTEN: Operation<'static> = Operation::read("continuous_query")
    .leaving(Leaves::Listener)
    .needing(Some(&Need {
        of: NeedOf::Version(Version::V1_4),
        what: "notifications",
    }));

/// Which changes to be told of, and how.
#[derive(Clone, Debug)]
pub struct ContinuousQuery {
    page_size: NonZeroU32,
    interval: Duration,
    expired: Expired,
    filter: Option<Filter>,
    keep_binary: bool,
}

/// Whether a listener is told of entries whose time was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expired {
    /// It is told.
    #[default]
    Told,
    /// It is not told.
    Ignored,
}

impl ContinuousQuery {
    /// All changes, each told at once, expiry included.
    #[must_use]
    pub fn new() -> Self {
        Self {
            page_size: PAGE_SIZE,
            interval: Duration::ZERO,
            expired: Expired::default(),
            filter: None,
            keep_binary: false,
        }
    }

    /// Lets a node collect `events` before it tells them, but not longer than `interval`
    /// (zero: however long it takes). Default: each event at once.
    #[must_use]
    pub fn page(mut self, events: NonZeroU32, interval: Duration) -> Self {
        self.page_size = events;
        self.interval = interval;
        self
    }

    /// Sets whether entries are told whose time was over. Default: [`Expired::Told`].
    #[must_use]
    pub fn expired(mut self, expired: Expired) -> Self {
        self.expired = expired;
        self
    }

    /// Is told only of changes that a filter accepts, which runs where the entries are.
    ///
    /// The filter is a structure that stands for an object of a Java class known to the servers,
    /// which implements `Factory` of a `CacheEntryEventSerializableFilter`; its type name is the
    /// name of the class.
    ///
    /// ```
    /// # use portway_ignite::{ContinuousQuery, IgniteObject};
    /// #[derive(IgniteObject)]
    /// #[ignite(type_name = "com.example.BecameOlderThan")]
    /// struct BecameOlderThan {
    ///     age: i32,
    /// }
    ///
    /// let adults = ContinuousQuery::new().filter(BecameOlderThan { age: 17 });
    /// ```
    #[must_use]
    pub fn filter<F: WriteValue + Send + Sync + 'static>(self, filter: F) -> Self {
        self.filter_of(CodePlatform::Java, filter)
    }

    /// Is told only of changes that a filter of another platform than Java accepts.
    #[must_use]
    pub fn filter_of<F>(mut self, platform: CodePlatform, filter: F) -> Self
    where
        F: WriteValue + Send + Sync + 'static,
    {
        self.filter = Some(Filter::new(filter, platform));
        self
    }

    /// Hands the filter binary objects instead of objects of their Java classes, which the servers
    /// then need not know.
    #[must_use]
    pub fn keep_binary(mut self) -> Self {
        self.keep_binary = true;
        self
    }

    fn request(&self, header: CacheHeader, encoder: &Encoder) -> ContinuousQueryRequest {
        let filter = self.filter.as_ref();
        ContinuousQueryRequest {
            header: CacheHeader {
                keep_binary: self.keep_binary || filter.is_none(),
                ..header
            },
            page_size: self.page_size.get().try_into().unwrap_or(i32::MAX),
            time_interval: self.interval.as_millis().try_into().unwrap_or(i64::MAX),
            include_expired: self.expired == Expired::Told,
            filter: filter.map(|filter| filter.encode(encoder)),
        }
    }
}

impl Default for ContinuousQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// The changes of a cache. Dropping it ends them on the server.
///
/// It belongs to one connection: if that is lost, it gives what had arrived, then the error, and
/// then ends. The same holds for a reader that falls behind ([`Error::EventsLost`]), and for a
/// cache that is destroyed, which a node tells no listener: the client looks after it when the next
/// answer of the node says that the topology changed, that to a heartbeat at the latest. Of a cache
/// that was destroyed and made again before that, nothing is told any more.
pub struct EventStream<K, V> {
    client: Client,
    connection: Connection,
    /// `None` after the end.
    open: Option<Open>,
    events: VecDeque<EntryEvent>,
    of: PhantomData<fn() -> (K, V)>,
}

/// What ends with the stream; its fields act by being dropped.
struct Open {
    queue: NotificationQueue,
    standing: Standing,
    _resource: Option<Resource>,
}

impl<K, V> Cache<K, V> {
    /// Is told of the changes from now on. Operations 2006 and 2007.
    ///
    /// Every change that begins after this has returned is told, unless the node is overloaded: one
    /// of 2.17 drops events until the thread that answered has gone on, which is at once where it has
    /// a processor, and says so to nobody. It is given 2 ms for it, and a further question. (On two
    /// processors, with 8 to 16 clients and other programs beside them, 7 of 7,500 queries missed
    /// their first events without the 2 ms, and none of 4,000 with them.)
    ///
    /// Nothing is told of entries that are there already, nor of what `clear` and its relatives
    /// remove. After the stream ends with an error, what changes until the query is registered again
    /// is not told: [`watch`](Self::watch) does that by itself, and reads the entries that are there.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], [`Error::TooManyResources`], and [`Error::Unsupported`]
    /// by nodes that speak a protocol before 1.4, which has no notifications.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn continuous_query(
        &self,
        query: ContinuousQuery,
    ) -> Result<EventStream<K, V>, Error> {
        self.listen(query, Doubts::Ignored).await
    }

    pub(super) async fn listen(
        &self,
        query: ContinuousQuery,
        doubts: Doubts,
    ) -> Result<EventStream<K, V>, Error> {
        let header = CacheHeader::new(self.id);
        let build = |encoder: &Encoder| Request::ContinuousQuery(query.request(header, encoder));
        let answer = self
            .client
            .call(
                LISTEN.of_cache(&self.identity).with_types(&self.types),
                build,
            )
            .await?;
        let connection = answer.connection().clone();
        let limit = self.client.request_timeout();
        let standing = Standing::new(header, connection.clone(), limit, doubts);
        self.await_listening(&connection).await?;
        let opened = answer.reply.into_opened();
        let open = opened.notifications.map(|queue| Open {
            queue,
            standing,
            _resource: opened.resource,
        });
        Ok(EventStream {
            client: self.client.clone(),
            connection,
            open,
            events: VecDeque::new(),
            of: PhantomData,
        })
    }

    /// A node drops the events that come until the thread that sent the answer has noted that it is
    /// sent. Nothing in the protocol tells when it has. It is given time to, and a further answer
    /// shows that the node has not stood still meanwhile.
    async fn await_listening(&self, connection: &Connection) -> Result<(), Error> {
        sleep(PATIENCE).await;
        let question = match connection.agreement().dialect.has(Feature::Heartbeat) {
            true => Request::Heartbeat(()),
            false => Request::CacheNames(()),
        };
        let limit = self.client.request_timeout();
        let answer = connection.request(LISTEN.name(), &question, Leaves::Nothing);
        match timeout(limit, answer).await {
            Ok(answered) => answered.map(drop),
            Err(_) => {
                connection.doubt();
                Err(Error::TimedOut {
                    operation: LISTEN.name(),
                    limit,
                })
            }
        }
    }
}

impl<K, V> EventStream<K, V> {
    /// The versions of the topology that the node tells of from now on.
    pub(super) fn topology(&self) -> watch::Receiver<Option<TopologyVersion>> {
        let mut topology = self.connection.topology();
        topology.mark_unchanged();
        topology
    }
}

impl<K: ReadValue, V: ReadValue> EventStream<K, V> {
    /// The next change; `None` after an error that ended the stream.
    ///
    /// # Errors
    /// When the stream's connection is lost, [`Error::ConnectionLost`] is its last item,
    /// [`Error::EventsLost`] is when its reader fell behind, and [`Error::Server`] with
    /// [`Status::CACHE_DOES_NOT_EXIST`](crate::Status::CACHE_DOES_NOT_EXIST) when its cache was
    /// destroyed. All others tell of one event that could
    /// not be told, and the stream goes on: [`Error::Decode`], [`Error::Server`], and any error of an
    /// operation while the type of an object is fetched.
    ///
    /// # Cancel safety
    /// No event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<CacheEvent<K, V>, Error>> {
        while self.events.is_empty() {
            let open = self.open.as_mut()?;
            match open.next().await {
                Ok(notification) => match self.read(notification) {
                    Ok(events) => self.events = events.into(),
                    Err(error) => return Some(Err(error)),
                },
                // It goes on, and who asked for doubts decides.
                Err(Some(doubt @ Error::EventsInDoubt)) => return Some(Err(doubt)),
                Err(reason) => {
                    self.open = None;
                    return reason.map(Err);
                }
            }
        }
        let event = self.events.front()?;
        let read = |schemas: &dyn SchemaSource| CacheEvent::read(event, schemas);
        let result = self.client.decode(LISTEN.name(), read).await;
        self.events.pop_front();
        Some(result)
    }

    fn read(&self, notification: Result<Bytes, Error>) -> Result<Vec<EntryEvent>, Error> {
        decode_body(&notification?, self.connection.agreement().dialect).map_err(|source| {
            Error::Decode {
                operation: LISTEN.name(),
                source,
            }
        })
    }
}

impl Open {
    /// The next notification; once there is none, the reason of the end, and in between a doubt.
    /// Cancel safe.
    async fn next(&mut self) -> Result<Notification, Option<Error>> {
        tokio::select! {
            biased;
            told = self.queue.next() => told,
            gone = self.standing.gone() => Err(Some(gone)),
        }
    }
}

impl<K, V> fmt::Debug for EventStream<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("EventStream");
        shown
            .field("open", &self.open.is_some())
            .finish_non_exhaustive()
    }
}
