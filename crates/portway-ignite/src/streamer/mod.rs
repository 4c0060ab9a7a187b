//! The data streamer: many entries into a cache, faster than by `put_all`.
//!
//! ```text
//! add ──► lane of the owner (a batch being filled) ──full──► task ──► node ──► answered: stored
//!              ▲ waits while too many are on their way            └─► lost: handed back by the next call
//! ```

mod lanes;
mod lost;
mod options;
mod progress;
mod sender;
mod shared;

use std::borrow::Borrow;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portway_ignite_protocol::{
    BinaryConfiguration, EntryBatch, RawValue, ReadValue, TypeRegistry, WriteValue,
};
use tokio::sync::OnceCell;
use tokio::task::AbortHandle;

use crate::cache::Cache;
use crate::client::{Encoder, Operation, TypesOf};
use crate::error::Error;
use lanes::{EncodedEntry, LaneLimit, Lanes};
use progress::Progress;
use sender::Sender;
use shared::{Shared, acquire, flush_regularly};

pub use lost::StreamerError;
pub use options::StreamerOptions;

const STREAM: Operation<'static> = Operation::write("data_streamer");

/// Fills a cache with many entries. Operation 8000.
///
/// Entries are collected for the node that holds them, and travel in batches of which several are
/// on their way at once. [`add`](Self::add) waits when a node does not keep up, so a streamer needs
/// little memory however much goes through it. It can be shared by reference: all methods but
/// [`close`](Self::close) may be called by many tasks at once.
///
/// ```
/// # use portway_ignite::{Cache, StreamerError, StreamerOptions};
/// # async fn example(cache: Cache<i64, String>) -> Result<(), StreamerError<i64, String>> {
/// let streamer = cache.streamer(StreamerOptions::new().allow_overwrite(true));
/// for number in 0..1_000_000 {
///     streamer.add(&number, &format!("row {number}")).await?;
/// }
/// streamer.close().await?;
/// # Ok(())
/// # }
/// ```
///
/// # What is promised
/// - When [`flush`](Self::flush) or [`close`](Self::close) succeeds, everything whose `add` or
///   `remove` had returned before, and that no error handed back (to another task, if several use the
///   streamer), is stored, as safely as the cache stores anything.
/// - What could not be stored is handed back with the error of the next call: nothing is lost
///   silently.
/// - A batch whose node is lost or silent is sent to another one, up to six times. It may then be
///   stored twice, which changes nothing unless someone changed the same keys meanwhile. With a
///   [`receiver`](StreamerOptions::receiver) it is not repeated, but handed back.
/// - Entries of different batches are stored in any order. Two values of one key need a `flush`
///   between them to have an order.
///
/// Dropping a streamer cannot wait: entries not yet sent are dropped too, and their number is
/// logged. End it with [`close`](Self::close).
pub struct DataStreamer<K, V> {
    cache: Cache<K, V>,
    flush_interval: Option<Duration>,
    /// Without, the grid passes over removals.
    removes: bool,
    shared: Arc<Shared>,
    started: OnceCell<Started>,
    types: fn(&mut TypeRegistry),
}

/// What the first entry starts.
#[derive(Debug)]
struct Started {
    binary: BinaryConfiguration,
    flusher: Option<AbortHandle>,
}

impl<K: WriteValue + ReadValue, V: WriteValue + ReadValue> Cache<K, V> {
    /// Makes a streamer into this cache. Nothing is sent before there are entries.
    #[must_use]
    pub fn streamer(&self, options: StreamerOptions) -> DataStreamer<K, V> {
        let flags = options.flags();
        let removes = options.overwrites || options.receiver.is_some();
        let sender = Sender {
            client: self.client().clone(),
            cache: self.id(),
            identity: self.identity().clone(),
            flags,
            types: TypesOf::pair::<K, V>(),
            receiver: options.receiver,
            progress: Arc::new(Progress::default()),
            lost: Mutex::default(),
        };
        let limit = LaneLimit {
            entries: options.batch_size,
            batches: options.batches_in_flight,
            frame: self.client().frame_limit(),
        };
        let shared = Shared {
            lanes: Mutex::new(Lanes::new(limit)),
            limit,
            sender: Arc::new(sender),
        };
        DataStreamer {
            cache: self.clone(),
            flush_interval: options.flush_interval,
            removes,
            shared: Arc::new(shared),
            started: OnceCell::new(),
            types: |registry| {
                K::describe(registry);
                V::describe(registry);
            },
        }
    }
}

impl<K: WriteValue + ReadValue, V: WriteValue + ReadValue> DataStreamer<K, V> {
    /// Adds an entry. Waits while too many batches are on their way to its node.
    ///
    /// # Errors
    /// [`StreamerError`] hands back entries added before that could not be stored; this one was not
    /// taken then. The streamer can be used on. [`Error::RequestTooLong`] for an entry that has no place
    /// in a request of [`frame_limit`](crate::ClientConfiguration::frame_limit) behind a batch of 1 MiB
    /// (or half of that limit): it may be put, or the limit raised.
    ///
    /// # Cancel safety
    /// If the future is dropped, the entry was not taken.
    pub async fn add<Q, W>(&self, key: &Q, value: &W) -> Result<(), StreamerError<K, V>>
    where
        K: Borrow<Q>,
        V: Borrow<W>,
        Q: WriteValue + ?Sized,
        W: WriteValue + ?Sized,
    {
        self.take(key, |encoder| encoder.value(value)).await
    }

