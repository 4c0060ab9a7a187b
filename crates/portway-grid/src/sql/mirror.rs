//! The rows of the tables that statements have touched, in an SQLite database in memory.

mod clock;
mod schemas;

pub(crate) use clock::Stop;
pub(crate) use schemas::{Schemas, engine_types};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{RawValue, SchemaSource};
use rusqlite::{CachedStatement, Connection, params_from_iter};

use super::cell::{from_cell, to_cell};
use super::error::SqlError;
use super::functions::{self, DECIMAL_COLLATION};
use super::row;
use super::table::Table;
use super::types::SqlType;
use super::value::SqlValue;
use crate::engine::{Changed, Engine};
use clock::Clock;

/// Statements that stay prepared.
const PREPARED: usize = 128;
/// Steps of SQLite's machine between two looks at the clock: well under a millisecond.
const STEPS: i32 = 10_000;
/// Pages that SQLite keeps for sorting and grouping, as negative KiB: the rest of what a statement
/// needs goes to a temporary file.
const CACHE_KIBIBYTES: i32 = -4096;

/// The database, with what it holds.
pub(crate) struct Mirror {
    connection: Connection,
    tables: BTreeMap<(i32, usize), Arc<Table>>,
    clock: Arc<Clock>,
}

impl fmt::Debug for Mirror {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables.len();
        formatter
            .debug_struct("Mirror")
            .field("tables", &tables)
            .finish_non_exhaustive()
    }
}

impl Mirror {
    /// An empty database.
    pub(crate) fn open() -> Result<Self, SqlError> {
        Self::try_open().map_err(|error| SqlError::from_sqlite(&error))
    }

