//! The caches: created, listed, described, destroyed, and loaded at the start.

use portway_ignite_protocol::{
    AtomicityMode, CacheConfiguration, CacheId, CacheMode, Dialect, ExpiryPolicy, Features, Layout,
    QueryEntity, Reader, Version, Writer,
};

use super::batch::Batch;
use super::layout::{self, Stored};
use super::{Engine, EngineError};

/// What the engine must know of a cache at each operation. The rest lies in the table.
#[derive(Debug)]
pub(super) struct Cache {
    name: String,
    pub(super) atomicity: AtomicityMode,
    /// The policy of calls that bring none.
    pub(super) policy: Option<ExpiryPolicy>,
    /// Whether clients want its changes to be logged. Not kept: a start logs all.
    wants_log: bool,
    /// Whether its entries are rows of tables.
    has_tables: bool,
    /// Its query entities before SQL changed them. Not kept: a start gives what they are then.
    first_entities: Option<Vec<QueryEntity>>,
    /// Entries in the table, with expired ones that are not yet swept.
    pub(super) entries: u64,
}

/// What to do when a cache to be created is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfExists {
    Fail,
    Keep,
}

impl Engine {
    /// Creates a cache. Its id is the Java hash of its name.
    pub(crate) fn create_cache(
        &mut self,
        configuration: &CacheConfiguration,
        if_exists: IfExists,
    ) -> Result<(), EngineError> {
        let name = &configuration.name;
        if name.is_empty() {
            return Err(EngineError::EmptyCacheName);
        }
        let CacheId(id) = CacheId::of(name);
        if let Some(existing) = self.caches.get(&id) {
            return check_existing(existing, name, if_exists);
        }
        self.check_new_cache(configuration)?;
        let configuration = &with_copies(configuration);
        self.check_changeable_cache("start cache", configuration)?;
        let limit = self.limits.caches;
        if self.caches.len() >= limit {
            return Err(EngineError::TooManyCaches { limit });
        }
        let mut batch = Batch::default();
        batch.put(layout::cache_key(id), encode(configuration));
        self.commit(&batch)?;
        self.caches.insert(id, Cache::new(configuration));
        self.topology.minor += 1;
        self.sql_changes.note_definition();
        Ok(())
    }

    /// Gives a cache another configuration: its tables changed.
    pub(crate) fn change_configuration(
        &mut self,
        configuration: &CacheConfiguration,
    ) -> Result<(), EngineError> {
        let CacheId(id) = CacheId::of(&configuration.name);
        let before = self.cache_configuration(id)?.query_entities;
        let mut batch = Batch::default();
        batch.put(layout::cache_key(id), encode(configuration));
        self.commit(&batch)?;
        let cache = self.cache_mut(id)?;
        cache.has_tables = !configuration.query_entities.is_empty();
        cache.first_entities.get_or_insert(before);
        self.sql_changes.note_definition();
        Ok(())
    }

    /// Removes a cache with its entries. Its open scans end, its listeners hear nothing more.
    pub(crate) fn destroy_cache(&mut self, id: i32) -> Result<(), EngineError> {
        let configuration = self.cache_configuration(id)?;
        self.check_changeable_cache("dynamic destroy cache", &configuration)?;
        let prefix = layout::entry_prefix(id);
        let mut batch = Batch::default();
        batch.delete_prefix(prefix);
        batch.delete(layout::cache_key(id));
        self.commit(&batch)?;
        self.caches.remove(&id);
        self.topology.minor += 1;
        self.expiry.remove_prefix(&prefix);
        self.transactions.removed_prefix(&prefix);
        self.listeners.remove_cache(id);
        self.sql_changes.note_definition();
        Ok(())
    }

    /// Whether clients want the changes of a cache to be logged. They are, whatever these want.
    pub(crate) fn wants_log(&self, id: i32) -> bool {
        self.cache(id).is_ok_and(|cache| cache.wants_log)
    }

    /// Notes whether clients want that, and answers whether it is news.
    pub(crate) fn want_log(&mut self, id: i32, wanted: bool) -> bool {
        let Ok(cache) = self.cache_mut(id) else {
            return false;
        };
        std::mem::replace(&mut cache.wants_log, wanted) != wanted
    }

    /// Whether the entries of a cache are rows of tables.
    pub(crate) fn has_tables(&self, id: i32) -> bool {
        self.cache(id).is_ok_and(|cache| cache.has_tables)
    }

