//! Creating, describing and destroying caches, 1050 to 1056.

use portway_ignite_protocol::{CacheConfiguration, CacheId, ServerError};

use super::Context;
use super::answer::{Body, body};
use crate::engine::IfExists;
use crate::sql::normalized;

impl Context<'_> {
    pub(super) fn cache_names(&self) -> Result<Body, ServerError> {
        let names: Vec<String> = self.engine.cache_names().map(str::to_owned).collect();
        Ok(body(&names, self.dialect))
    }

    pub(super) fn create_by_name(
        &mut self,
        name: String,
        if_exists: IfExists,
    ) -> Result<Body, ServerError> {
        self.create(&CacheConfiguration::new(name), if_exists)
    }

    pub(super) fn create(
        &mut self,
        configuration: &CacheConfiguration,
        if_exists: IfExists,
    ) -> Result<Body, ServerError> {
        let named = self.named(configuration)?;
        self.engine.create_cache(&named, if_exists)?;
        self.done()
    }

    /// A new cache's configuration with the names of its tables.
    fn named(&self, configuration: &CacheConfiguration) -> Result<CacheConfiguration, ServerError> {
        let is_there = self
            .engine
            .cache_names()
            .any(|name| name == configuration.name);
        if is_there || configuration.query_entities.is_empty() {
            return Ok(configuration.clone());
        }
        let others = self.engine.configurations()?.into_iter();
        Ok(normalized(configuration, others)?)
    }

    pub(super) fn configuration(&self, CacheId(cache): CacheId) -> Result<Body, ServerError> {
        Ok(body(&self.engine.told_configuration(cache)?, self.dialect))
    }

    pub(super) fn destroy(&mut self, CacheId(cache): CacheId) -> Result<Body, ServerError> {
        self.engine.destroy_cache(cache)?;
        self.done()
    }
}
