//! The functions of H2 that Ignite's users know, given to SQLite.
//!
//! Each function says which types it takes and gives: the translation converts what it is called
//! with, so a function sees values of its own types alone.

pub(crate) mod aggregates;
pub(crate) mod arithmetic;
mod arrays;
mod ciphers;
mod codes;
mod compression;
mod date_formats;
mod numbers;
mod patterns;
mod searches;
mod strings;
pub(crate) mod times;
pub(crate) mod to_char;
mod to_dates;
mod truncated;
pub(crate) mod units;
mod xml;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use portway_ignite_protocol::{key_hash, partition_of_hash};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;

use super::cell::{compare_decimals, from_cell, to_cell};
use super::convert::convert;
use super::error::SqlError;
use super::types::SqlType;
use super::value::SqlValue;
use crate::engine::PARTITIONS;
use arithmetic::Operator;
use units::Unit;

/// The collation of decimals.
pub(crate) const DECIMAL_COLLATION: &str = "decimal";

type Body = fn(&[SqlValue]) -> Result<SqlValue, SqlError>;

/// What a function is called with.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(crate) types: Vec<SqlType>,
    /// How many there are at least.
    pub(crate) least: usize,
}

/// Exactly these parameters.
fn each(types: &[SqlType]) -> Parameters {
    up_to(types, types.len())
}

/// The first `least` of these parameters, or more.
fn up_to(types: &[SqlType], least: usize) -> Parameters {
    Parameters {
        types: types.to_vec(),
        least,
    }
}

/// A function; most are null when one of their arguments is.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: Parameters,
    pub(crate) result: SqlType,
    body: Body,
    takes_null: bool,
}

/// The function, which sees nulls.
fn of_nullable(function: Function) -> Function {
    Function {
        takes_null: true,
        ..function
    }
}

impl Function {
    fn new(name: &'static str, parameters: Parameters, result: SqlType, body: Body) -> Self {
        Self {
            name,
            parameters,
            result,
            body,
            takes_null: false,
        }
    }

    /// The name of the function in SQLite, whose own functions have other rules.
    pub(crate) fn sqlite_name(&self) -> String {
        format!("h2_{}", self.name.to_ascii_lowercase())
    }
}

static FUNCTIONS: LazyLock<BTreeMap<&'static str, Function>> = LazyLock::new(|| {
    let all = [
        ciphers::all(),
        codes::all(),
        compression::all(),
        date_formats::all(),
        numbers::all(),
        patterns::all(),
        searches::all(),
        strings::all(),
        times::all(),
        to_char::all(),
        to_dates::all(),
        xml::all(),
    ];
    let named = |function: Function| (function.name, function);
    all.into_iter().flatten().map(named).collect()
});

/// The function with this name in H2.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.get(name)
}

/// The number by which types are named in calls of our own functions.
pub(crate) fn type_number(ty: SqlType) -> usize {
    TYPES
        .iter()
        .position(|known| *known == ty)
        .unwrap_or(OBJECT)
}

const TYPES: [SqlType; 18] = [
    SqlType::Null,
    SqlType::Varchar,
    SqlType::Boolean,
    SqlType::TinyInt,
    SqlType::SmallInt,
    SqlType::Int,
    SqlType::BigInt,
    SqlType::Decimal,
    SqlType::Real,
    SqlType::Double,
    SqlType::Time,
    SqlType::Date,
    SqlType::Timestamp,
    SqlType::Binary,
    SqlType::Object,
    SqlType::Uuid,
    SqlType::Array,
    SqlType::Any,
];
const OBJECT: usize = 14;

/// Registers everything that translated statements call.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation(DECIMAL_COLLATION, compare_decimals)?;
    for function in FUNCTIONS.values() {
        let body = function.body;
        let types = &function.parameters.types;
        let takes_null = function.takes_null;
        scalar(connection, &function.sqlite_name(), move |context| {
            let values = arguments(context, |index| types.get(index).copied());
            if takes_null {
                return body(&values);
            }
            null_or(&values, || body(&values))
        })?;
    }
    register_typed(connection)?;
    arrays::register(connection)?;
    aggregates::register(connection)
}

