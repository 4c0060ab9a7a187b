//! UPDATE.

use std::sync::Arc;

use portway_ignite_protocol::RawValue;
use sqlparser::ast::{Assignment, AssignmentTarget, Expr, TableAlias, TableFactor, Update};

use super::Run;
use super::insert::converted;
use super::select::key_of;
use crate::sql::error::{SqlError, state};
use crate::sql::mirror::{Schemas, engine_types, table_name};
use crate::sql::row;
use crate::sql::table::{KEY_COLUMN, Source, Table, VALUE_COLUMN};
use crate::sql::translate::{column_not_found, parts};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// The rows that DML is about: their keys, and what is computed for each.
type Found = Vec<(RawValue, Vec<SqlValue>)>;

/// The name of the table in statements of DML.
const ROW: &str = "row";

impl Run<'_> {
    pub(super) fn update(&mut self, update: &Update) -> Result<i64, SqlError> {
        let (table, alias) = self.target(&update.table.relation)?;
        let numbers = assigned(&table, &update.assignments)?;
        let values: Vec<&Expr> = update.assignments.iter().map(|set| &set.value).collect();
        let found = self.found(
            &table,
            alias,
            &values,
            update.selection.as_ref(),
            update.limit.as_ref(),
        )?;
        let schemas = Schemas(engine_types(self.engine, &table));
        let mut entries = Vec::new();
        for (key, values) in found {
            let mut changes = Vec::new();
            for (number, value) in numbers.iter().zip(values) {
                let column = &table.columns[*number];
                changes.push((*number, converted(value, column.ty, &column.name)?));
            }
            let Some(old) = self.engine.stored_value(table.cache, key.as_bytes()) else {
                continue;
            };
            let old = RawValue::from_trusted_bytes(bytes::Bytes::copy_from_slice(old));
            let (value, types) = row::change(&table, &old, &changes, &schemas)?;
            self.register(&types)?;
            entries.push((key, value));
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
        let TableFactor::Table { name, alias, .. } = factor else {
            return Err(SqlError::unsupported(
                "a change of something else than a table",
            ));
        };
        let name = parts(name);
        let (schema, name) = self.named(&name);
        let table = self.catalog.table(schema, name)?;
        Ok((Arc::clone(table), alias.as_ref()))
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
        let mut translator = self.translator();
        translator.add_table(table, ROW, alias);
        let mut columns = vec![format!("{ROW}.k")];
        let mut types = vec![SqlType::Object];
        for value in values {
            refuse_default(value)?;
            let typed = translator.expression(value)?;
            columns.push(translator.code(&typed));
            types.push(typed.ty);
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
        let (binds, tables, _) = translator.finish();
        for table in tables.iter().chain([table]) {
            self.mirror.refresh(table, self.engine)?;
        }
        let mut found = Vec::new();
        let queried = self.mirror.query(&text, &binds, &types, |mut row| {
            let rest = row.split_off(1);
            found.extend(row.pop().map(|key| (key_of(key), rest)));
            Ok(())
        });
        queried.map_err(SqlError::at_row)?;
        Ok(found)
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

/// The columns that are set.
fn assigned(table: &Table, assignments: &[Assignment]) -> Result<Vec<usize>, SqlError> {
    let column = |assignment: &Assignment| {
        let AssignmentTarget::ColumnName(name) = &assignment.target else {
            return Err(SqlError::unsupported("SET of several columns at once"));
        };
        let name = parts(name).pop().unwrap_or_default();
        let key_refused = || {
            let message = "SQL UPDATE can't modify key or its fields directly";
            SqlError::ignite(state::PARSING, message)
        };
        match (table.column(&name), name.as_str()) {
            (Some(number), _) if table.columns[number].source.is_key() => Err(key_refused()),
            (Some(number), _) => Ok(number),
            (None, KEY_COLUMN) => Err(key_refused()),
            (None, VALUE_COLUMN) => {
                let whole = table
                    .columns
                    .iter()
                    .position(|column| column.source == Source::Value);
                whole.ok_or_else(|| {
                    let message = "Update of composite value column is not supported";
                    SqlError::ignite(state::UNSUPPORTED, message)
                })
            }
            (None, name) => Err(column_not_found(name)),
        }
    };
    assignments.iter().map(column).collect()
}
