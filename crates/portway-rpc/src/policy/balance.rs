//! Calls that are balanced over several servers.

use std::{fmt, future::poll_fn, hash::Hash, pin::pin, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures_core::Stream;
use tokio::{sync::watch, time::Instant};

use super::{
    Backoff,
    endpoint::{Endpoint, UnderWay},
    kept::keep,
    random::Random,
};
use crate::{Call, Method, Open, Request, Status, Streams, in_process::Aborting};

/// How long an answer counts in the average of a server's latency, as in Finagle.
const MEMORY: Duration = Duration::from_secs(10);

/// How long a server that failed is left alone: from 100 ms, doubled up to 10 s.
const ASIDE: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));

/// What becomes of the servers that calls are balanced over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server comes or goes")]
pub enum Change<K, C> {
    /// There is a server of this key; one of the same key is replaced.
    Insert(K, C),
    /// The server of this key is gone. Calls that are under way to it go on.
    Remove(K),
}

/// How calls are balanced.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BalanceOptions {
    pub(super) memory: Duration,
    pub(super) aside: Backoff,
    seed: Option<u64>,
}

impl Default for BalanceOptions {
    fn default() -> Self {
        Self {
            memory: MEMORY,
            aside: ASIDE,
            seed: None,
        }
    }
}

impl BalanceOptions {
    /// Starts with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long an answer counts in the average of a server's latency; 10 s by default.
    #[must_use]
    pub fn memory(mut self, memory: Duration) -> Self {
        self.memory = memory.max(Duration::from_millis(1));
        self
    }

    /// Sets how long a server that could not be reached is left alone; from 100 ms up to 10 s by
    /// default.
    #[must_use]
    pub fn aside(mut self, aside: Backoff) -> Self {
        self.aside = aside;
        self
    }

    /// Makes the choices repeatable, for tests.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

/// A channel that balances its calls over several servers; clones share what they know of them.
///
/// Of two servers that are drawn, a call goes to the one that is less loaded: by the calls that are
/// under way to it, times how long its answers took lately, where a peak counts at once. That finds
/// out a slow server after its first slow answer, and no client needs to know of others ("power of
/// two choices" with a peak-sensitive average).
///
/// A server whose calls fail with [`Code::Unavailable`](crate::Code::Unavailable) is left alone for
/// a while, then tried with one call. When none is well, all are tried. When there is none at all, a
/// call fails at once with that code: [`ready`](Self::ready) waits for the first one. A call is not
/// repeated; a [`Retry`](super::Retry) around this channel repeats it at another server.
pub struct Balance<K, C> {
    shared: Arc<Shared<K, C>>,
    /// Follows the changes.
    follower: Option<Arc<Aborting<()>>>,
    known: watch::Receiver<usize>,
}

struct Shared<K, C> {
    endpoints: ArcSwap<Vec<Arc<Endpoint<K, C>>>>,
    random: Random,
    options: BalanceOptions,
}

impl<K, C> Balance<K, C>
where
    K: Eq + Hash + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    /// Balances over the servers that `changes` tells of, in a task of its own; those that are left
    /// when it ends stay.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn new(
        changes: impl Stream<Item = Change<K, C>> + Send + 'static,
        options: BalanceOptions,
    ) -> Self {
        let (count, known) = watch::channel(0);
        let shared = Arc::new(Shared::new(Vec::new(), options));
        let following = follow(Arc::clone(&shared), changes, count);
        Self {
            shared,
            follower: Some(Arc::new(Aborting(tokio::spawn(following)))),
            known,
        }
    }

    /// Balances over servers that stay the same.
    pub fn of(servers: impl IntoIterator<Item = (K, C)>, options: BalanceOptions) -> Self {
        let endpoint = |(key, channel)| Arc::new(Endpoint::new(key, channel, &options));
        let endpoints: Vec<_> = servers.into_iter().map(endpoint).collect();
        let (_, known) = watch::channel(endpoints.len());
        Self {
            shared: Arc::new(Shared::new(endpoints, options)),
            follower: None,
            known,
        }
    }

    /// Waits until there is a server.
    ///
    /// # Errors
    /// [`Code::Unavailable`](crate::Code::Unavailable) if there is none, and no changes come any more.
    ///
    /// # Cancel safety
    /// The future may be dropped at any time.
    pub async fn ready(&self) -> Result<(), Status> {
        let mut known = self.known.clone();
        known
            .wait_for(|count| *count > 0)
            .await
            .map_err(|_| nobody())?;
        Ok(())
    }
}

