//! What columns take.

use portway_ignite_protocol::{RawValue, SchemaSource};

use crate::sql::error::{SqlError, state};
use crate::sql::table::{Column, Source, Table};
use crate::sql::value::SqlValue;

/// Checks a whole new row.
pub(super) fn check(table: &Table, columns: &[Option<SqlValue>]) -> Result<(), SqlError> {
    for (column, value) in table.columns.iter().zip(columns) {
        if column.not_null && value.as_ref().is_none_or(SqlValue::is_null) {
            return Err(null_refused(column));
        }
    }
    check_given(table, columns)
}

pub(super) fn check_given(table: &Table, columns: &[Option<SqlValue>]) -> Result<(), SqlError> {
    for (column, value) in table.columns.iter().zip(columns) {
        if let Some(value) = value {
            // A field of a key with several may be null.
            if value.is_null() && (column.not_null || column.source == Source::Key) {
                return Err(null_refused(column));
            }
            check_size(column, value)?;
        }
    }
    Ok(())
}

/// Checks an entry that did not come as a row.
pub(crate) fn check_entry(
    table: &Table,
    key: &RawValue,
    value: &RawValue,
    schemas: &dyn SchemaSource,
) -> Result<(), SqlError> {
    let row = super::read(table, key, value, schemas).unwrap_or_default();
    for (column, value) in table.columns.iter().zip(&row) {
        if column.not_null && value.is_null() {
            return Err(null_refused(column));
        }
        check_size(column, value)?;
    }
    Ok(())
}

fn null_refused(column: &Column) -> SqlError {
    let message = format!("Null value is not allowed for column '{}'", column.name);
    SqlError::ignite(state::NULL_VALUE, message)
}

fn check_size(column: &Column, value: &SqlValue) -> Result<(), SqlError> {
    let Some(limit) = column.precision.map(|limit| limit as usize) else {
        return Ok(());
    };
    let name = &column.name;
    let message = match value {
        SqlValue::Varchar(text) if text.encode_utf16().count() > limit => format!(
            "Value for a column '{name}' is too long. Maximum length: {limit}, actual length: {}",
            text.encode_utf16().count()
        ),
        SqlValue::Binary(bytes) if bytes.len() > limit => format!(
            "Value for a column '{name}' is too long. Maximum length: {limit}, actual length: {}",
            bytes.len()
        ),
        SqlValue::Decimal(number) => match check_decimal(column, number, limit) {
            Some(message) => message,
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    Err(SqlError::ignite(state::CONSTRAINT, message))
}

fn check_decimal(column: &Column, number: &bigdecimal::BigDecimal, limit: usize) -> Option<String> {
    let name = &column.name;
    let precision = number.digits();
    let scale = number.fractional_digit_count();
    if precision > limit as u64 {
        return Some(format!(
            "Value for a column '{name}' is out of range. Maximum precision: {limit}, actual \
             precision: {precision}"
        ));
    }
    let most = i64::from(column.scale?);
    (scale > most).then(|| {
        format!(
            "Value for a column '{name}' is out of range. Maximum scale : {most}, actual scale: \
             {scale}"
        )
    })
}