    /// The names of all caches.
    pub(crate) fn cache_names(&self) -> impl Iterator<Item = &str> {
        self.caches.values().map(|cache| cache.name.as_str())
    }

    pub(crate) fn cache_count(&self) -> usize {
        self.caches.len()
    }

    /// Entries of all caches, with expired ones that are not yet swept.
    pub(crate) fn entry_count(&self) -> u64 {
        self.caches.values().map(|cache| cache.entries).sum()
    }

    /// The configuration that clients are told. As on a node, its query entities are those that the
    /// cache was created or started with, whatever columns and indexes SQL has given it since.
    pub(crate) fn told_configuration(&self, id: i32) -> Result<CacheConfiguration, EngineError> {
        let mut configuration = self.cache_configuration(id)?;
        if let Some(entities) = &self.cache(id)?.first_entities {
            configuration.query_entities.clone_from(entities);
        }
        Ok(configuration)
    }

    /// The configuration of a cache, with its tables as they are now.
    pub(crate) fn cache_configuration(&self, id: i32) -> Result<CacheConfiguration, EngineError> {
        let stored = self.table.get(&layout::cache_key(id));
        decode(stored.ok_or(EngineError::CacheNotFound(id))?)
    }

    pub(super) fn cache(&self, id: i32) -> Result<&Cache, EngineError> {
        self.caches.get(&id).ok_or(EngineError::CacheNotFound(id))
    }

    pub(super) fn cache_mut(&mut self, id: i32) -> Result<&mut Cache, EngineError> {
        self.caches
            .get_mut(&id)
            .ok_or(EngineError::CacheNotFound(id))
    }

    pub(super) fn load_caches(&mut self) -> Result<(), EngineError> {
        for (_, value) in self.table.with_prefix(layout::ALL_CACHES) {
            let configuration = decode(value)?;
            let CacheId(id) = CacheId::of(&configuration.name);
            self.caches.insert(id, Cache::new(&configuration));
            self.topology.minor += 1;
        }
        Ok(())
    }

    /// Counts the entries and indexes those that will expire.
    pub(super) fn load_entries(&mut self) -> Result<(), EngineError> {
        for (_, entry) in self.table.entries_behind(None) {
            if !entry.key.starts_with(layout::ALL_ENTRIES) {
                continue;
            }
            let id = layout::split_entry_key(entry.key).map(|(id, _)| id);
            let cache = id.and_then(|id| self.caches.get_mut(&id));
            let (Some(cache), Some(stored)) = (cache, Stored::decode(entry.value)) else {
                return Err(EngineError::Unreadable("an entry"));
            };
            cache.entries += 1;
            self.expiry.insert(stored.expires_at, entry.key);
        }
        Ok(())
    }
}

fn check_existing(existing: &Cache, name: &str, if_exists: IfExists) -> Result<(), EngineError> {
    if existing.name != name {
        return Err(EngineError::CacheIdTaken(
            existing.name.clone(),
            name.to_owned(),
        ));
    }
    match if_exists {
        IfExists::Fail => Err(EngineError::CacheExists(name.to_owned())),
        IfExists::Keep => Ok(()),
    }
}

impl Cache {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn new(configuration: &CacheConfiguration) -> Self {
        Self {
            name: configuration.name.clone(),
            atomicity: configuration.atomicity,
            policy: configuration.expiry,
            wants_log: true,
            has_tables: !configuration.query_entities.is_empty(),
            first_entities: None,
            entries: 0,
        }
    }
}

/// A replicated cache has as many copies as there are nodes, whatever number it was made with.
fn with_copies(configuration: &CacheConfiguration) -> CacheConfiguration {
    let mut configuration = configuration.clone();
    if configuration.mode == CacheMode::Replicated {
        configuration.backups = i32::MAX;
    }
    configuration
}

/// The dialect of stored configurations: it must not change with what clients negotiate.
const STORED: Dialect = Dialect {
    version: Version::V1_7,
    features: Features::NONE,
};

fn encode(configuration: &CacheConfiguration) -> Vec<u8> {
    let mut writer = Writer::new().with_dialect(STORED);
    configuration.encode(&mut writer);
    writer.as_bytes().to_vec()
}

fn decode(stored: &[u8]) -> Result<CacheConfiguration, EngineError> {
    let decoded = CacheConfiguration::decode(&mut Reader::new(stored).with_dialect(STORED));
    decoded.map_err(|_| EngineError::Unreadable("a cache's configuration"))
}
