//! UPDATE.

use std::sync::Arc;

use portway_ignite_protocol::RawValue;
use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, ObjectName, SetExpr, TableAlias, TableFactor, Update,
};

use super::Run;
use super::insert::{column_value, refuse_duplicates};
use super::plan::Plan;
use super::running::{Long, Search, Searched, Work, found_or_long};
use super::select::key_of;
use crate::sql::error::{SqlError, code, state};
use crate::sql::mirror::{Schemas, engine_types, table_name};
use crate::sql::row;
use crate::sql::table::{Column, KEY_COLUMN, Source, Table, VALUE_COLUMN};
use crate::sql::translate::{Output, Translated, column_not_found, parts, unreadable};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;
use crate::sql::views;

/// The rows that DML is about: their keys, and what is computed for each.
type Found = Vec<(RawValue, Vec<SqlValue>)>;

/// The name of the table in statements of DML.
const ROW: &str = "row";

impl Run<'_> {
    pub(super) fn update(&mut self, update: &Update) -> Result<i64, SqlError> {
        let (names, values) = assignments(&update.assignments)?;
        let (target, condition) = (&update.table.relation, update.selection.as_ref());
        self.refuse_change_of_view(target, &names, condition, " for UPDATE")?;
        let (table, alias) = self.target(target)?;
        let numbers = assigned(&table, &names)?;
        let values: Vec<&Expr> = values.iter().collect();
        let found = self.found(&table, alias, &values, condition, update.limit.as_ref())?;
        let schemas = Schemas(engine_types(self.engine, &table));
        let mut entries = Vec::new();
        for (key, values) in found {
            let mut changes = Vec::new();
            for (number, value) in numbers.iter().zip(values) {
                let column = &table.columns[*number];
                changes.push((*number, column_value(value, column)?));
            }
            let Some(old) = self.engine.stored_value(table.cache, key.as_bytes()) else {
                continue;
            };
            let old = RawValue::from_trusted_bytes(bytes::Bytes::copy_from_slice(old));
            let (value, types) = row::change(&table, &old, &changes, &schemas)?;
            self.register(&types)?;
            entries.push((key, value));
        }
        if !entries.is_empty() {
            self.engine.check_writable(table.cache)?;
        }
        let pairs = entries
            .iter()
            .map(|(key, value)| (key.as_bytes(), value.as_bytes()));
        self.engine.put_all(self.call(&table), pairs)?;
        Ok(i64::try_from(entries.len()).unwrap_or(i64::MAX))
    }

    /// The table that a statement changes, with its alias.
    pub(super) fn target<'t>(
        &self,
        factor: &'t TableFactor,
    ) -> Result<(Arc<Table>, Option<&'t TableAlias>), SqlError> {
        let TableFactor::Table {
            name,
            alias,
            index_hints,
            ..
        } = factor
        else {
            return Err(SqlError::unsupported(
                "a change of something else than a table",
            ));
        };
        if !index_hints.is_empty() {
            return Err(unreadable("USE"));
        }
        let name = parts(name);
        let (schema, name) = self.named(&name);
        self.refuse_view(schema, name)?;
        let table = self.catalog.table(schema, name)?;
        Ok((Arc::clone(table), alias.as_ref()))
    }

    /// Views show what is elsewhere.
    pub(super) fn refuse_view(&self, schema: &str, name: &str) -> Result<(), SqlError> {
        if views::find(schema, name).is_some() {
            let message = format!("Operation not supported for table '{name}'");
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        Ok(())
    }

    /// The keys of the rows that fulfil a condition, with `values` computed for each.
    pub(super) fn found(
        &mut self,
        table: &Arc<Table>,
        alias: Option<&TableAlias>,
        values: &[&Expr],
        condition: Option<&Expr>,
        limit: Option<&Expr>,
    ) -> Result<Found, SqlError> {
        let (plan, binds) = self.planned_by(|run| {
            let mut search = run.search_of(table, alias, values, condition, limit)?;
            search.tables.push(Arc::clone(table));
            Ok(search)
        })?;
        let rows = self.rows_of(&plan, binds).map_err(SqlError::at_row)?;
        let entry = |mut row: Vec<SqlValue>| {
            let rest = row.split_off(1);
            row.pop().map(|key| (key_of(key), rest))
        };
        Ok(rows.into_iter().filter_map(entry).collect())
    }

    /// The search for the rows in SQLite's words.
    fn search_of(
        &self,
        table: &Arc<Table>,
        alias: Option<&TableAlias>,
        values: &[&Expr],
        condition: Option<&Expr>,
        limit: Option<&Expr>,
    ) -> Result<Translated, SqlError> {
        let mut translator = self.translator();
        translator.add_table(table, ROW, alias);
        let mut columns = vec![format!("{ROW}.k")];
        let output = |ty| Output {
            name: String::new(),
            ty,
            scale: None,
        };
        let mut outputs = vec![output(SqlType::Object)];
        for value in values {
            refuse_default(value)?;
            let typed = translator.expression(value)?;
            columns.push(translator.code(&typed));
            outputs.push(output(typed.ty));
        }
        let name = table_name(table.cache, table.entity);
        let mut text = format!("SELECT {} FROM {name} AS {ROW}", columns.join(", "));
        if let Some(condition) = condition {
            text.push_str(&format!(" WHERE {}", translator.condition(condition)?));
        }
        if let Some(limit) = limit
            && let Some(limit) = translator.row_count(limit)?
        {
            text.push_str(&format!(" LIMIT {limit}"));
        }
        Ok(translator.finish_query((text, outputs)))
    }

    /// The rows that a search finds, in tables that are brought up to date for it.
    pub(super) fn rows_of(
        &mut self,
        plan: &Plan,
        binds: Vec<SqlValue>,
    ) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        for view in &plan.views {
            views::fill(view, self)?;
        }
        for table in &plan.tables {
            self.mirror.refresh(table, self.engine)?;
        }
        let search = Search {
            text: plan.text.clone(),
            binds,
            types: plan.types.clone(),
        };
        let may_leave = match self.searched.take() {
            Some(Searched(Some(rows))) => return Ok(rows),
            Some(Searched(None)) => false,
            None => self.limit_inline(),
        };
        let rows = search.rows(self.mirror);
        self.mirror.limit_time(self.request.timeout);
        found_or_long(rows, may_leave, || Long {
            work: Work::Search(search),
            tables: plan.tables.clone(),
            views: plan.views.clone(),
        })
    }
}

