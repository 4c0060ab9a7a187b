//! Changes of a cache beyond the life of one connection.

mod attempt;
mod change;
mod options;
mod retry;
mod walk;

use std::fmt;

use portway_ignite_protocol::{RawValue, ReadValue, SchemaSource};
use tokio::time::Instant;

use super::{Cache, CacheEvent, EventStream};
use crate::error::Error;
use attempt::Attempt;
use change::RawChange;
use retry::Retry;
use walk::Walk;

pub use change::Change;
pub use options::WatchOptions;

const WATCH: &str = "watch";

/// The changes of a cache, also when nodes are lost. Dropping it ends them on the server.
///
/// When its connection is lost, or its reader falls behind, it says so by a [`Change::Gap`],
/// registers on a node that is there, and goes on with [`Change::Resumed`]. What changed in between
/// nobody told: the options decide whether the entries are read again then.
///
/// ```
/// # use portway_ignite::{Cache, CacheEvent, Change, Error, ScanQuery, WatchOptions};
/// # use std::collections::HashMap;
/// # async fn example(cache: Cache<i64, String>) -> Result<(), Error> {
/// // A copy of the cache that is true again after each gap.
/// let mut copy = HashMap::new();
/// let mut found = HashMap::new();
/// let options = WatchOptions::new()
///     .scan_at_start(ScanQuery::new())
///     .scan_after_gaps(ScanQuery::new());
/// let mut watch = cache.watch(options).await?;
/// while let Some(change) = watch.next().await {
///     match change? {
///         Change::Found { key, value } => {
///             found.insert(key, value);
///         }
///         // What is not among these was removed during the gap.
///         Change::AllFound => copy = std::mem::take(&mut found),
///         Change::Event(event) => match event.value() {
///             Some(value) => {
///                 found.insert(*event.key(), value.clone());
///                 copy.insert(*event.key(), value.clone());
///             }
///             None => {
///                 found.remove(event.key());
///                 copy.remove(event.key());
///             }
///         },
///         Change::Gap { reason } => {
///             eprintln!("the copy may be old: {reason}");
///             found.clear();
///         }
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # What may be told twice
/// The query is registered before a scan begins. A change during the scan may therefore be told by
/// its event and by what the scan finds; a scan whose own connection is lost begins again. After
/// the event of a key no older value of it is found.
pub struct Watch<K, V> {
    cache: Cache<K, V>,
    options: WatchOptions,
    link: Link,
    walk: Option<Walk>,
    /// What is told next, kept here while the types of its values are fetched.
    pending: Option<RawChange>,
}

/// Whether the query is registered.
enum Link {
    Live(EventStream<RawValue, RawValue>),
    Lost {
        since: Instant,
        retry: Retry,
        attempt: Option<Registering>,
    },
    Ended,
}

type Registering = Attempt<Result<EventStream<RawValue, RawValue>, Error>>;

/// What the query or the scan has to tell.
enum News {
    Event(CacheEvent<RawValue, RawValue>),
    Found((RawValue, RawValue)),
    /// The scan is at its end, or has to begin again.
    Pause,
    Lost(Error),
    /// Trying again does not help.
    Failed(Error),
    /// The runtime ends.
    Ended,
}

impl<K, V> Cache<K, V> {
    /// Is told of the changes from now on, also when the node that tells them is lost. Operations
    /// 2006, 2007 and, for the entries that are there, 2000 and 2001.
    ///
    /// # Errors
    /// As [`continuous_query`](Self::continuous_query).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn watch(&self, options: WatchOptions) -> Result<Watch<K, V>, Error> {
        let query = options.query.clone();
        let events = self.retyped().listen(query, options.doubts).await?;
        let scan = options.at_start.clone();
        Ok(Watch {
            cache: self.clone(),
            walk: scan.map(|scan| Walk::new(self.retyped(), scan, Retry::first())),
            options,
            link: Link::Live(events),
            pending: None,
        })
    }
}

impl<K: ReadValue, V: ReadValue> Watch<K, V> {
    /// The next change; `None` after an error that ended the watch.
    ///
    /// While the grid is away it waits, however long that takes.
    ///
    /// # Errors
    /// Errors tell of one change that could not be read: [`Error::Decode`], and any error of an
    /// operation while the type of an object is fetched. The watch goes on after them, but not after
    /// one that makes it impossible, such as [`Error::Server`] when the cache was destroyed: then the
    /// next item is `None`. After a gap, what nodes refuse without a reason
    /// ([`Status::FAILED`](crate::Status::FAILED)) is tried again for 30 s.
    ///
    /// # Cancel safety
    /// No change is lost if the future is dropped. What it had begun, a registration or a scan, goes on
    /// with the next call, so that a watch resumes however little time each call is given.
    pub async fn next(&mut self) -> Option<Result<Change<K, V>, Error>> {
        loop {
            if let Some(pending) = &self.pending {
                let read = |schemas: &dyn SchemaSource| pending.read(schemas);
                let change = self.cache.client().decode(WATCH, read).await;
                self.pending = None;
                return Some(change);
            }
            let told = match &mut self.link {
                Link::Live(events) => {
                    let news = next_news(events, self.walk.as_mut()).await;
                    self.take(news)
                }
                Link::Lost { .. } => self.resume().await,
                Link::Ended => return None,
            };
            if told.is_some() {
                return told;
            }
        }
    }

