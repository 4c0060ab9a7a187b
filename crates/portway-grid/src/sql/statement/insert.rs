//! INSERT and MERGE.

use std::collections::BTreeSet;
use std::sync::Arc;

use portway_ignite_protocol::RawValue;
use sqlparser::ast::{AssignmentTarget, Expr, Insert, SetExpr, TableObject};

use super::Run;
use crate::sql::convert::{convert_stored, is_locator};
use crate::sql::error::{SqlError, code, state};
use crate::sql::row::{MadeEntry, NewRow, make};
use crate::sql::table::{Column, KEY_COLUMN, Source, Table, VALUE_COLUMN};
use crate::sql::text::to_text;
use crate::sql::translate::{column_not_found, parts};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// Where the values of an inserted row go.
#[derive(Clone, Copy, Debug)]
enum Target {
    Key,
    Value,
    Column(usize),
}

impl Run<'_> {
    pub(super) fn insert(&mut self, insert: &Insert, replaces: bool) -> Result<i64, SqlError> {
        let TableObject::TableName(name) = &insert.table else {
            return Err(SqlError::unsupported(
                "an INSERT into something else than a table",
            ));
        };
        let name = parts(name);
        let (schema, name) = self.named(&name);
        self.refuse_view(schema, name)?;
        let columns = columns_of(insert)?;
        let width = width_of(insert);
        self.refuse_insert_into_view((schema, name), &columns, width, replaces)?;
        let table = Arc::clone(self.catalog.table(schema, name)?);
        if replaces && columns.is_empty() {
            // H2 counts the two hidden columns of each table too.
            return Err(wrong_width());
        }
        let targets = targets(&table, &columns)?;
        if !is_query(insert) {
            self.check_dml(&table)?;
        }
        let rows = self.new_rows(insert, targets.len())?;
        let mut entries = Vec::new();
        for row in rows {
            entries.push(make(&table, placed(&table, &targets, row)?)?);
        }
        // Of a row that is listed alone a node tells that it breaks a constraint.
        let refusal = match entries.len() {
            1 if !is_query(insert) => state::CONSTRAINT,
            _ => state::INTERNAL,
        };
        self.store(&table, entries, replaces, refusal)
    }

    /// The values of the rows to insert.
    fn new_rows(&mut self, insert: &Insert, width: usize) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        if !insert.assignments.is_empty() {
            let values = insert
                .assignments
                .iter()
                .map(|set| self.given_value(&set.value));
            return Ok(vec![values.collect::<Result<_, _>>()?]);
        }
        let Some(source) = &insert.source else {
            return Err(no_plan());
        };
        let SetExpr::Values(values) = source.body.as_ref() else {
            return self.selected_rows(source, width);
        };
        let mut rows = Vec::new();
        for row in &values.rows {
            if row.content.len() != width {
                return Err(wrong_width());
            }
            let cells = row.content.iter().map(|cell| self.given_value(cell));
            rows.push(cells.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(rows)
    }

    fn selected_rows(
        &mut self,
        source: &sqlparser::ast::Query,
        width: usize,
    ) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        let (plan, binds) = self.planned(source)?;
        if plan.types.len() != width {
            return Err(wrong_width());
        }
        self.rows_of(&plan, binds)
    }

    /// A value of a new row.
    fn given_value(&mut self, expression: &Expr) -> Result<SqlValue, SqlError> {
        if let Expr::Identifier(ident) = expression
            && ident.quote_style.is_none()
            && ident.value.eq_ignore_ascii_case("DEFAULT")
        {
            let message = "Explicit DEFAULT values are unsupported for INSERT.";
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        self.value_of(expression)
    }

    /// The value of an expression without rows.
    pub(super) fn value_of(&mut self, expression: &Expr) -> Result<SqlValue, SqlError> {
        let mut translator = self.translator();
        let typed = translator.expression(expression)?;
        if let Some(value) = translator.known_value(&typed) {
            return Ok(value);
        }
        let text = translator.code(&typed);
        let (text, binds, tables) = translator.finish(text);
        for table in &tables {
            self.mirror.refresh(table, self.engine)?;
        }
        self.mirror.evaluate(&text, &binds, typed.ty)
    }

    fn store(
        &mut self,
        table: &Table,
        entries: Vec<MadeEntry>,
        replaces: bool,
        refusal: &'static str,
    ) -> Result<i64, SqlError> {
        if !entries.is_empty() {
            self.engine.check_writable(table.cache)?;
        }
        let call = self.call(table);
        let mut seen = BTreeSet::new();
        let mut refused = Vec::new();
        let mut stored = Vec::new();
        for entry in entries {
            let key = entry.key.as_bytes();
            let is_new = seen.insert(key.to_vec());
            if replaces || (is_new && !self.engine.contains(call, key)?) {
                stored.push(entry);
            } else {
                refused.push(entry.key);
            }
        }
        for entry in &stored {
            self.register(&entry.types)?;
        }
        for run in without_repetitions(&stored) {
            let pairs = run
                .iter()
                .map(|entry| (entry.key.as_bytes(), entry.value.as_bytes()));
            self.engine.put_all(call, pairs)?;
        }
        if !refused.is_empty() {
            return Err(duplicates(table, &refused, refusal));
        }
        Ok(i64::try_from(stored.len()).unwrap_or(i64::MAX))
    }
}