/// Functions whose types stand in the call as numbers.
fn register_typed(connection: &Connection) -> rusqlite::Result<()> {
    scalar(connection, "h2_convert", |context| {
        let value = from_cell(context.get_raw(0), type_at(context, 1));
        convert(value, type_at(context, 2))
    })?;
    scalar(connection, "h2_partition", |context| {
        let SqlValue::Object(key) = from_cell(context.get_raw(0), SqlType::Object) else {
            return Ok(SqlValue::Null);
        };
        let partition = key_hash(key.as_bytes())
            .ok()
            .map(|hash| partition_of_hash(hash, PARTITIONS.unsigned_abs()));
        Ok(partition.map_or(SqlValue::Null, |number| SqlValue::BigInt(i64::from(number))))
    })?;
    scalar(connection, "h2_raw", |context| {
        let SqlValue::Object(raw) = from_cell(context.get_raw(0), SqlType::Object) else {
            return Ok(SqlValue::Null);
        };
        let value = SqlValue::from_raw(&raw).unwrap_or(SqlValue::Null);
        convert(value, type_at(context, 1))
    })?;
    scalar(connection, "h2_compute", |context| {
        let operator = *at(&Operator::ALL, number_at(context, 0));
        let ty = type_at(context, 1);
        let operands = [2, 3].map(|index| from_cell(context.get_raw(index), ty));
        null_or(&operands, || {
            arithmetic::compute(operator, &operands[0], &operands[1], ty)
        })
    })?;
    scalar(connection, "h2_abs", |context| {
        numbers::absolute(&from_cell(context.get_raw(1), type_at(context, 0)))
    })?;
    scalar(connection, "h2_truncate", |context| {
        let value = from_cell(context.get_raw(1), type_at(context, 0));
        let digits = from_cell(context.get_raw(2), SqlType::Int);
        let values = [value, digits];
        null_or(&values, || numbers::truncate(&values[0], &values[1]))
    })?;
    scalar(connection, "h2_truncate_value", |context| {
        let value = from_cell(context.get_raw(1), type_at(context, 0));
        let length = from_cell(context.get_raw(2), SqlType::Int);
        let force = from_cell(context.get_raw(3), SqlType::Boolean);
        let force = matches!(force, SqlValue::Boolean(true));
        let values = [value, length];
        null_or(&values, || truncated::truncated(&values, force))
    })?;
    scalar(connection, "h2_scale", |context| {
        let value = from_cell(context.get_raw(0), SqlType::Decimal);
        let SqlValue::Decimal(number) = value else {
            return Ok(SqlValue::Null);
        };
        let scale = i64::try_from(number_at(context, 1)).unwrap_or(0);
        Ok(SqlValue::Decimal(
            number.with_scale_round(scale, bigdecimal::RoundingMode::HalfUp),
        ))
    })?;
    scalar(connection, "h2_decimal", |context| {
        let value = from_cell(context.get_raw(0), SqlType::Decimal);
        let SqlValue::Decimal(number) = value else {
            return Ok(SqlValue::Null);
        };
        numbers::limited(&number, number_at(context, 1), number_at(context, 2))
    })?;
    scalar(connection, "h2_timestamp", |context| {
        let value = from_cell(context.get_raw(0), SqlType::Timestamp);
        Ok(times::rounded(&value, number_at(context, 1)))
    })?;
    scalar(connection, "h2_concat_ws", |context| {
        Ok(strings::concatenated(&arguments(context, |_| {
            Some(SqlType::Varchar)
        })))
    })?;
    scalar(connection, "h2_refuse", |context| {
        let values = arguments(context, |_| Some(SqlType::Varchar));
        null_or(&values, || match &values[0] {
            SqlValue::Varchar(what) => Err(SqlError::unsupported(what)),
            _ => Ok(SqlValue::Null),
        })
    })?;
    scalar(connection, "h2_regexp", |context| {
        let values = arguments(context, |_| Some(SqlType::Varchar));
        null_or(&values, || match (&values[0], &values[1]) {
            (SqlValue::Varchar(text), SqlValue::Varchar(pattern)) => {
                let found = patterns::pattern(pattern, "")?.is_match(text.as_str());
                Ok(SqlValue::Boolean(found))
            }
            _ => Ok(SqlValue::Null),
        })
    })?;
    register_times(connection)
}

