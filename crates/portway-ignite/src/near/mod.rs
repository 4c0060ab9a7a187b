//! A bounded copy of the used part of a cache in this process, kept fresh by the grid.
//!
//! ```text
//! get ──► part by hash ──known──► Arc<V>, without the grid
//!              │  └─not known──► one question for all who ask ──► kept if still true
//!              ▲
//!              └── dropped: keys of events ◄── follower task ◄── Watch (continuous query)
//!                  everything: gaps
//! ```

mod follow;
mod options;
mod part;
mod reads;
mod shared;
mod statistics;
mod table;
mod writes;

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{CacheConfiguration, CacheMode, RawValue, ReadValue, WriteValue};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::cache::{Cache, WatchOptions};
use crate::error::Error;
use follow::Follower;
use shared::Shared;

pub use options::{NearOptions, WeakCaches};
pub use statistics::NearStatistics;

/// How long a node is given to begin to tell changes before anything is kept: one that it did not
/// tell would be believed until the next of its key.
const SETTLING: Duration = Duration::from_millis(100);

/// A cache whose used entries are kept in this process, so that reading them again asks nobody.
///
/// A read of a known key takes well below a microsecond ([`peek`](Self::peek),
/// [`get`](Self::get)). The grid tells each change by a continuous query, and what changed is
/// dropped. Keys without value are known, too. Cloning it is cheap; all clones share what is kept.
/// Dropping the last one ends the query.
///
/// ```
/// # use portway_ignite::{Cache, Error, NearOptions};
/// # use std::num::NonZeroUsize;
/// # async fn example(cache: Cache<i64, String>) -> Result<(), Error> {
/// let options = NearOptions::new().max_entries(NonZeroUsize::new(100_000).unwrap());
/// let near = cache.near(options).await?;
/// let first = near.get(&1).await?; // asks the grid
/// let again = near.get(&1).await?; // does not
/// println!("{:?}", near.statistics());
/// # Ok(())
/// # }
/// ```
///
/// # What a read may see
#[doc = include_str!("promise.md")]
pub struct NearCache<K, V> {
    cache: Cache<K, V>,
    /// The same cache, to see how long values are.
    raw_values: Cache<K, RawValue>,
    shared: Arc<Shared<K, V>>,
}

impl<K, V> Cache<K, V>
where
    K: WriteValue + ReadValue + Hash + Eq + Send + Sync + 'static,
    V: WriteValue + ReadValue + Send + Sync + 'static,
{
    /// Makes a near cache of this cache. Operations 1055 and 2006. It takes 0.1 s: so long a node is
    /// given to begin to tell changes, so that none is missed.
    ///
    /// It reads and writes as this handle does, expiry policy included, but outside of any
    /// transaction. A policy that renews
    /// entries by being read is not told of reads that the near cache answers.
    ///
    /// # Errors
    /// [`Error::WeakNearCache`] for a cache whose configuration weakens the promise (see
    /// [`NearOptions::weak_caches`]), and as [`watch`](Self::watch).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn near(&self, options: NearOptions) -> Result<NearCache<K, V>, Error> {
        if options.weak == WeakCaches::Refused {
            let client = self.client();
            let configuration = client.configuration_of(self.identity()).await?;
            if let Some(reason) = weakness(&configuration) {
                let cache = self.name().into();
                return Err(Error::WeakNearCache { cache, reason });
            }
        }
        let (alive, dropped) = oneshot::channel();
        let shared = Arc::new(Shared::new(&options, alive));
        let watch = self.retyped().watch(watching()).await?;
        sleep(SETTLING).await;
        shared.follow(true);
        let follower = Follower::new(self.retyped(), watch, Arc::downgrade(&shared));
        tokio::spawn(follower.run(dropped));
        Ok(NearCache {
            cache: self.outside(),
            raw_values: self.retyped(),
            shared,
        })
    }
}

impl<K, V> NearCache<K, V> {
    /// The cache behind it. What is written through it is seen here once the grid tells of it.
    #[must_use]
    pub fn cache(&self) -> &Cache<K, V> {
        &self.cache
    }

    /// What it did and what it holds.
    #[must_use]
    pub fn statistics(&self) -> NearStatistics {
        self.shared.statistics()
    }
}

/// How a near cache follows its cache: it would rather forget too much than know what is not true.
fn watching() -> WatchOptions {
    WatchOptions::new().gaps_at_once()
}

/// Why the full promise cannot be kept for a cache.
fn weakness(configuration: &CacheConfiguration) -> Option<&'static str> {
    let has_backups = configuration.mode == CacheMode::Replicated || configuration.backups > 0;
    if has_backups && configuration.read_from_backup {
        return Some("it is read from backups, too: set read_from_backup to false");
    }
    if !configuration.eager_ttl {
        return Some("it tells late of expired entries: set eager_ttl to true");
    }
    None
}

impl<K, V> Clone for NearCache<K, V> {
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            raw_values: self.raw_values.clone(),
            shared: self.shared.clone(),
        }
    }
}

impl<K, V> fmt::Debug for NearCache<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NearCache")
            .field("cache", &self.cache.name())
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