/// The entries in runs that name each key once: a key that is named again is changed again, as its
/// listeners are told.
fn without_repetitions(entries: &[MadeEntry]) -> Vec<&[MadeEntry]> {
    let mut runs = Vec::new();
    let mut seen = BTreeSet::new();
    let mut start = 0;
    for (at, entry) in entries.iter().enumerate() {
        if seen.insert(entry.key.as_bytes()) {
            continue;
        }
        runs.push(&entries[start..at]);
        start = at;
        seen = BTreeSet::from([entry.key.as_bytes()]);
    }
    runs.push(&entries[start..]);
    runs
}

/// Whether the new rows are found by a query.
fn is_query(insert: &Insert) -> bool {
    let source = insert.source.as_ref();
    source.is_some_and(|source| !matches!(*source.body, SetExpr::Values(_)))
}

/// How many values the first row has, where they are listed.
fn width_of(insert: &Insert) -> Option<usize> {
    match insert.source.as_ref()?.body.as_ref() {
        SetExpr::Values(values) => values.rows.first().map(|row| row.content.len()),
        _ => None,
    }
}

/// The columns that an INSERT names.
fn columns_of(insert: &Insert) -> Result<Vec<String>, SqlError> {
    let mut columns: Vec<String> = insert
        .columns
        .iter()
        .map(|column| parts(column).pop().unwrap_or_default())
        .collect();
    for set in &insert.assignments {
        let AssignmentTarget::ColumnName(name) = &set.target else {
            return Err(wrong_width());
        };
        columns.push(parts(name).pop().unwrap_or_default());
    }
    refuse_duplicates(&columns)?;
    Ok(columns)
}

/// Refuses a column that is named twice.
pub(super) fn refuse_duplicates(columns: &[String]) -> Result<(), SqlError> {
    let mut seen = BTreeSet::new();
    match columns.iter().find(|column| !seen.insert(*column)) {
        Some(column) => Err(SqlError::parse(
            code::DUPLICATE_COLUMN,
            format!("Duplicate column name \"{column}\""),
        )),
        None => Ok(()),
    }
}

/// What a node says when it cannot tell the key of a new row.
fn no_plan() -> SqlError {
    SqlError::ignite(state::INTERNAL, "Failed to prepare update plan.")
}

pub(super) fn wrong_width() -> SqlError {
    SqlError::parse(code::COLUMN_COUNT, "Column count does not match")
}

fn duplicates(table: &Table, keys: &[RawValue], state: &'static str) -> SqlError {
    let shown: Vec<String> = keys.iter().map(|key| shown_key(table, key)).collect();
    let message = format!(
        "Failed to INSERT some keys because they are already in cache [keys=[{}]]",
        shown.join(", ")
    );
    SqlError::ignite(state, message)
}