    /// Adds the removal of a key, which needs
    /// [`allow_overwrite`](StreamerOptions::allow_overwrite), or a receiver, which is given no value
    /// then. Otherwise as [`add`](Self::add).
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Error::Senseless`] without those: the grid would pass over it
    /// in silence.
    ///
    /// # Cancel safety
    /// As [`add`](Self::add).
    pub async fn remove<Q>(&self, key: &Q) -> Result<(), StreamerError<K, V>>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        if !self.removes {
            return Err(self.refusal(Error::Senseless {
                operation: STREAM.name(),
                reason: "this streamer removes no keys; set StreamerOptions::allow_overwrite",
            }));
        }
        self.take(key, |_| RawValue::NULL).await
    }

    /// Sends everything that was added, and waits until it is stored.
    ///
    /// # Errors
    /// [`StreamerError`] hands back all entries that could not be stored since the last error.
    ///
    /// # Cancel safety
    /// It can be called again after it was dropped.
    pub async fn flush(&self) -> Result<(), StreamerError<K, V>> {
        let waiting = self.shared.lanes().waiting();
        for owner in waiting {
            let Some(room) = self.shared.room(owner) else {
                continue;
            };
            let permit = acquire(room).await;
            self.shared.send(owner, permit);
        }
        self.shared.sender.progress.settle().await;
        self.check_lost()
    }

    /// Stores everything that was added, and ends the streamer.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    ///
    /// # Cancel safety
    /// If the future is dropped, entries that were not sent yet are dropped with the streamer.
    pub async fn close(self) -> Result<(), StreamerError<K, V>> {
        self.flush().await
    }

    /// Takes an entry, whose value is null if it is a removal.
    async fn take<Q>(
        &self,
        key: &Q,
        value: impl Fn(&Encoder) -> RawValue,
    ) -> Result<(), StreamerError<K, V>>
    where
        Q: WriteValue + ?Sized,
    {
        let encoder = Encoder::new(self.binary().await?);
        let (raw_key, value) = (encoder.value(key), value(&encoder));
        let notes = encoder.finish(STREAM.name());
        let entry = EncodedEntry {
            key: raw_key,
            value,
            notes: notes.map_err(|error| self.refusal(error))?,
        };
        let fits = self.shared.limit.check(&entry);
        fits.map_err(|error| self.refusal(error))?;
        let owner = self.cache.client().owner(self.cache.id(), key);
        loop {
            self.check_lost()?;
            let Some(room) = self.shared.try_take(owner, &entry) else {
                return Ok(());
            };
            let permit = acquire(room).await;
            self.shared.send_full(owner, permit);
        }
    }

    /// How the cluster wants objects. The first entry asks, and starts the automatic flush.
    async fn binary(&self) -> Result<BinaryConfiguration, StreamerError<K, V>> {
        let start = || async {
            let binary = self.cache.client().binary_configuration().await?;
            let flusher = self.flush_interval.map(|interval| {
                let shared = Arc::downgrade(&self.shared);
                tokio::spawn(flush_regularly(shared, interval)).abort_handle()
            });
            Ok(Started { binary, flusher })
        };
        let started = self.started.get_or_try_init(start).await;
        match started {
            Ok(started) => Ok(started.binary),
            Err(error) => Err(self.refusal(error)),
        }
    }

    /// The error of an entry that was not taken.
    fn refusal(&self, error: Error) -> StreamerError<K, V> {
        StreamerError::new(error, Vec::new(), self.types())
    }

    fn check_lost(&self) -> Result<(), StreamerError<K, V>> {
        if !self.shared.sender.has_lost() {
            return Ok(());
        }
        let mut lost = self.shared.sender.take_lost().into_iter();
        let Some((first, error)) = lost.next() else {
            return Ok(());
        };
        let others = lost.map(|(batch, _)| batch);
        let batches: Vec<EntryBatch> = std::iter::once(first).chain(others).collect();
        Err(StreamerError::new(error, batches, self.types()))
    }

    /// The binary types of keys and values, to read lost entries without the grid.
    fn types(&self) -> TypeRegistry {
        let binary = self.started.get().map(|started| started.binary);
        let mut registry = TypeRegistry::new(binary.unwrap_or_default());
        (self.types)(&mut registry);
        registry
    }
}

impl<K, V> Drop for DataStreamer<K, V> {
    fn drop(&mut self) {
        if let Some(flusher) = self
            .started
            .get()
            .and_then(|started| started.flusher.as_ref())
        {
            flusher.abort();
        }
        let entries = self.shared.lanes().len();
        if entries > 0 {
            tracing::warn!(
                entries,
                cache = self.cache.name(),
                "a streamer was dropped with entries that were never sent; close it instead"
            );
        }
    }
}

impl<K, V> fmt::Debug for DataStreamer<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DataStreamer")
            .field("cache", &self.cache.name())
            .field("waiting", &self.shared.lanes().len())
            .finish_non_exhaustive()
    }
}
