//! How much may be under way at once, and what becomes of the rest.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::kept::Keep;
use crate::{Code, Status};

/// The longest that a call waits for its turn unless told otherwise: who waits longer is better
/// told to go elsewhere, because the caller's patience is spent on waiting.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// How much may be under way at once, and how much may wait for that.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LimitOptions {
    concurrency: usize,
    queue: usize,
    wait: Duration,
}

impl LimitOptions {
    /// Lets `concurrency` calls be under way at once, at least one; others are refused.
    pub fn new(concurrency: usize) -> Self {
        Self {
            concurrency: concurrency.clamp(1, Semaphore::MAX_PERMITS),
            queue: 0,
            wait: DEFAULT_WAIT,
        }
    }

    /// Lets up to `calls` more calls wait for their turn, in their order. None by default.
    ///
    /// Each of them is held in memory with its message.
    #[must_use]
    pub fn queue(mut self, calls: usize) -> Self {
        self.queue = calls;
        self
    }

    /// Sets how long a call waits before it is refused nevertheless; 1 s by default.
    #[must_use]
    pub fn wait(mut self, longest: Duration) -> Self {
        self.wait = longest;
        self
    }
}

/// Counts calls under way, lets some wait, and refuses the rest; clones are the same one.
///
/// On the side of a client it stands in a [`Limit`](super::Limit); on the side of a server it is an
/// [`Intercept`](crate::Intercept)or: one for all services of a process bounds what the process does
/// at once.
#[derive(Clone)]
pub struct Limiter {
    inner: Arc<Inner>,
}

struct Inner {
    options: LimitOptions,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    refused: AtomicU64,
}

impl Limiter {
    /// Makes a limiter.
    pub fn new(options: LimitOptions) -> Self {
        let places = Arc::new(Semaphore::new(options.concurrency));
        Self {
            inner: Arc::new(Inner {
                options,
                places,
                waiting: AtomicUsize::new(0),
                refused: AtomicU64::new(0),
            }),
        }
    }

    /// Returns how many calls are under way.
    pub fn under_way(&self) -> usize {
        let inner = &*self.inner;
        inner.options.concurrency - inner.places.available_permits()
    }

    /// Returns how many calls wait.
    pub fn waiting(&self) -> usize {
        self.inner.waiting.load(Ordering::Relaxed)
    }

    /// Returns how many calls were refused so far.
    pub fn refused(&self) -> u64 {
        self.inner.refused.load(Ordering::Relaxed)
    }

    /// Takes a place, at once or after a wait.
    ///
    /// # Errors
    /// `code`, with a text that names the limits, when too many wait already, or this one waited as
    /// long as is allowed.
    ///
    /// # Cancel safety
    /// Dropping the future gives the turn to the next one.
    pub(super) async fn enter(&self, who: Side) -> Result<Place, Status> {
        if let Ok(place) = Arc::clone(&self.inner.places).try_acquire_owned() {
            return Ok(Place { _permit: place });
        }
        let entered = match Waiting::begin(&self.inner) {
            Some(_waiting) => {
                let places = Arc::clone(&self.inner.places);
                timeout(self.inner.options.wait, places.acquire_owned())
                    .await
                    .ok()
            }
            None => None,
        };
        match entered {
            // The semaphore is never closed.
            Some(Ok(place)) => Ok(Place { _permit: place }),
            _ => Err(self.refuse(who)),
        }
    }

    fn refuse(&self, who: Side) -> Status {
        self.inner.refused.fetch_add(1, Ordering::Relaxed);
        let LimitOptions {
            concurrency,
            queue,
            wait,
        } = &self.inner.options;
        let (code, side, advice) = match who {
            Side::Client => (Code::ResourceExhausted, "client", "call less at once"),
            Side::Server => (Code::Unavailable, "server", "ask another one, or later"),
        };
        Status::new(
            code,
            format!(
                "the {side} has its {concurrency} calls under way, and lets {queue} wait for up to {wait:?}: {advice}"
            ),
        )
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Limiter")
            .field("options", &self.inner.options)
            .field("under_way", &self.under_way())
            .field("waiting", &self.waiting())
            .field("refused", &self.refused())
            .finish()
    }
}

/// Who is limited, which decides what is said to those who are refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// It shall call less: nobody else could help.
    Client,
    /// Another server may have room.
    Server,
}

/// A place among the calls under way; dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Keep for Place {
    fn end(self, _result: Result<(), &Status>) {}
}

/// A place in the queue.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(inner: &'a Inner) -> Option<Self> {
        let add = |waiting| (waiting < inner.options.queue).then_some(waiting + 1);
        let order = Ordering::Relaxed;
        let entered = inner.waiting.fetch_update(order, order, add);
        entered.ok().map(|_| Self(&inner.waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
