//! Queries, and their rows as they are sent.

use std::sync::Arc;

use portway_ignite_protocol::{RawValue, Writer, tag};
use sqlparser::ast::Query;

use super::Run;
use super::plan::Plan;
use super::running::{INLINE_TIME, Long, Work, found_or_long};
use crate::engine::{EncodedRows, Engine, PARTITIONS};
use crate::sql::error::{SqlError, state};
use crate::sql::mirror::{Mirror, table_name};
use crate::sql::table::Table;
use crate::sql::translate::Translated;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;
use crate::sql::views;

/// The rows of a query, encoded.
#[derive(Debug, Default)]
pub(crate) struct ResultSet {
    pub(crate) columns: Arc<[String]>,
    rows: Writer,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl ResultSet {
    pub(crate) fn new(columns: Arc<[String]>) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut Writer)) {
        write(&mut self.rows);
        self.ends.push(self.rows.position());
    }

    /// The rows to be fetched page by page.
    pub(crate) fn into_rows(self, page_size: usize) -> EncodedRows {
        EncodedRows::new(self.rows.into_buffer(), self.ends, page_size)
    }
}

/// A query with its arguments, and with rows that are up to date.
#[derive(Debug)]
pub(crate) struct Prepared {
    plan: Arc<Plan>,
    binds: Vec<SqlValue>,
    /// In place of the plan's, for some partitions alone.
    text: Option<String>,
}

impl Prepared {
    /// Carries the query out. `engine` holds the entries that it asks for whole.
    pub(super) fn rows(
        &self,
        mirror: &Mirror,
        engine: Option<&Engine>,
        limit: usize,
    ) -> Result<ResultSet, SqlError> {
        let types = &self.plan.types;
        let mut rows = ResultSet::new(Arc::clone(&self.plan.columns));
        let queried = mirror.query(self.text(), &self.binds, types, |row| {
            rows.push(|writer| {
                for (value, ty) in row.iter().zip(types) {
                    write_cell(value, *ty, engine, writer);
                }
            });
            if rows.rows.position() > limit {
                return Err(SqlError::too_many_bytes(limit));
            }
            Ok(())
        });
        queried.map_err(|error| {
            if self.plan.tables.is_empty() {
                as_parsed(error)
            } else {
                error.at_row()
            }
        })?;
        Ok(rows)
    }

    fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.plan.text)
    }
}

impl Run<'_> {
    pub(super) fn select(&mut self, query: &Query) -> Result<ResultSet, SqlError> {
        let prepared = self.prepared(query)?;
        let may_leave = prepared.plan.is_in_mirror() && self.limit_inline();
        let limit = self.request.answer_bytes;
        let rows = prepared.rows(self.mirror, Some(self.engine), limit);
        found_or_long(rows, may_leave, || Long {
            tables: prepared.plan.tables.clone(),
            views: prepared.plan.views.clone(),
            work: Work::Query(prepared, limit),
        })
    }

    /// Gives what runs next as much time as it may hold the grid; answers whether it is less than
    /// the statement has.
    pub(super) fn limit_inline(&self) -> bool {
        let timeout = self.request.timeout;
        let may_leave = timeout.is_none_or(|timeout| timeout > INLINE_TIME);
        if may_leave {
            self.mirror.limit_time(Some(INLINE_TIME));
        }
        may_leave
    }

    /// The statement for SQLite, with the tables that it reads brought up to date.
    fn prepared(&mut self, query: &Query) -> Result<Prepared, SqlError> {
        let (plan, binds) = self.planned(query)?;
        for view in &plan.views {
            views::fill(view, self)?;
        }
        for table in &plan.tables {
            self.mirror.refresh(table, self.engine)?;
        }
        let text = match self.request.partitions {
            Some(partitions) => {
                check_partitions(&plan.tables, partitions)?;
                Some(within_partitions(&plan.text, &plan.tables, partitions))
            }
            None => None,
        };
        Ok(Prepared { plan, binds, text })
    }

    /// How the query is carried out, with the values for its places.
    pub(super) fn planned(
        &mut self,
        query: &Query,
    ) -> Result<(Arc<Plan>, Vec<SqlValue>), SqlError> {
        self.planned_by(|run| {
            let mut translator = run.translator();
            let selected = translator.query(query)?;
            Ok(translator.finish_query(selected))
        })
    }

    /// How the statement was carried out before, or is from now on, with the values for its places.
    /// A statement has one plan.
    pub(super) fn planned_by(
        &mut self,
        translate: impl FnOnce(&Self) -> Result<Translated, SqlError>,
    ) -> Result<(Arc<Plan>, Vec<SqlValue>), SqlError> {
        let arguments = self.request.arguments;
        if let Some(plan) = &self.plan
            && plan.serves(self.catalog, self.request)
            // An argument that cannot be converted is refused where the translator comes upon it.
            && let Ok(binds) = plan.binds(arguments)
        {
            return Ok((Arc::clone(plan), binds));
        }
        let translated = translate(self)?;
        let plan = Arc::new(Plan::new(translated, self.catalog, self.request));
        self.new_plan = Some(Arc::clone(&plan));
        let binds = plan.binds(arguments)?;
        Ok((plan, binds))
    }

    /// The plan of SQLite for a query, one line for each step.
    pub(super) fn explain(&mut self, query: &Query) -> Result<ResultSet, SqlError> {
        let prepared = self.prepared(query)?;
        let types = [SqlType::Int, SqlType::Int, SqlType::Int, SqlType::Varchar];
        let mut plan = String::new();
        let explain = format!("EXPLAIN QUERY PLAN {}", prepared.text());
        self.mirror
            .query(&explain, &prepared.binds, &types, |row| {
                if let Some(SqlValue::Varchar(step)) = row.last() {
                    plan.push_str(&format!(
                        "\n    /* {} */",
                        readable(step, self.catalog.tables())
                    ));
                }
                Ok(())
            })?;
        let mut rows = ResultSet::new(Arc::new(["PLAN".to_owned()]));
        rows.push(|writer| SqlValue::Varchar(format!("{query}{plan}")).write(writer));
        Ok(rows)
    }
}

