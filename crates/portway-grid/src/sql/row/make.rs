//! New entries.

use bytes::Bytes;
use portway_ignite_protocol::{BinaryField, BinaryObjectBuilder, BinaryType, RawValue, java};

use super::change::no_builder;
use super::check::check;
use super::type_code;
use crate::sql::error::{SqlError, state};
use crate::sql::table::{Column, Source, Table};
use crate::sql::types::SqlType;
use crate::sql::value::{BINARY, SqlValue};

/// An entry made of a row.
#[derive(Debug)]
pub(crate) struct MadeEntry {
    pub(crate) key: RawValue,
    pub(crate) value: RawValue,
    /// What has to be known of the objects in it.
    pub(crate) types: Vec<BinaryType>,
}

/// What an INSERT or MERGE gives for one row: a value for each column, `None` where it names none.
#[derive(Debug, Default)]
pub(crate) struct NewRow {
    pub(crate) key: Option<SqlValue>,
    pub(crate) value: Option<SqlValue>,
    pub(crate) columns: Vec<Option<SqlValue>>,
}

/// Makes the entry of a new row.
///
/// # Errors
/// When the row has no key, or a column refuses its value.
pub(crate) fn make(table: &Table, row: NewRow) -> Result<MadeEntry, SqlError> {
    let NewRow {
        key,
        value,
        columns,
    } = row;
    let mut types = Vec::new();
    let columns: Vec<Option<SqlValue>> = with_defaults(table, columns);
    check(table, &columns)?;
    let (key, value) = {
        let mut part = |whole: Option<SqlValue>, of_key: bool| match whole {
            Some(whole) if !whole.is_null() => Ok(whole.to_raw()),
            _ => make_part(table, &columns, of_key, &mut types),
        };
        (part(key, true)?, part(value, false)?)
    };
    if key.is_null() {
        return Err(SqlError::ignite(
            state::INTERNAL,
            "Failed to prepare update plan.",
        ));
    }
    if value.is_null() {
        return Err(SqlError::ignite(
            state::NULL_VALUE,
            "Value for INSERT, COPY, MERGE, or UPDATE must not be null",
        ));
    }
    Ok(MadeEntry { key, value, types })
}

fn with_defaults(table: &Table, columns: Vec<Option<SqlValue>>) -> Vec<Option<SqlValue>> {
    let column = |(value, column): (Option<SqlValue>, &Column)| {
        value.or_else(|| (!column.default.is_null()).then(|| column.default.clone()))
    };
    columns
        .into_iter()
        .zip(&table.columns)
        .map(column)
        .collect()
}

fn make_part(
    table: &Table,
    columns: &[Option<SqlValue>],
    of_key: bool,
    types: &mut Vec<BinaryType>,
) -> Result<RawValue, SqlError> {
    let class = if of_key {
        &table.key_type
    } else {
        &table.value_type
    };
    let whole = if of_key { Source::Key } else { Source::Value };
    let position = table
        .columns
        .iter()
        .position(|column| column.source == whole);
    if let Some(position) = position {
        let value = columns.get(position).cloned().flatten();
        return Ok(value.map_or(RawValue::NULL, |value| value.to_raw()));
    }
    if SqlType::of_java_class(class) != SqlType::Object {
        return Ok(RawValue::NULL);
    }
    let fields = table
        .columns
        .iter()
        .zip(columns)
        .filter(|(column, _)| match column.source {
            Source::KeyField(_) => of_key,
            Source::ValueField(_) => !of_key,
            Source::Key | Source::Value => false,
        });
    // A key has all of its fields, so that a column that is left out is one that is null.
    let given = fields.filter_map(|(column, value)| {
        let is_null = of_key && !column.is_nested();
        let missing = || is_null.then_some(&SqlValue::Null);
        Some((column, value.as_ref().or_else(missing)?))
    });
    let given: Vec<(&Column, &SqlValue)> = given.collect();
    if given.iter().any(|(column, _)| column.is_nested()) {
        return Err(no_builder());
    }
    // A node sets the columns that have defaults before the others.
    let (first, rest): (Vec<_>, Vec<_>) = given
        .into_iter()
        .partition(|(column, _)| !column.default.is_null());
    let affinity = affinity_field(table).filter(|_| of_key);
    build(class, affinity, first.into_iter().chain(rest), types)
}

/// The name of the field of the key that decides the partition.
fn affinity_field(table: &Table) -> Option<&str> {
    let number = table.column(table.affinity.as_deref()?)?;
    Some(table.columns[number].field.as_str())
}

/// Writes an object with these fields, and describes its type.
fn build<'r>(
    class: &str,
    affinity: Option<&str>,
    fields: impl Iterator<Item = (&'r Column, &'r SqlValue)>,
    types: &mut Vec<BinaryType>,
) -> Result<RawValue, SqlError> {
    let mut builder = BinaryObjectBuilder::new(class);
    let mut described = Vec::new();
    for (column, value) in fields {
        builder = builder.set(column.field.as_str(), value.to_raw());
        described.push(BinaryField {
            name: column.field.clone(),
            type_code: type_code(column),
            id: java::field_id(&column.field),
        });
    }
    types.push(BinaryType::new(class, affinity, described));
    finish(&builder)
}

fn finish(builder: &BinaryObjectBuilder) -> Result<RawValue, SqlError> {
    let object = builder.build(BINARY).map_err(|error| {
        SqlError::ignite(
            state::INTERNAL,
            format!("The row cannot be stored: {error}"),
        )
    })?;
    Ok(RawValue::from_trusted_bytes(Bytes::copy_from_slice(
        object.as_bytes(),
    )))
}
