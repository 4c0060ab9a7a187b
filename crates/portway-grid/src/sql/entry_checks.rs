//! What tables ask of entries that key-value clients put: the key's class, columns that refuse null
//! and those with a length (`QueryTypeDescriptorImpl.validateKeyAndValue`).

use std::sync::Arc;

use portway_ignite_protocol::{RawValue, tag};

use super::error::{SqlError, state};
use super::mirror::{Schemas, engine_types};
use super::row;
use super::table::Table;
use super::types::SqlType;
use super::value::SqlValue;
use crate::engine::Engine;

/// The class that a node shows for an object that it has not read.
const BINARY_OBJECT: &str = "org.apache.ignite.internal.binary.BinaryObjectImpl";

/// # Errors
/// A node's, when the entry does not fit the table of the cache that its value belongs to.
pub(super) fn check_entry<'t>(
    engine: &Engine,
    mut of_cache: impl Iterator<Item = &'t Arc<Table>>,
    key: &RawValue,
    value: &RawValue,
) -> Result<(), SqlError> {
    match of_cache.find(|table| row::is_of(value, &table.value_type)) {
        Some(table) => check(engine, table, key, value),
        None => Ok(()),
    }
}

fn check(engine: &Engine, table: &Table, key: &RawValue, value: &RawValue) -> Result<(), SqlError> {
    check_key_class(table, key)?;
    let has_limits = table
        .columns
        .iter()
        .any(|column| column.not_null || column.precision.is_some());
    if !has_limits {
        return Ok(());
    }
    let schemas = Schemas(engine_types(engine, table));
    row::check_entry(table, key, value, &schemas)
}

/// Keys of Java's own classes have to be of the class that the table names.
fn check_key_class(table: &Table, key: &RawValue) -> Result<(), SqlError> {
    let expected = table.key_sql_type();
    let is_plain = !matches!(
        expected,
        SqlType::Object | SqlType::Null | SqlType::Date | SqlType::Time | SqlType::Timestamp
    );
    if !is_plain || table.key_type != expected.java_class() {
        return Ok(());
    }
    let found = match SqlValue::from_raw(key).map(|value| value.sql_type()) {
        Ok(found) if found == expected => return Ok(()),
        _ if key.tag() == tag::OBJECT => BINARY_OBJECT,
        Ok(found) => found.java_class(),
        Err(_) => SqlType::Object.java_class(),
    };
    let message = format!(
        "Failed to update index, incorrect key class [expCls={}, actualCls={found}]",
        table.key_type
    );
    Err(SqlError::ignite(state::INTERNAL, message))
}