impl<K, C> Balance<K, C> {
    /// Returns how many servers there are.
    pub fn len(&self) -> usize {
        self.shared.endpoints.load().len()
    }

    /// Tells whether there is no server.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K, C> Shared<K, C> {
    fn new(endpoints: Vec<Arc<Endpoint<K, C>>>, options: BalanceOptions) -> Self {
        Self {
            endpoints: ArcSwap::from_pointee(endpoints),
            random: Random::new(options.seed),
            options,
        }
    }

    /// Chooses a server and begins a call to it.
    fn begin(&self) -> Result<(Arc<Endpoint<K, C>>, UnderWay), Status> {
        let (endpoints, now) = (self.endpoints.load(), Instant::now());
        let [first, second] = self.draw(&endpoints, now).ok_or_else(nobody)?;
        let less = first.load(now) <= second.load(now);
        let chosen = Arc::clone(if less { first } else { second });
        let under_way = chosen.begin(now);
        Ok((chosen, under_way))
    }

    /// Draws two servers that are well, different ones if there are; any two if none is well.
    fn draw<'a>(
        &self,
        endpoints: &'a [Arc<Endpoint<K, C>>],
        now: Instant,
    ) -> Option<[&'a Arc<Endpoint<K, C>>; 2]> {
        let count = endpoints.len();
        if count < 2 {
            return endpoints.first().map(|only| [only, only]);
        }
        let first = self.random.below(count);
        let second = (first + 1 + self.random.below(count - 1)) % count;
        // One that is not well is replaced by the next one that is.
        let find = |start: usize, other: Option<usize>| {
            let round = (0..count).map(|step| (start + step) % count);
            round
                .filter(|place| Some(*place) != other)
                .find(|place| endpoints[*place].is_well(now))
        };
        let well = find(first, None);
        let places = match well {
            Some(one) => [one, find(second, well).unwrap_or(one)],
            None => [first, second],
        };
        Some(places.map(|place| &endpoints[place]))
    }
}

fn nobody() -> Status {
    Status::unavailable("there is no server to call: none is known, or the last one is gone")
}

/// Takes the changes over as they come.
async fn follow<K: Eq, C>(
    shared: Arc<Shared<K, C>>,
    changes: impl Stream<Item = Change<K, C>>,
    count: watch::Sender<usize>,
) {
    let mut changes = pin!(changes);
    while let Some(change) = poll_fn(|task| changes.as_mut().poll_next(task)).await {
        let mut endpoints = Vec::clone(&shared.endpoints.load());
        match change {
            Change::Insert(key, channel) => {
                endpoints.retain(|endpoint| endpoint.key != key);
                let endpoint = Endpoint::new(key, channel, &shared.options);
                endpoints.push(Arc::new(endpoint));
            }
            Change::Remove(key) => endpoints.retain(|endpoint| endpoint.key != key),
        }
        let length = endpoints.len();
        shared.endpoints.store(Arc::new(endpoints));
        count.send_replace(length);
    }
}

impl<M, K, C> Call<M> for Balance<K, C>
where
    M: Method,
    K: Send + Sync,
    C: Call<M>,
{
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (endpoint, under_way) = self.shared.begin()?;
        let result = endpoint.channel.call(request).await;
        under_way.note(result.as_ref().map(drop));
        result
    }
}

impl<M, K, C> Open<M> for Balance<K, C>
where
    M: Method,
    K: Send + Sync,
    C: Open<M>,
{
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        let (endpoint, under_way) = self.shared.begin()?;
        match endpoint.channel.open(request).await {
            Ok((sending, receiving)) => Ok((sending, keep(receiving, under_way))),
            Err(status) => {
                under_way.note(Err(&status));
                Err(status)
            }
        }
    }
}

impl<K, C> Clone for Balance<K, C> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            follower: self.follower.clone(),
            known: self.known.clone(),
        }
    }
}

impl<K, C> fmt::Debug for Balance<K, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Balance")
            .field("servers", &self.len())
            .field("follows", &self.follower.is_some())
            .finish_non_exhaustive()
    }
}
