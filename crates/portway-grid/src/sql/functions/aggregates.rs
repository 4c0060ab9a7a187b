//! Sums and averages in the types that H2 gives them.

use bigdecimal::BigDecimal;
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::Value;

use super::arithmetic::divide;
use super::type_at;
use crate::sql::cell::{from_cell, to_cell};
use crate::sql::convert::{convert, to_decimal};
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// Sums exactly: called with the type of the values and that of the result.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function("h2_sum", 3, flags, Sum { average: false })?;
    connection.create_aggregate_function("h2_avg", 3, flags, Sum { average: true })?;
    connection.create_aggregate_function("h2_float_sum", 1, flags, FloatSum { average: false })?;
    connection.create_aggregate_function("h2_float_avg", 1, flags, FloatSum { average: true })?;
    connection.create_aggregate_function("h2_only", 1, flags, Only)?;
    connection.create_aggregate_function("h2_same", 3, flags, Same)?;
    // It depends on nothing, and yet must not be computed before it is asked for.
    let flags = FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function("h2_must_group", 1, flags, |context| {
        Err::<Value, _>(must_group_by(&context.get::<String>(0)?))
    })
}

fn must_group_by(column: &str) -> rusqlite::Error {
    let message = format!("Column \"{column}\" must be in the GROUP BY list");
    SqlError::parse(code::MUST_GROUP_BY, message).for_sqlite()
}

/// The one value that a column has in all rows of a group: called with the value, whether it is a
/// decimal, and the column's name.
struct Same;

impl Aggregate<Value, Value> for Same {
    fn init(&self, context: &mut Context<'_>) -> rusqlite::Result<Value> {
        context.get(0)
    }

    fn step(&self, context: &mut Context<'_>, first: &mut Value) -> rusqlite::Result<()> {
        let next: Value = context.get(0)?;
        let is_same = match context.get::<bool>(1)? {
            true => {
                let decimal = |value: &Value| from_cell(value.into(), SqlType::Decimal);
                decimal(first) == decimal(&next)
            }
            false => *first == next,
        };
        if is_same {
            return Ok(());
        }
        Err(must_group_by(&context.get::<String>(2)?))
    }

    fn finalize(&self, _: &mut Context<'_>, first: Option<Value>) -> rusqlite::Result<Value> {
        Ok(first.unwrap_or(Value::Null))
    }
}

/// The value of the only row of a subquery.
struct Only;

impl Aggregate<Option<Value>, Value> for Only {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Value>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, found: &mut Option<Value>) -> rusqlite::Result<()> {
        if found.is_some() {
            let message = "Scalar subquery contains more than one row";
            return Err(SqlError::parse(code::SUBQUERY_NOT_SINGLE, message).for_sqlite());
        }
        *found = Some(context.get(0)?);
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        found: Option<Option<Value>>,
    ) -> rusqlite::Result<Value> {
        Ok(found.flatten().unwrap_or(Value::Null))
    }
}

/// Sums one after the other, as Java does: SQLite's own sum makes up for what rounding loses.
struct FloatSum {
    average: bool,
}

impl Aggregate<(f64, u32), Value> for FloatSum {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<(f64, u32)> {
        Ok((0.0, 0))
    }

    fn step(
        &self,
        context: &mut Context<'_>,
        (sum, count): &mut (f64, u32),
    ) -> rusqlite::Result<()> {
        if let SqlValue::Double(number) = from_cell(context.get_raw(0), SqlType::Double) {
            *sum += number;
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<(f64, u32)>) -> rusqlite::Result<Value> {
        let Some((sum, count)) = state.filter(|(_, count)| *count > 0) else {
            return Ok(Value::Null);
        };
        let number = if self.average {
            sum / f64::from(count)
        } else {
            sum
        };
        Ok(to_cell(&SqlValue::Double(number)))
    }
}

struct Sum {
    average: bool,
}

/// What was added so far.
struct State {
    sum: BigDecimal,
    count: i64,
    result: SqlType,
}

impl Aggregate<State, Value> for Sum {
    fn init(&self, context: &mut Context<'_>) -> rusqlite::Result<State> {
        Ok(State {
            sum: BigDecimal::from(0),
            count: 0,
            result: type_at(context, 1),
        })
    }

    fn step(&self, context: &mut Context<'_>, state: &mut State) -> rusqlite::Result<()> {
        let value = from_cell(context.get_raw(2), type_at(context, 0));
        if !value.is_null() {
            state.sum += to_decimal(&value).map_err(SqlError::for_sqlite)?;
            state.count += 1;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<State>) -> rusqlite::Result<Value> {
        let Some(State { sum, count, result }) = state.filter(|state| state.count > 0) else {
            return Ok(Value::Null);
        };
        let value = if self.average {
            let quotient = divide(&sum, &BigDecimal::from(count));
            if result.is_integer() {
                quotient.with_scale_round(0, bigdecimal::RoundingMode::Down)
            } else {
                quotient
            }
        } else {
            sum
        };
        let value = convert(SqlValue::Decimal(value), result).map_err(SqlError::for_sqlite)?;
        Ok(to_cell(&value))
    }
}