    /// Takes news in. Answers what is told at once, if anything.
    fn take(&mut self, news: News) -> Option<Result<Change<K, V>, Error>> {
        match news {
            News::Event(event) => {
                if let Some(walk) = &mut self.walk {
                    walk.changed(event.key());
                }
                self.pending = Some(RawChange::Event(event));
                None
            }
            News::Found((key, value)) => {
                self.pending = Some(RawChange::Found { key, value });
                None
            }
            News::Pause => {
                let is_complete = self.walk.take_if(|walk| walk.is_open()).is_some();
                is_complete.then_some(Ok(Change::AllFound))
            }
            News::Lost(reason) => Some(Ok(self.lose(reason))),
            News::Failed(error) => {
                self.link = Link::Ended;
                Some(Err(error))
            }
            News::Ended => {
                self.link = Link::Ended;
                None
            }
        }
    }

    fn lose(&mut self, reason: Error) -> Change<K, V> {
        self.walk = None;
        let retry = match (&self.link, &reason) {
            (Link::Live(events), Error::EventsInDoubt) => Retry::when_quiet(events.topology()),
            _ => Retry::at_once(),
        };
        self.link = Link::Lost {
            since: Instant::now(),
            retry,
            attempt: None,
        };
        Change::Gap { reason }
    }

    /// Registers again, if that is possible now.
    async fn resume(&mut self) -> Option<Result<Change<K, V>, Error>> {
        let Link::Lost {
            since,
            retry,
            attempt,
        } = &mut self.link
        else {
            return None;
        };
        retry.pause().await;
        let registering = attempt.get_or_insert_with(|| register(&self.cache, &self.options));
        let registered = registering.end().await;
        *attempt = None;
        match registered {
            Ok(events) => {
                let after = since.elapsed();
                self.link = Link::Live(events);
                let scan = self.options.after_gap.clone();
                self.walk =
                    scan.map(|scan| Walk::new(self.cache.retyped(), scan, Retry::at_once()));
                Some(Ok(Change::Resumed { after }))
            }
            Err(error) => {
                let error = retry.after(error).err()?;
                self.link = Link::Ended;
                Some(Err(error))
            }
        }
    }
}

/// Begins to register the query of a watch.
fn register<K, V>(cache: &Cache<K, V>, options: &WatchOptions) -> Registering {
    let cache = cache.retyped();
    let (query, doubts) = (options.query.clone(), options.doubts);
    Attempt::new(async move { cache.listen(query, doubts).await })
}

/// Waits for the query and the scan at once. Cancel safe.
async fn next_news(events: &mut EventStream<RawValue, RawValue>, walk: Option<&mut Walk>) -> News {
    let Some(walk) = walk else {
        return of_query(events.next().await);
    };
    if !walk.is_open() {
        return match walk.open().await {
            Ok(()) if walk.is_open() => of_scan(walk.next().await),
            Ok(()) => News::Pause,
            Err(error) => News::Failed(error),
        };
    }
    let has_room = walk.has_room();
    tokio::select! {
        event = events.next(), if has_room => of_query(event),
        row = walk.next() => of_scan(row),
    }
}

/// Any error means that something was not told.
fn of_query(event: Option<Result<CacheEvent<RawValue, RawValue>, Error>>) -> News {
    match event {
        Some(Ok(event)) => News::Event(event),
        Some(Err(error)) => News::Lost(error),
        None => News::Ended,
    }
}

fn of_scan(row: Result<Option<(RawValue, RawValue)>, Error>) -> News {
    match row {
        Ok(Some(entry)) => News::Found(entry),
        Ok(None) => News::Pause,
        Err(error) => News::Failed(error),
    }
}

impl<K, V> fmt::Debug for Watch<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Watch");
        shown
            .field("cache", &self.cache.name())
            .field("live", &matches!(self.link, Link::Live(_)))
            .field("scanning", &self.walk.is_some());
        shown.finish_non_exhaustive()
    }
}
