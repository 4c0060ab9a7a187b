//! Changes of a cache beyond the life of one connection.

mod attempt;
mod change;
mod link;
mod options;
mod registration;
mod retry;
mod walk;

use std::collections::VecDeque;
use std::fmt;

use portway_ignite_protocol::{RawValue, ReadValue, SchemaSource};
use tokio::time::Instant;

use super::{Cache, CacheEvent, ScanQuery};
use crate::error::Error;
use change::RawChange;
use link::{Link, News};
use options::InDoubt;
use registration::{RawEvents, Registration};
use retry::Retry;
use walk::Walk;

pub use change::Change;
pub use options::WatchOptions;

const WATCH: &str = "watch";

/// The changes of a cache, also when nodes are lost. Dropping it ends them on the server.
///
/// When its connection is lost, or its reader falls behind, it says so by a [`Change::Gap`],
/// registers on a node that is there, and goes on with [`Change::Resumed`]. What changed in between
/// nobody told: the options decide whether the entries are read again then. So it is when nodes or
/// caches came and went, so that nobody knows whether all changes were told
/// ([`Error::EventsInDoubt`]); the gap is told once the query is registered again, and what it told
/// until then came before.
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
/// its event and by what the scan finds; a scan whose own connection is lost, or that a gap comes
/// across, begins again. After the event of a key no older value of it is found. Where a query was
/// in doubt, a change may be told by the old one, before the gap, and by the new one.
pub struct Watch<K, V> {
    cache: Cache<K, V>,
    options: WatchOptions,
    link: Link,
    walk: Option<Walk>,
    /// What a scan was to find that a gap came across.
    unfinished: Option<ScanQuery>,
    /// What is told next, kept here while the types of its values are fetched.
    pending: VecDeque<RawChange>,
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
        let events = self.retyped().listen(query, options.doubts()).await?;
        let scan = options.at_start.clone();
        Ok(Watch {
            cache: self.clone(),
            walk: scan.map(|scan| Walk::new(self.retyped(), scan, Retry::first())),
            options,
            link: Link::live(events),
            unfinished: None,
            pending: VecDeque::new(),
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
            if let Some(pending) = self.pending.front() {
                let read = |schemas: &dyn SchemaSource| pending.read(schemas);
                let change = self.cache.client().decode(WATCH, read).await;
                self.pending.pop_front();
                return Some(change);
            }
            if matches!(self.link, Link::Ended) {
                return None;
            }
            let walk = self.walk.as_mut();
            let news = self.link.news(walk, &self.cache, &self.options).await;
            let told = self.take(news);
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
                self.pending.push_back(RawChange::Event(event));
                None
            }
            News::Found((key, value)) => {
                self.pending.push_back(RawChange::Found { key, value });
                None
            }
            News::Pause => {
                let is_complete = self.walk.take_if(|walk| walk.is_open()).is_some();
                is_complete.then_some(Ok(Change::AllFound))
            }
            News::Lost(Error::EventsInDoubt) => {
                self.doubt();
                None
            }
            News::Lost(reason) => {
                self.lose(reason, Registration::new(Retry::at_once()));
                None
            }
            News::Renewed { before, events } => {
                self.renew(before, events);
                None
            }
            News::Registered { since, events } => Some(Ok(self.resume(since, events))),
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

    /// Begins to register another query, since nobody knows whether this one tells all changes.
    fn doubt(&mut self) {
        let Link::Live { events, renewal } = &mut self.link else {
            return;
        };
        let registration = Registration::new(Retry::when_quiet(events.topology()));
        match self.options.in_doubt {
            InDoubt::Gap => self.lose(Error::EventsInDoubt, registration),
            InDoubt::Renewed | InDoubt::Passed => *renewal = Some(Box::new(registration)),
        }
    }

    /// Lets another query take the place of the one in doubt, which told these events before.
    fn renew(&mut self, before: Vec<CacheEvent<RawValue, RawValue>>, events: RawEvents) {
        let Link::Live { renewal, .. } = &self.link else {
            return;
        };
        let since = renewal.as_ref().map_or_else(Instant::now, |it| it.since);
        self.pending
            .extend(before.into_iter().map(RawChange::Event));
        self.lose(Error::EventsInDoubt, Registration::ended(since, events));
    }

    /// Tells a gap, which ends with a registration.
    fn lose(&mut self, reason: Error, registration: Registration) {
        self.unfinished = self.walk.take().map(Walk::into_query);
        self.link = Link::Lost(registration);
        self.pending.push_back(RawChange::Gap { reason });
    }

    /// Goes on after a gap.
    fn resume(&mut self, since: Instant, events: RawEvents) -> Change<K, V> {
        self.link = Link::live(events);
        let unfinished = self.unfinished.take();
        let scan = unfinished.or_else(|| self.options.after_gap.clone());
        self.walk = scan.map(|scan| Walk::new(self.cache.retyped(), scan, Retry::at_once()));
        Change::Resumed {
            after: since.elapsed(),
        }
    }
}

impl<K, V> fmt::Debug for Watch<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Watch");
        shown
            .field("cache", &self.cache.name())
            .field("live", &matches!(self.link, Link::Live { .. }))
            .field("scanning", &self.walk.is_some());
        shown.finish_non_exhaustive()
    }
}