    fn try_open() -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.pragma_update(None, "case_sensitive_like", true)?;
        connection.pragma_update(None, "cache_size", CACHE_KIBIBYTES)?;
        functions::register(&connection)?;
        let clock = Arc::new(Clock::new());
        let seen = Arc::clone(&clock);
        connection.progress_handler(STEPS, Some(move || seen.ends()))?;
        Ok(Self {
            connection,
            tables: BTreeMap::new(),
            clock,
        })
    }

    /// Ends statements that run longer than this from now on.
    pub(crate) fn limit_time(&self, limit: Option<Duration>) {
        self.clock.limit(limit);
    }

    /// What ends the query that runs next or now.
    pub(crate) fn stop(&self) -> Stop {
        self.clock.stop()
    }

    /// Forgets that a query was ended.
    pub(crate) fn forget_stop(&self) {
        self.clock.forget_stop();
    }

    /// Forgets tables that are no longer what they were.
    pub(crate) fn keep(
        &mut self,
        is_same: impl Fn(&Table) -> bool,
        engine: &mut Engine,
    ) -> Result<(), SqlError> {
        let gone: Vec<(i32, usize)> = self
            .tables
            .iter()
            .filter(|(_, table)| !is_same(table))
            .map(|(id, _)| *id)
            .collect();
        for (cache, entity) in gone {
            // A cache has one list of changes: its other tables are read again too.
            let of_cache = self.tables.range((cache, 0)..=(cache, usize::MAX));
            let ids: Vec<(i32, usize)> = of_cache.map(|(id, _)| *id).collect();
            for id in ids.into_iter().chain([(cache, entity)]) {
                self.drop_table(id)?;
            }
            engine.unwatch(cache);
        }
        Ok(())
    }

    fn drop_table(&mut self, id: (i32, usize)) -> Result<(), SqlError> {
        if self.tables.remove(&id).is_some() {
            self.run(&format!("DROP TABLE {}", table_name(id.0, id.1)))?;
        }
        Ok(())
    }

    /// Brings the rows of a table up to date.
    pub(crate) fn refresh(
        &mut self,
        table: &Arc<Table>,
        engine: &mut Engine,
    ) -> Result<(), SqlError> {
        let id = (table.cache, table.entity);
        if !self.tables.contains_key(&id) {
            self.create(table)?;
            self.tables.insert(id, Arc::clone(table));
            // The list of changes does not say what was there before.
            engine.unwatch(table.cache);
        }
        let changed = engine.take_changed(table.cache);
        if changed == Changed::Keys(std::collections::BTreeSet::new()) {
            return Ok(());
        }
        let of_cache = self
            .tables
            .range((table.cache, 0)..=(table.cache, usize::MAX));
        let tables: Vec<Arc<Table>> = of_cache.map(|(_, table)| Arc::clone(table)).collect();
        self.run("BEGIN")?;
        for table in &tables {
            self.read_again(table, &changed, engine)?;
        }
        self.run("COMMIT")
    }

    fn create(&self, table: &Table) -> Result<(), SqlError> {
        let name = table_name(table.cache, table.entity);
        let mut columns = vec!["k BLOB PRIMARY KEY".to_owned()];
        for (number, column) in table.columns.iter().enumerate() {
            let collation = match column.ty {
                SqlType::Decimal => format!(" COLLATE {DECIMAL_COLLATION}"),
                _ => String::new(),
            };
            columns.push(format!("c{number}{collation}"));
        }
        self.run(&format!(
            "CREATE TABLE {name} ({}) WITHOUT ROWID",
            columns.join(", ")
        ))?;
        for (number, index) in index_columns(table).into_iter().enumerate() {
            self.run(&format!(
                "CREATE INDEX {name}_i{number} ON {name} ({index})"
            ))?;
        }
        Ok(())
    }

    fn read_again(
        &self,
        table: &Table,
        changed: &Changed,
        engine: &Engine,
    ) -> Result<(), SqlError> {
        let name = table_name(table.cache, table.entity);
        let schemas = Schemas(engine_types(engine, table));
        match changed {
            Changed::Everything => {
                self.run(&format!("DELETE FROM {name}"))?;
                for (key, value) in engine.entries_of(table.cache) {
                    self.put(table, key, value, &schemas)?;
                }
            }
            Changed::Keys(keys) => {
                for key in keys {
                    let stored = engine.stored_value(table.cache, key);
                    let is_row = match stored {
                        Some(value) => self.put(table, key, value, &schemas)?,
                        None => false,
                    };
                    if !is_row {
                        self.delete(&name, key)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Stores the row of an entry; answers whether the entry is one of the table.
    fn put(
        &self,
        table: &Table,
        key: &[u8],
        value: &[u8],
        schemas: &dyn SchemaSource,
    ) -> Result<bool, SqlError> {
        let raw = |bytes| RawValue::from_trusted_bytes(Bytes::copy_from_slice(bytes));
        let Some(row) = row::read(table, &raw(key), &raw(value), schemas) else {
            return Ok(false);
        };
        let name = table_name(table.cache, table.entity);
        let places = vec!["?"; row.len() + 1].join(", ");
        let sql = format!("INSERT OR REPLACE INTO {name} VALUES ({places})");
        let cells = row.iter().map(to_cell);
        let key = rusqlite::types::Value::Blob(key.to_vec());
        let mut statement = self.prepare(&sql)?;
        let stored = statement.execute(params_from_iter([key].into_iter().chain(cells)));
        stored.map_err(|error| SqlError::from_sqlite(&error))?;
        Ok(true)
    }

    fn delete(&self, name: &str, key: &[u8]) -> Result<(), SqlError> {
        let mut statement = self.prepare(&format!("DELETE FROM {name} WHERE k = ?"))?;
        let deleted = statement.execute([key]);
        deleted.map_err(|error| SqlError::from_sqlite(&error))?;
        Ok(())
    }

    /// Runs a statement of our own that answers nothing.
    pub(crate) fn run(&self, sql: &str) -> Result<(), SqlError> {
        let done = self.connection.execute_batch(sql);
        done.map_err(|error| SqlError::from_sqlite(&error))
    }

    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, SqlError> {
        let prepared = self.connection.prepare_cached(sql);
        prepared.map_err(|error| SqlError::from_sqlite(&error))
    }

    /// Runs a query and gives each row to `visit` as values of the given types.
    pub(crate) fn query(
        &self,
        sql: &str,
        binds: &[SqlValue],
        types: &[SqlType],
        mut visit: impl FnMut(Vec<SqlValue>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let failed = |error: rusqlite::Error| SqlError::from_sqlite(&error);
        let mut statement = self.prepare(sql)?;
        // A text that was folded away may have left values that no place stands for.
        let used = statement.parameter_count().min(binds.len());
        let cells = params_from_iter(binds[..used].iter().map(to_cell));
        let mut rows = statement.query(cells).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let cell = |(number, ty): (usize, &SqlType)| {
                let cell = row.get_ref(number).map_err(failed)?;
                Ok(from_cell(cell, *ty))
            };
            visit(
                types
                    .iter()
                    .enumerate()
                    .map(cell)
                    .collect::<Result<_, SqlError>>()?,
            )?;
        }
        Ok(())
    }

    /// The value of an expression without rows.
    pub(crate) fn evaluate(
        &self,
        expression: &str,
        binds: &[SqlValue],
        ty: SqlType,
    ) -> Result<SqlValue, SqlError> {
        let mut found = SqlValue::Null;
        self.query(&format!("SELECT {expression}"), binds, &[ty], |mut row| {
            found = row.pop().unwrap_or(SqlValue::Null);
            Ok(())
        })?;
        Ok(found)
    }
}

/// The name of the table of a query entity in SQLite.
pub(crate) fn table_name(cache: i32, entity: usize) -> String {
    format!("t{:08x}_{entity}", cache.cast_unsigned())
}

/// What the indexes of a table hold: its key columns, its affinity column, and those it declares.
fn index_columns(table: &Table) -> Vec<String> {
    let number = |name: &str| table.column(name).map(|number| format!("c{number}"));
    let key: Vec<String> = table
        .key_columns()
        .filter_map(|column| number(&column.name))
        .collect();
    let mut indexes = vec![key.join(", ")];
    indexes.extend(table.affinity.as_deref().and_then(number));
    indexes.extend(table.indexes.iter().map(|index| {
        let column = |(number, descending): &(usize, bool)| {
            let order = if *descending { " DESC" } else { "" };
            format!("c{number}{order}")
        };
        index
            .columns
            .iter()
            .map(column)
            .collect::<Vec<_>>()
            .join(", ")
    }));
    indexes.retain(|columns| !columns.is_empty());
    indexes
}
