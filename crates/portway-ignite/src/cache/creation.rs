//! Handles that make their cache when it is missing.

use std::sync::Arc;

use portway_ignite_protocol::{CacheConfiguration, CreateCacheRequest};

use super::Cache;
use crate::client::CacheIdentity;

impl<K, V> Cache<K, V> {
    /// A handle of the same cache, which makes it when a node says that there is none, with the
    /// configuration of the template of its name or the default. Operation 1052, when it is needed.
    ///
    /// Nothing is asked while the cache is there: a program that begins so makes one round trip
    /// less than with
    /// [`get_or_create_cache_with_name`](crate::Client::get_or_create_cache_with_name). And it lasts:
    /// a grid whose nodes were all restarted has lost the caches that it keeps in memory. Operations
    /// of such a handle, and what is made of it (streamers, watches, near caches), go on with a new,
    /// empty one.
    ///
    /// An operation that finds no cache has changed nothing, so it is repeated whatever the
    /// [`RetryPolicy`](crate::RetryPolicy) is. It waits for the making within its own time-out, and
    /// fails with the error of that. Inside of a transaction no cache is made, since the nodes make
    /// one only when the transactions under way are over: there a missing one is an error as ever.
    ///
    /// ```no_run
    /// # async fn greet(client: portway_ignite::Client) -> Result<(), portway_ignite::Error> {
    /// let greetings = client.cache::<i64, String>("greetings").or_create();
    /// greetings.put(&1, "Hello, grid!").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn or_create(&self) -> Self {
        self.with_identity(self.identity.or_create(None))
    }

    /// As [`or_create`](Self::or_create), with this configuration. Its name does not count: the
    /// cache gets that of the handle. Operation 1054, when it is needed.
    #[must_use]
    pub fn or_create_as(&self, mut configuration: CacheConfiguration) -> Self {
        self.name().clone_into(&mut configuration.name);
        let request = CreateCacheRequest::new(configuration);
        self.with_identity(self.identity.or_create(Some(request)))
    }

    fn with_identity(&self, identity: Arc<CacheIdentity>) -> Self {
        Self {
            identity,
            ..self.clone()
        }
    }
}
