//! The caches of a grid: making, naming, removing them.

use portway_ignite_protocol::{
    CacheConfiguration, CacheHeader, CacheId, CreateCacheRequest, Feature, ReadValue, Request,
    Version, WriteValue,
};

use super::{CacheIdentity, Client, Need, NeedOf, Operation};
use crate::cache::Cache;
use crate::error::Error;

impl Client {
    /// A handle of the cache `name`. Nothing is sent: whether there is such a cache is seen by the
    /// first operation, which makes it with a handle of [`Cache::or_create`].
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
    /// of this name, [`Error::Unsupported`] for a node that does not know something that the
    /// configuration asks for, and as every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
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
        self.create(&request).await?;
        Ok(cache)
    }

    /// Creates a cache as `CREATE TABLE` would: in the schema that the configuration names, or in
    /// `PUBLIC`, where `DROP TABLE` removes it and `ALTER TABLE` changes it. The configuration needs
    /// one query entity with a table. Operation 1053.
    ///
    /// # Errors
    /// As [`create_cache`](Self::create_cache), and [`Error::Unsupported`] for a node before 2.18.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn create_table_cache<K, V>(
        &self,
        configuration: CacheConfiguration,
    ) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        let cache = self.cache(&configuration.name);
        let request = CreateCacheRequest {
            as_sql: true,
            configuration,
        };
        self.create(&request).await?;
        Ok(cache)
    }

    /// Creates a cache unless it is there. Operation 1054.
    ///
    /// The configuration of a cache that is there already is not changed.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a node that does not know something that the configuration asks
    /// for, and as every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
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
        self.get_or_create(&request).await?;
        Ok(cache)
    }

    pub(super) async fn get_or_create(&self, request: &CreateCacheRequest) -> Result<(), Error> {
        let build = |_: &_| Request::GetOrCreateCache(request.clone());
        // Harmless to repeat, so it is repeated where reads are.
        let operation = Operation::read("get_or_create_cache").needing(need(request));
        self.ask(operation, build).await
    }

    /// Creates a cache whose configuration is that of the template of its name on the servers, or
    /// the default. Operation 1051.
    ///
    /// # Errors
    /// [`Error::Server`] with [`Status::CACHE_EXISTS`](crate::Status::CACHE_EXISTS) if there is one
    /// of this name, and as every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn create_cache_with_name<K, V>(&self, name: &str) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        let operation = Operation::write("create_cache_with_name");
        let build = |_: &_| Request::CreateCacheWithName(name.to_owned());
        let () = self.ask(operation, build).await?;
        Ok(self.cache(name))
    }

    /// Creates a cache unless it is there, as
    /// [`create_cache_with_name`](Self::create_cache_with_name) does. Operation 1052.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_or_create_cache_with_name<K, V>(
        &self,
        name: &str,
    ) -> Result<Cache<K, V>, Error>
    where
        K: WriteValue + ReadValue,
        V: WriteValue + ReadValue,
    {
        self.get_or_create_with_name(name).await?;
        Ok(self.cache(name))
    }

    pub(super) async fn get_or_create_with_name(&self, name: &str) -> Result<(), Error> {
        let operation = Operation::read("get_or_create_cache_with_name");
        let build = |_: &_| Request::GetOrCreateCacheWithName(name.to_owned());
        self.ask(operation, build).await
    }

    async fn create(&self, request: &CreateCacheRequest) -> Result<(), Error> {
        let build = |_: &_| Request::CreateCache(request.clone());
        let operation = Operation::write("create_cache").needing(need(request));
        self.ask(operation, build).await
    }

    /// The names of all caches. Operation 1050.
    ///
    /// # Errors
    /// As every operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
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
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn cache_configuration(&self, name: &str) -> Result<CacheConfiguration, Error> {
        self.configuration_of(&CacheIdentity::new(name)).await
    }

    pub(crate) async fn configuration_of(
        &self,
        cache: &CacheIdentity,
    ) -> Result<CacheConfiguration, Error> {
        let header = CacheHeader::new(CacheId::of(cache.name()));
        let operation = Operation::read("cache_configuration").of_cache(cache);
        self.ask(operation, |_| Request::CacheConfiguration(header))
            .await
    }

    /// Removes a cache with all that is in it. Operation 1056.
    ///
    /// # Errors
    /// [`Error::Server`] with
    /// [`Status::CACHE_DOES_NOT_EXIST`](crate::Status::CACHE_DOES_NOT_EXIST), and as every
    /// operation of a [`Cache`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn destroy_cache(&self, name: &str) -> Result<(), Error> {
        let cache = CacheIdentity::new(name);
        let operation = Operation::write("destroy_cache").of_cache(&cache);
        let id = CacheId::of(name);
        self.ask(operation, |_| Request::DestroyCache(id)).await
    }
}

/// What a node must know to make such a cache: what it does not know would be left out. The newest
/// of what is asked for comes with the rest.
fn need(request: &CreateCacheRequest) -> Option<&'static Need> {
    let configuration = &request.configuration;
    let has_paths = !configuration.storage_paths.0.is_empty() || configuration.index_path.is_some();
    let needs = [
        (request.as_sql, &TABLES),
        (has_paths, &STORAGES),
        (configuration.expiry.is_some(), &EXPIRY),
    ];
    let asked_for = needs.into_iter().find(|(is_asked_for, _)| *is_asked_for);
    asked_for.map(|(_, need)| need)
}

const TABLES: Need = Need {
    of: NeedOf::Feature(Feature::SqlCacheCreation),
    what: "caches that are tables",
};
const STORAGES: Need = Need {
    of: NeedOf::Feature(Feature::CacheStorages),
    what: "storage paths of a cache",
};
const EXPIRY: Need = Need {
    of: NeedOf::Version(Version::V1_6),
    what: "expiry policies",
};