fn refuse_default(value: &Expr) -> Result<(), SqlError> {
    match value {
        Expr::Identifier(ident)
            if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("DEFAULT") =>
        {
            let message = "DEFAULT values are unsupported for UPDATE.";
            Err(SqlError::ignite(state::UNSUPPORTED, message))
        }
        _ => Ok(()),
    }
}

/// What is set: names of columns, and the value of each.
fn assignments(assignments: &[Assignment]) -> Result<(Vec<String>, Vec<Expr>), SqlError> {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    let last = |name: &ObjectName| parts(name).pop().unwrap_or_default();
    for set in assignments {
        match &set.target {
            AssignmentTarget::ColumnName(name) => {
                names.push(last(name));
                values.push(set.value.clone());
            }
            AssignmentTarget::Tuple(columns) => {
                names.extend(columns.iter().map(last));
                values.extend(values_of_row(&set.value, columns.len())?);
            }
        }
    }
    refuse_duplicates(&names)?;
    Ok((names, values))
}

/// The values of `(a, b) = (1, 2)` and `(a, b) = (SELECT ...)` one by one.
fn values_of_row(row: &Expr, width: usize) -> Result<Vec<Expr>, SqlError> {
    let values = match row {
        Expr::Tuple(values) => values.clone(),
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => select
                .projection
                .iter()
                .map(|item| {
                    let mut select = select.clone();
                    select.projection = vec![item.clone()];
                    let mut query = query.clone();
                    query.body = Box::new(SetExpr::Select(select));
                    Expr::Subquery(query)
                })
                .collect(),
            _ => {
                return Err(SqlError::unsupported(
                    "SET of several columns to this query",
                ));
            }
        },
        other => vec![other.clone()],
    };
    if values.len() != width {
        let message = "Column count does not match";
        return Err(SqlError::parse(code::COLUMN_COUNT, message));
    }
    Ok(values)
}

/// The columns that are set.
fn assigned(table: &Table, names: &[String]) -> Result<Vec<usize>, SqlError> {
    let key_refused = || {
        let message = "SQL UPDATE can't modify key or its fields directly";
        SqlError::ignite(state::PARSING, message)
    };
    let column = |name: &String| match (table.column(name), name.as_str()) {
        (Some(number), _) if table.columns[number].source.is_key() => Err(key_refused()),
        (Some(number), _) => Ok(number),
        (None, KEY_COLUMN) => Err(key_refused()),
        (None, VALUE_COLUMN) => {
            let is_whole = |column: &Column| column.source == Source::Value;
            table.columns.iter().position(is_whole).ok_or_else(|| {
                let message = "Update of composite value column is not supported";
                SqlError::ignite(state::UNSUPPORTED, message)
            })
        }
        (None, name) => Err(column_not_found(name)),
    };
    names.iter().map(column).collect()
}
