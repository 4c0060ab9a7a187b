//! The same client for programs that wait: a face over the asynchronous one, whose tasks run on a
//! thread of their own.
//!
//! Each method waits for its asynchronous namesake, which documents operation, errors and limits.
//!
//! ```
//! use portway_ignite::{CacheConfiguration, ClientConfiguration, ScanQuery, blocking};
//!
//! # fn example(address: &str) -> Result<(), portway_ignite::Error> {
//! let client = blocking::Client::connect(ClientConfiguration::new([address]))?;
//! let cache = client.get_or_create_cache::<String, i32>(CacheConfiguration::new("numbers"))?;
//! cache.put("one", &1)?;
//! assert_eq!(cache.get("one")?, Some(1));
//! for entry in cache.scan(ScanQuery::new())? {
//!     let (name, number) = entry?;
//!     println!("{name}: {number}");
//! }
//! # Ok(())
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use portway_grid::{Grid, GridConfiguration, Listener};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # let listener = runtime.block_on(Listener::bind_tcp("127.0.0.1:0"))?;
//! # let address = listener.address().to_string();
//! # std::thread::spawn(move || runtime.block_on(async {
//! #     let grid = Grid::open(GridConfiguration::in_memory()).expect("an empty grid opens");
//! #     grid.serve(listener);
//! #     std::future::pending::<()>().await;
//! # }));
//! # example(&address)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Panics
//! All methods panic inside of an asynchronous task: waiting there would stop its whole thread.

mod background;
mod cache;
mod sql;
mod streams;

use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{CacheConfiguration, ClusterState, ReadValue, WriteValue};

use crate::configuration::ClientConfiguration;
use crate::error::Error;
use crate::topology::ConnectionState;

use background::Background;

pub use cache::Cache;
pub use sql::SqlCursor;
pub use streams::{Cursor, EventStream};

/// A client of a grid. Cloning it is cheap, and the clones share one connection and one thread,
/// which ends with the last of them and of their caches and streams.
#[derive(Clone)]
pub struct Client {
    inner: crate::Client,
    background: Arc<Background>,
}

impl Client {
    /// Waits for [`Client::connect`](crate::Client::connect).
    ///
    /// # Errors
    /// As that, and [`Error::Background`].
    pub fn connect(configuration: ClientConfiguration) -> Result<Self, Error> {
        let background = Background::start()?;
        let inner = background.wait(crate::Client::connect(configuration))?;
        Ok(Self {
            inner,
            background: Arc::new(background),
        })
    }

    /// Whether the grid is there now.
    #[must_use]
    pub fn connection_state(&self) -> ConnectionState {
        self.inner.connection_state().borrow().clone()
    }

    /// See [`Client::cache`](crate::Client::cache).
    #[must_use]
    pub fn cache<K, V>(&self, name: &str) -> Cache<K, V>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        Cache::new(self.inner.cache(name), self.background.clone())
    }

    /// Waits for [`Client::create_cache`](crate::Client::create_cache).
    ///
    /// # Errors
    /// As that.
    pub fn create_cache<K, V>(
        &self,
        configuration: CacheConfiguration,
    ) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        let inner = self
            .background
            .wait(self.inner.create_cache(configuration))?;
        Ok(Cache::new(inner, self.background.clone()))
    }

    /// Waits for [`Client::get_or_create_cache`](crate::Client::get_or_create_cache).
    ///
    /// # Errors
    /// As that.
    pub fn get_or_create_cache<K, V>(
        &self,
        configuration: CacheConfiguration,
    ) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        let inner = self
            .background
            .wait(self.inner.get_or_create_cache(configuration))?;
        Ok(Cache::new(inner, self.background.clone()))
    }

    /// Waits for [`Client::cache_names`](crate::Client::cache_names).
    ///
    /// # Errors
    /// As that.
    pub fn cache_names(&self) -> Result<Vec<String>, Error> {
        self.background.wait(self.inner.cache_names())
    }

    /// Waits for [`Client::cache_configuration`](crate::Client::cache_configuration).
    ///
    /// # Errors
    /// As that.
    pub fn cache_configuration(&self, name: &str) -> Result<CacheConfiguration, Error> {
        self.background.wait(self.inner.cache_configuration(name))
    }

    /// Waits for [`Client::destroy_cache`](crate::Client::destroy_cache).
    ///
    /// # Errors
    /// As that.
    pub fn destroy_cache(&self, name: &str) -> Result<(), Error> {
        self.background.wait(self.inner.destroy_cache(name))
    }

    /// Waits for [`Client::cluster_state`](crate::Client::cluster_state).
    ///
    /// # Errors
    /// As that.
    pub fn cluster_state(&self) -> Result<ClusterState, Error> {
        self.background.wait(self.inner.cluster_state())
    }

    /// Waits for [`Client::change_cluster_state`](crate::Client::change_cluster_state).
    ///
    /// # Errors
    /// As that.
    pub fn change_cluster_state(&self, state: ClusterState) -> Result<(), Error> {
        self.background.wait(self.inner.change_cluster_state(state))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(formatter)
    }
}
