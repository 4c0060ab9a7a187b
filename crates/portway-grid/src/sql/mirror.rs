//! The rows of the tables that statements have touched, in an SQLite database in memory.

mod clock;
mod news;
mod schemas;

pub(crate) use clock::Stop;
pub(crate) use news::{News, PART_ENTRIES};
pub(crate) use schemas::{Schemas, engine_types};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{CachedStatement, Connection, params_from_iter};

use super::array::compare::COLLATION as VALUE_COLLATION;
use super::cell::{from_cell, to_cell};
use super::error::SqlError;
use super::functions::{self, DECIMAL_COLLATION};
use super::table::Table;
use super::types::SqlType;
use super::value::SqlValue;
use crate::engine::{CopyId, Engine};
use clock::Clock;
use news::Unread;

/// Statements that stay prepared.
const PREPARED: usize = 128;
/// Steps of SQLite's machine between two looks at the clock: well under a millisecond.
const STEPS: i32 = 10_000;
/// Pages that SQLite keeps for sorting and grouping, as negative KiB: the rest of what a statement
/// needs goes to a temporary file.
const CACHE_KIBIBYTES: i32 = -4096;

/// How long bringing a table up to date may hold the grid.
const REFRESH_TIME: Duration = Duration::from_millis(2);
/// Entries that are taken in between two looks at the time.
const REFRESHED_ENTRIES: usize = 256;

/// The database, with what it holds.
pub(crate) struct Mirror {
    /// Under which the engine notes what changes.
    copy: CopyId,
    connection: Connection,
    tables: BTreeMap<(i32, usize), Arc<Table>>,
    unread: Unread,
    /// In so many refreshes writers changed more than could be read: the next may take longer.
    refreshes_behind: u32,
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
    pub(crate) fn open(copy: CopyId) -> Result<Self, SqlError> {
        Self::try_open(copy).map_err(|error| SqlError::from_sqlite(&error))
    }

    fn try_open(copy: CopyId) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.pragma_update(None, "case_sensitive_like", true)?;
        connection.pragma_update(None, "cache_size", CACHE_KIBIBYTES)?;
        functions::register(&connection)?;
        let clock = Arc::new(Clock::new());
        let seen = Arc::clone(&clock);
        connection.progress_handler(STEPS, Some(move || seen.ends()))?;
        Ok(Self {
            copy,
            connection,
            tables: BTreeMap::new(),
            unread: Unread::default(),
            refreshes_behind: 0,
            clock,
        })
    }

    /// Under which the engine notes what changes.
    pub(crate) fn copy(&self) -> CopyId {
        self.copy
    }

    /// Whether the running statement has to end now.
    pub(crate) fn ends(&self) -> bool {
        self.clock.ends()
    }

    /// Whether all tables here are what they are meant to be.
    pub(crate) fn holds_only(&self, is_same: impl Fn(&Table) -> bool) -> bool {
        self.tables.values().all(|table| is_same(table))
    }

    /// Bytes of all rows here, with their indexes.
    pub(crate) fn bytes(&self) -> u64 {
        let number = |pragma: &str| {
            let value = self
                .connection
                .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
            value
                .ok()
                .and_then(|value| u64::try_from(value).ok())
                .unwrap_or(0)
        };
        number("page_count") * number("page_size")
    }

    /// How many of these tables are here.
    pub(crate) fn count_of(&self, tables: &[Arc<Table>]) -> usize {
        let is_here = |table: &&Arc<Table>| self.tables.contains_key(&(table.cache, table.entity));
        tables.iter().filter(is_here).count()
    }

    /// Ends statements that run longer than this from now on.
    pub(crate) fn limit_time(&self, limit: Option<Duration>) {
        self.clock.limit(limit);
    }

    /// What ends the query that runs next or now.
    pub(crate) fn stop(&self) -> Stop {
        self.clock.stop()
    }

    /// Whether somebody has ended the query.
    pub(crate) fn is_stopped(&self) -> bool {
        self.clock.is_stopped()
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
            engine.unwatch(self.copy, cache);
        }
        Ok(())
    }

    fn drop_table(&mut self, id: (i32, usize)) -> Result<(), SqlError> {
        if self.tables.remove(&id).is_some() {
            self.run(&format!("DROP TABLE {}", table_name(id.0, id.1)))?;
        }
        Ok(())
    }

    /// Brings the rows of a table up to date, or a part of the way.
    ///
    /// # Errors
    /// [`SqlError::Unread`] when it takes longer than the grid may be held: then it is to be called
    /// again.
    pub(crate) fn refresh(
        &mut self,
        table: &Arc<Table>,
        engine: &mut Engine,
    ) -> Result<(), SqlError> {
        let is_known = self.tables.contains_key(&(table.cache, table.entity));
        if is_known && !self.unread.has(table.cache) && !engine.has_changed(self.copy, table.cache)
        {
            return Ok(());
        }
        let begin = Instant::now();
        let last_read = self.unread.last_of(table.cache);
        while !self.refresh_part(table, engine)? {
            if begin.elapsed() < REFRESH_TIME * (1 + self.refreshes_behind) {
                continue;
            }
            if self.unread.last_of(table.cache) == last_read {
                self.refreshes_behind += 1;
            }
            return Err(SqlError::Unread);
        }
        self.refreshes_behind = 0;
        Ok(())
    }

    fn refresh_part(&mut self, table: &Arc<Table>, engine: &mut Engine) -> Result<bool, SqlError> {
        let news = self.gather(std::slice::from_ref(table), engine, REFRESHED_ENTRIES)?;
        if let Err(error) = self.take_in(&news) {
            // What was gathered is lost: all is read again.
            let _ = self.run("ROLLBACK");
            engine.unwatch(self.copy, table.cache);
            return Err(error);
        }
        Ok(news.is_last)
    }

    fn create(&self, table: &Table) -> Result<(), SqlError> {
        let name = table_name(table.cache, table.entity);
        let mut columns = vec!["k BLOB PRIMARY KEY".to_owned()];
        for (number, column) in table.columns.iter().enumerate() {
            columns.push(format!("c{number}{}", collation(column.ty)));
        }
        columns.extend(table.plain_value().map(|ty| format!("v{}", collation(ty))));
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

/// What orders the values of a column.
fn collation(ty: SqlType) -> String {
    match ty {
        SqlType::Decimal => format!(" COLLATE {DECIMAL_COLLATION}"),
        ty if ty.is_coded() => format!(" COLLATE {VALUE_COLLATION}"),
        _ => String::new(),
    }
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
