//! How a streamer collects, sends and stores entries.

use std::num::NonZeroUsize;
use std::time::Duration;

use portway_ignite_protocol::{StreamerFlags, WriteValue};

use crate::client::Argument;

/// Long enough for the cost of a request on the server to vanish among its entries.
const BATCH_SIZE: NonZeroUsize = NonZeroUsize::new(2048).unwrap();
/// A node stores several at once, and others are on their way: with fewer it waits for us, more gain
/// nothing. It has 8 threads for clients, or as many as processors: batches that wait in all of them while
/// partitions move keep out the commits that the move waits for.
const BATCHES_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(6).unwrap();
/// As in Ignite's .NET client: a slow trickle of entries becomes visible soon.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// How a [`DataStreamer`](super::DataStreamer) collects, sends and stores entries.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamerOptions {
    pub(super) overwrites: bool,
    pub(super) skips_store: bool,
    pub(super) keeps_binary: bool,
    pub(super) batch_size: NonZeroUsize,
    pub(super) batches_in_flight: NonZeroUsize,
    pub(super) flush_interval: Option<Duration>,
    pub(super) receiver: Option<Argument<'static>>,
}

impl StreamerOptions {
    /// New keys only, through the store behind the cache, in batches of 2048 entries of which six
    /// travel to each node at once, flushed every 5 s.
    #[must_use]
    pub fn new() -> Self {
        Self {
            overwrites: false,
            skips_store: false,
            keeps_binary: false,
            batch_size: BATCH_SIZE,
            batches_in_flight: BATCHES_IN_FLIGHT,
            flush_interval: Some(FLUSH_INTERVAL),
            receiver: None,
        }
    }

    /// Sets whether entries replace those that are there. Default: they do not, and a key that has
    /// a value keeps it.
    ///
    /// Without, the grid writes each copy of a partition by itself, which is the fastest way to
    /// fill a cache; until the streamer is closed, copies may differ if a node is lost. Removals
    /// need it.
    #[must_use]
    pub fn allow_overwrite(mut self, allowed: bool) -> Self {
        self.overwrites = allowed;
        self
    }

    /// Sets whether entries stay out of the store behind the cache. Default: they go there.
    #[must_use]
    pub fn skip_store(mut self, skipped: bool) -> Self {
        self.skips_store = skipped;
        self
    }

    /// Sets whether a [`receiver`](Self::receiver) is given binary objects instead of objects of
    /// its own classes. Default: of its classes.
    #[must_use]
    pub fn keep_binary(mut self, kept: bool) -> Self {
        self.keeps_binary = kept;
        self
    }

    /// Sets how many entries travel in one request. Default: 2048. A batch is also sent when it is
    /// 1 MiB long, or half as long as a request may be
    /// ([`frame_limit`](crate::ClientConfiguration::frame_limit)).
    #[must_use]
    pub fn batch_size(mut self, entries: NonZeroUsize) -> Self {
        self.batch_size = entries;
        self
    }

    /// Sets how many batches for one node are on their way at once. Default: 6.
    ///
    /// When so many are, and the next one is full, [`add`](super::DataStreamer::add) waits: the
    /// streamer is never further ahead of a node than `batch_size` x (this + 1) entries.
    #[must_use]
    pub fn batches_in_flight_per_node(mut self, batches: NonZeroUsize) -> Self {
        self.batches_in_flight = batches;
        self
    }

    /// Sets after which time entries are sent even if their batch is not full; `None`: only by
    /// [`flush`](super::DataStreamer::flush). Default: 5 s.
    #[must_use]
    pub fn flush_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.flush_interval = interval.into();
        self
    }

    /// Lets an object of the user's put the entries into the cache, on the nodes that hold them: an
    /// instance of a Java class known to the servers that implements `StreamReceiver`.
    ///
    /// Such a class may do anything with an entry, so a batch whose connection was lost is not sent
    /// again by itself, but reported as lost.
    #[must_use]
    pub fn receiver<T>(mut self, receiver: T) -> Self
    where
        T: WriteValue + Send + Sync + 'static,
    {
        self.receiver = Some(Argument::new(receiver));
        self
    }

    pub(super) fn flags(&self) -> StreamerFlags {
        // One request stores the whole batch and leaves nothing on the server: what is answered is
        // stored, and an error is about these entries and no others. A streamer that stays open on
        // the server takes a sixth more entries a second, but its answers say neither.
        let always = StreamerFlags::FLUSH.with(StreamerFlags::CLOSE);
        [
            (self.overwrites, StreamerFlags::ALLOW_OVERWRITE),
            (self.skips_store, StreamerFlags::SKIP_STORE),
            (self.keeps_binary, StreamerFlags::KEEP_BINARY),
        ]
        .into_iter()
        .filter(|(wanted, _)| *wanted)
        .fold(always, |flags, (_, flag)| flags.with(flag))
    }
}

impl Default for StreamerOptions {
    fn default() -> Self {
        Self::new()
    }
}
