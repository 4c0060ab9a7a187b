//! Arrays, and values that tell their own types: what translated statements call.

use std::cmp::Ordering;

use rusqlite::Connection;
use rusqlite::functions::Context;

use super::{scalar, type_at};
use crate::sql::array::compare::{COLLATION, compare, compare_coded, is_same};
use crate::sql::array::{Array, coded};
use crate::sql::cell::from_cell;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation(COLLATION, compare_coded)?;
    // The type and the value of each element.
    scalar(connection, "h2_array", |context| {
        let elements = (0..context.len() / 2).map(|number| value_at(context, 2 * number));
        Array::made(elements.collect()).map(SqlValue::Array)
    })?;
    // Arrays one behind the other.
    scalar(connection, "h2_array_joined", |context| {
        let arrays = (0..context.len()).map(|number| array_of(array_at(context, number)));
        Array::made(arrays.flatten().flatten().collect()).map(SqlValue::Array)
    })?;
    scalar(connection, "h2_array_get", |context| {
        let number = from_cell(context.get_raw(2), SqlType::Int);
        let (Some(elements), SqlValue::Int(number)) = (array_of(value_at(context, 0)), number)
        else {
            return Ok(SqlValue::Null);
        };
        let index = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        let element = index.and_then(|index| elements.into_iter().nth(index));
        Ok(as_any(element.unwrap_or(SqlValue::Null)))
    })?;
    scalar(connection, "h2_array_length", |context| {
        let length = array_of(value_at(context, 0)).map(|elements| elements.len());
        let length = length.and_then(|length| i32::try_from(length).ok());
        Ok(length.map_or(SqlValue::Null, SqlValue::Int))
    })?;
    scalar(connection, "h2_array_contains", |context| {
        let wanted = value_at(context, 2);
        let elements = array_of(value_at(context, 0)).unwrap_or_default();
        let found = elements.iter().any(|element| is_same(element, &wanted));
        Ok(SqlValue::Boolean(found))
    })?;
    scalar(connection, "h2_any", |context| {
        Ok(as_any(value_at(context, 0)))
    })?;
    scalar(connection, "h2_compared", |context| {
        let (one, two) = (value_at(context, 0), value_at(context, 2));
        if one.is_null() || two.is_null() {
            return Ok(SqlValue::Null);
        }
        Ok(SqlValue::Int(match compare(&one, &two)? {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }))
    })
}

/// The value whose type stands at `place`, and itself behind it.
fn value_at(context: &Context<'_>, place: usize) -> SqlValue {
    from_cell(context.get_raw(place + 1), type_at(context, place))
}

fn array_at(context: &Context<'_>, place: usize) -> SqlValue {
    from_cell(context.get_raw(place), SqlType::Array)
}

fn array_of(value: SqlValue) -> Option<Vec<SqlValue>> {
    match value {
        SqlValue::Array(array) => Some(array.elements),
        _ => None,
    }
}

/// A value as one that tells its type.
fn as_any(value: SqlValue) -> SqlValue {
    match value {
        SqlValue::Null => SqlValue::Null,
        other => SqlValue::Varchar(coded::encode(&other)),
    }
}
