//! The caches of a grid: making, naming, removing them.

use portway_ignite_protocol::{
    CacheConfiguration, CacheHeader, CacheId, CreateCacheRequest, ReadValue, Request, WriteValue,
};

use super::{Client, Operation};
use crate::cache::Cache;
use crate::error::Error;

impl Client {
    /// A handle of the cache `name`. Nothing is sent: whether there is such a cache is seen by the
    /// first operation.
    #[must_use]
    pub fn cache<K, V>(&self, name: &str) -> Cache<K, V>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        Cache::new(self.clone(), name)
    }

    /// Creates a cache. Operation 1053.
    ///
    /// # Errors
    /// [`Error::Server`] with [`Status::CACHE_EXISTS`](crate::Status::CACHE_EXISTS) if there is one
    /// of this name, and as every operation of a [`Cache`].
    pub async fn create_cache<K, V>(
        &self,
        configuration: CacheConfiguration,
    ) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        let cache = self.cache(&configuration.name);
        let request = CreateCacheRequest::new(configuration);
        let build = |_: &_| Request::CreateCache(request.clone());
        let () = self.ask(Operation::write("create_cache"), build).await?;
        Ok(cache)
    }

    /// Creates a cache unless it is there. Operation 1054.
    ///
    /// The configuration of a cache that is there already is not changed.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    pub async fn get_or_create_cache<K, V>(
        &self,
        configuration: CacheConfiguration,
    ) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        let cache = self.cache(&configuration.name);
        let request = CreateCacheRequest::new(configuration);
        let build = |_: &_| Request::GetOrCreateCache(request.clone());
        // Harmless to repeat, so it is repeated where reads are.
        let () = self
            .ask(Operation::read("get_or_create_cache"), build)
            .await?;
        Ok(cache)
    }

    /// The names of all caches. Operation 1050.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    pub async fn cache_names(&self) -> Result<Vec<String>, Error> {
        self.ask(Operation::read("cache_names"), |_| Request::CacheNames(()))
            .await
    }

    /// The configuration of a cache. Operation 1055.
    ///
    /// # Errors
    /// [`Error::Server`] with
    /// [`Status::CACHE_DOES_NOT_EXIST`](crate::Status::CACHE_DOES_NOT_EXIST), and as every
    /// operation of a [`Cache`].
    pub async fn cache_configuration(&self, name: &str) -> Result<CacheConfiguration, Error> {
        let header = CacheHeader::new(CacheId::of(name));
        let operation = Operation::read("cache_configuration");
        self.ask(operation, |_| Request::CacheConfiguration(header))
            .await
    }

    /// Removes a cache with all that is in it. Operation 1056.
    ///
    /// # Errors
    /// [`Error::Server`] with
    /// [`Status::CACHE_DOES_NOT_EXIST`](crate::Status::CACHE_DOES_NOT_EXIST), and as every
    /// operation of a [`Cache`].
    pub async fn destroy_cache(&self, name: &str) -> Result<(), Error> {
        let cache = CacheId::of(name);
        self.ask(Operation::write("destroy_cache"), |_| {
            Request::DestroyCache(cache)
        })
        .await
    }
}