/// A step of a plan with the names of tables and indexes as users know them.
fn readable<'t>(step: &str, tables: impl Iterator<Item = &'t Arc<Table>>) -> String {
    let mut readable = step.to_owned();
    for table in tables {
        let mirrored = table_name(table.cache, table.entity);
        if readable.contains(&mirrored) {
            readable = readable.replace(&format!("{mirrored}_i0"), "\"_key_PK\"");
            readable = readable.replace(&mirrored, &format!("{}.{}", table.schema, table.name));
        }
    }
    readable
}

/// A node looks for partitions that no cache has only when it reads one.
fn check_partitions(tables: &[Arc<Table>], partitions: &[i32]) -> Result<(), SqlError> {
    let beyond = partitions.iter().filter(|number| **number >= PARTITIONS);
    match beyond.min() {
        Some(number) if !tables.is_empty() => {
            let message = format!("Index {number} out of bounds for length {PARTITIONS}");
            Err(SqlError::ignite(state::INTERNAL, message))
        }
        _ => Ok(()),
    }
}

/// Cuts the tables of a query down to the rows of some partitions.
fn within_partitions(text: &str, tables: &[Arc<Table>], partitions: &[i32]) -> String {
    let mut text = text.to_owned();
    let numbers: Vec<String> = partitions.iter().map(i32::to_string).collect();
    for table in tables {
        let name = table_name(table.cache, table.entity);
        let part = format!(
            "(SELECT * FROM {name} WHERE h2_partition(k) IN ({})) AS ",
            numbers.join(", ")
        );
        text = text.replace(&format!("{name} AS "), &part);
    }
    text
}

fn write_cell(value: &SqlValue, ty: SqlType, engine: Option<&Engine>, writer: &mut Writer) {
    match (value, ty) {
        (SqlValue::Object(key), SqlType::Entry(cache)) => {
            let stored = engine.and_then(|engine| engine.stored_value(cache, key.as_bytes()));
            match stored {
                Some(stored) => write_stored(stored, writer),
                None => writer.null(),
            }
        }
        (SqlValue::Object(raw), _) => write_stored(raw.as_bytes(), writer),
        (value, _) => value.write(writer),
    }
}

/// A stored value as a node sends it: binary objects are wrapped.
fn write_stored(stored: &[u8], writer: &mut Writer) {
    if stored.first() == Some(&tag::OBJECT) {
        writer.u8(tag::WRAPPED_OBJECT);
        writer.sized(|writer| writer.bytes(stored));
        writer.i32(0);
    } else {
        writer.bytes(stored);
    }
}

fn as_parsed(error: SqlError) -> SqlError {
    match error {
        SqlError::Execution { code, message } => SqlError::Parse { code, message },
        other => other,
    }
}

/// A key as it is in the mirror.
pub(super) fn key_of(value: SqlValue) -> RawValue {
    match value {
        SqlValue::Object(raw) => raw,
        other => other.to_raw(),
    }
}