fn register_times(connection: &Connection) -> rusqlite::Result<()> {
    scalar(connection, "h2_dateadd", |context| {
        let unit = *at(&Unit::ALL, number_at(context, 0));
        let count = from_cell(context.get_raw(1), SqlType::BigInt);
        let value = from_cell(context.get_raw(3), type_at(context, 2));
        match count {
            SqlValue::BigInt(count) if !value.is_null() => units::add(unit, count, &value),
            _ => Ok(SqlValue::Null),
        }
    })?;
    scalar(connection, "h2_datediff", |context| {
        let unit = *at(&Unit::ALL, number_at(context, 0));
        let from = from_cell(context.get_raw(2), type_at(context, 1));
        let to = from_cell(context.get_raw(4), type_at(context, 3));
        units::difference(unit, &from, &to)
    })?;
    scalar(connection, "h2_datetrunc", |context| {
        let unit = *at(&Unit::ALL, number_at(context, 0));
        units::truncate(unit, &from_cell(context.get_raw(2), type_at(context, 1)))
    })?;
    scalar(connection, "h2_extract", |context| {
        let unit = *at(&Unit::ALL, number_at(context, 0));
        times::extract(unit, &from_cell(context.get_raw(2), type_at(context, 1)))
    })?;
    scalar(connection, "h2_time_compute", |context| {
        let operator = *at(&Operator::ALL, number_at(context, 0));
        let left = from_cell(context.get_raw(2), type_at(context, 1));
        let right = from_cell(context.get_raw(4), type_at(context, 3));
        let values = [left, right];
        null_or(&values, || times::compute(operator, &values[0], &values[1]))
    })
}

fn scalar(
    connection: &Connection,
    name: &str,
    body: impl Fn(&Context<'_>) -> Result<SqlValue, SqlError> + Send + 'static,
) -> rusqlite::Result<()> {
    const ANY_NUMBER: i32 = -1;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(name, ANY_NUMBER, flags, move |context| {
        let result: Result<Value, SqlError> = body(context).map(|value| to_cell(&value));
        result.map_err(SqlError::for_sqlite)
    })
}

fn arguments(context: &Context<'_>, ty: impl Fn(usize) -> Option<SqlType>) -> Vec<SqlValue> {
    let value = |index| {
        from_cell(
            context.get_raw(index),
            ty(index).unwrap_or(SqlType::Varchar),
        )
    };
    (0..context.len()).map(value).collect()
}

fn null_or(
    values: &[SqlValue],
    body: impl FnOnce() -> Result<SqlValue, SqlError>,
) -> Result<SqlValue, SqlError> {
    if values.iter().any(SqlValue::is_null) {
        return Ok(SqlValue::Null);
    }
    body()
}

fn number_at(context: &Context<'_>, index: usize) -> usize {
    context
        .get::<i64>(index)
        .map_or(0, |number| usize::try_from(number).unwrap_or(0))
}

fn type_at(context: &Context<'_>, index: usize) -> SqlType {
    *at(&TYPES, number_at(context, index))
}

/// The entry with this number; calls are written by the translation, so it is there.
fn at<T>(all: &[T], number: usize) -> &T {
    all.get(number).unwrap_or(&all[0])
}
