//! Which schemas and tables there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use portway_ignite_protocol::CacheConfiguration;

use super::defined_view::DefinedView;
use super::error::{SqlError, code};
use super::table::{Table, schema_of};
use crate::engine::SqlView;

/// The schema of statements that name none.
pub(crate) const PUBLIC: &str = "PUBLIC";
/// The schema of the system views.
pub(crate) const SYSTEM: &str = "SYS";
/// The schema of what H2 shows of itself.
pub(crate) const INFORMATION_SCHEMA: &str = "INFORMATION_SCHEMA";

/// All schemas and tables, as the caches' configurations say, and the views of users.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    /// The engine's number of changes when this was read.
    pub(crate) version: u64,
    tables: BTreeMap<String, BTreeMap<String, Arc<Table>>>,
    schemas: BTreeSet<String>,
    views: BTreeMap<String, BTreeMap<String, DefinedView>>,
    /// The tables of each cache.
    of_caches: HashMap<i32, Vec<Arc<Table>>>,
}

impl Catalog {
    pub(crate) fn new(
        version: u64,
        caches: impl Iterator<Item = CacheConfiguration>,
        views: impl Iterator<Item = SqlView>,
    ) -> Self {
        let mut catalog = Self {
            version,
            ..Self::default()
        };
        catalog.schemas.insert(PUBLIC.to_owned());
        for configuration in caches {
            // A cache without tables has no schema.
            if configuration.query_entities.is_empty() {
                continue;
            }
            catalog.schemas.insert(schema_of(&configuration));
            let tables = (0..configuration.query_entities.len())
                .filter_map(|entity| Table::new(&configuration, entity));
            for table in tables.map(Arc::new) {
                let of_cache = catalog.of_caches.entry(table.cache).or_default();
                of_cache.push(Arc::clone(&table));
                let schema = catalog.tables.entry(table.schema.clone()).or_default();
                schema.insert(table.name.clone(), table);
            }
        }
        for view in views {
            let schema = catalog.views.entry(view.schema.clone()).or_default();
            schema.insert(view.name.clone(), DefinedView::new(view));
        }
        catalog
    }

    pub(crate) fn has_schema(&self, name: &str) -> bool {
        name == SYSTEM || name == INFORMATION_SCHEMA || self.schemas.contains(name)
    }

    /// The names of the schemas that hold tables of caches.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &str> {
        self.schemas.iter().map(String::as_str)
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values().flat_map(BTreeMap::values)
    }

    /// The tables of a cache.
    pub(crate) fn of_cache(&self, cache: i32) -> impl Iterator<Item = &Arc<Table>> {
        self.of_caches.get(&cache).into_iter().flatten()
    }

    /// The table if there is one.
    pub(crate) fn find(&self, schema: &str, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(schema)?.get(name)
    }

    /// The view of a user, whether or not a table hides it.
    pub(crate) fn view(&self, schema: &str, name: &str) -> Option<&DefinedView> {
        self.views.get(schema)?.get(name)
    }

    /// The view of a user, unless a table hides it.
    pub(crate) fn visible_view(&self, schema: &str, name: &str) -> Option<&DefinedView> {
        let view = self.view(schema, name)?;
        self.find(schema, name).is_none().then_some(view)
    }

    /// All views of users.
    pub(crate) fn views(&self) -> impl Iterator<Item = &DefinedView> {
        self.views.values().flat_map(BTreeMap::values)
    }

    /// Whether a table is still what it was.
    pub(crate) fn has(&self, table: &Table) -> bool {
        let known = self.find(&table.schema, &table.name);
        known.is_some_and(|known| **known == *table)
    }

    /// The table that a statement names.
    ///
    /// # Errors
    /// H2's, when there is no such table or schema.
    pub(crate) fn table(&self, schema: &str, name: &str) -> Result<&Arc<Table>, SqlError> {
        self.check_schema(schema)?;
        self.find(schema, name).ok_or_else(|| table_not_found(name))
    }

    /// # Errors
    /// H2's, when there is no such schema.
    pub(crate) fn check_schema(&self, schema: &str) -> Result<(), SqlError> {
        if self.has_schema(schema) {
            return Ok(());
        }
        let message = format!("Schema \"{schema}\" not found");
        Err(SqlError::parse(code::SCHEMA_NOT_FOUND, message))
    }
}

pub(crate) fn table_not_found(name: &str) -> SqlError {
    SqlError::parse(code::TABLE_NOT_FOUND, format!("Table \"{name}\" not found"))
}