fn shown_key(table: &Table, key: &RawValue) -> String {
    match SqlValue::from_raw(key) {
        Ok(SqlValue::Object(_)) | Err(_) => format!("{} [...]", table.key_type),
        Ok(value) => to_text(&value),
    }
}

/// The places of the named columns; of all columns when none is named.
fn targets(table: &Table, columns: &[String]) -> Result<Vec<Target>, SqlError> {
    if columns.is_empty() {
        let all: Vec<Target> = (0..table.columns.len()).map(Target::Column).collect();
        if is_locator(&table.key_type) {
            check_whole(table, &all)?;
        }
        return Ok(all);
    }
    let target = |name: &String| match (table.column(name), name.as_str()) {
        (Some(number), _) => Ok(Target::Column(number)),
        (None, KEY_COLUMN) => Ok(Target::Key),
        (None, VALUE_COLUMN) => Ok(Target::Value),
        (None, name) => Err(column_not_found(name)),
    };
    let targets = columns.iter().map(target).collect::<Result<Vec<_>, _>>()?;
    check_whole(table, &targets)?;
    Ok(targets)
}

/// Refuses to name the whole key or value beside what is the same, or where it is an object.
fn check_whole(table: &Table, targets: &[Target]) -> Result<(), SqlError> {
    let is = |source: &Source, target: &Target| match target {
        Target::Column(number) => table.columns[*number].source == *source,
        Target::Key => *source == Source::Key,
        Target::Value => *source == Source::Value,
    };
    let sides = [
        (Source::Key, KEY_COLUMN, "key", table.key_sql_type()),
        (Source::Value, VALUE_COLUMN, "value", table.value_sql_type()),
    ];
    for (source, hidden, shown, ty) in sides {
        let whole: Vec<&Target> = targets
            .iter()
            .filter(|target| is(&source, target))
            .collect();
        let name = |target: &Target| match target {
            Target::Column(number) => table.columns[*number].name.as_str(),
            _ => hidden,
        };
        if let [first, second, ..] = whole.as_slice() {
            let message = format!(
                "Columns {} and {} both refer to entire cache {shown} object.",
                name(first),
                name(second)
            );
            return Err(SqlError::ignite(state::PARSING, message));
        }
        if !whole.is_empty() && ty == SqlType::Object {
            let message = format!("Update of composite {shown} column is not supported");
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
    }
    Ok(())
}

fn placed(table: &Table, targets: &[Target], values: Vec<SqlValue>) -> Result<NewRow, SqlError> {
    let mut row = NewRow {
        columns: vec![None; table.columns.len()],
        ..NewRow::default()
    };
    for (target, value) in targets.iter().zip(values) {
        match target {
            Target::Key => {
                let (ty, class) = (table.key_sql_type(), table.key_type.as_str());
                row.key = Some(converted(value, ty, class, KEY_COLUMN)?);
            }
            Target::Value => {
                let (ty, class) = (table.value_sql_type(), table.value_type.as_str());
                row.value = Some(converted(value, ty, class, VALUE_COLUMN)?);
            }
            Target::Column(number) => {
                let column = &table.columns[*number];
                row.columns[*number] = Some(column_value(value, column)?);
            }
        }
    }
    Ok(row)
}

/// The value in the type of its column.
pub(super) fn column_value(value: SqlValue, column: &Column) -> Result<SqlValue, SqlError> {
    converted(value, column.ty, column.java_class(), &column.name)
}

/// The value in the type and the Java class of a column.
pub(super) fn converted(
    value: SqlValue,
    to: SqlType,
    class: &str,
    column: &str,
) -> Result<SqlValue, SqlError> {
    let (from, class) = (value.java_class(), to.class_told(class));
    convert_stored(value, to, class).map_err(|_| {
        let message = format!("Value conversion failed [column={column}, from={from}, to={class}]");
        SqlError::ignite(state::CONVERSION, message)
    })
}
