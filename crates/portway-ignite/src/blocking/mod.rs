//! The same client for programs that wait: a face over the asynchronous one, whose tasks run on a
//! thread of their own.
//!
//! Each method waits for its asynchronous namesake, which documents operation, errors and limits.
//! All types are a [`Blocking`] around the asynchronous one; cursors and event streams are
//! iterators. For what has no namesake here there is [`Blocking::wait`].
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
mod client;
mod code;
mod cursors;
mod methods;
mod near;
mod streamer;
mod structures;
mod transaction;

use std::fmt;
use std::sync::Arc;

use background::Background;

pub use cache::Cache;
pub use client::{Client, Cluster, NodeGroup};
pub use code::{Compute, RunningTask, Service};
pub use cursors::{Cursor, EventStream, SetCursor, SqlCursor, Watch};
pub use near::NearCache;
pub use streamer::DataStreamer;
pub use structures::{AtomicLong, IgniteSet};
pub use transaction::Transaction;

/// Something asynchronous whose operations are waited for.
///
/// All that comes of one [`Client`] shares one thread, which serves sockets and timers and ends
/// with the last of them. Cloning is as cheap as cloning what is inside.
#[derive(Clone)]
pub struct Blocking<T> {
    inner: T,
    background: Arc<Background>,
}

impl<T> Blocking<T> {
    /// What is inside.
    ///
    /// ```no_run
    /// # fn example(near: portway_ignite::blocking::NearCache<i64, String>) {
    /// let inner = near.asynchronous();
    /// let changed = near.wait(inner.changing([&1], inner.cache().replace(&1, "new")));
    /// # }
    /// ```
    #[must_use]
    pub fn asynchronous(&self) -> &T {
        &self.inner
    }

    /// Runs a future on this thread; sockets and timers are served by the one of the client.
    pub fn wait<R>(&self, future: impl Future<Output = R>) -> R {
        self.background.wait(future)
    }

    /// The same face for something that came of this.
    fn face<U>(&self, inner: U) -> Blocking<U> {
        Blocking {
            inner,
            background: self.background.clone(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Blocking<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(formatter)
    }
}
