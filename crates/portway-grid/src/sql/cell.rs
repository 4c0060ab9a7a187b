//! How values lie in SQLite: so that its own order and equality are those of the type.
//!
//! | type | in SQLite |
//! |---|---|
//! | whole numbers, BOOLEAN, DATE (days), TIME (milliseconds) | INTEGER |
//! | REAL, DOUBLE | REAL; what is no number as the TEXT `NaN`: more than all numbers, as in Java |
//! | VARCHAR | TEXT |
//! | DECIMAL | TEXT with the collation `decimal` |
//! | TIMESTAMP | BLOB: milliseconds and nanoseconds, sign flipped, big-endian |
//! | UUID | BLOB: both halves, signs flipped, big-endian, as Java orders them |
//! | VARBINARY, OTHER | BLOB |
//! | ARRAY, and what is taken out of one | TEXT with the collation of values ([`super::array::coded`]) |

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use bytes::Bytes;
use portway_ignite_protocol::{RawValue, Timestamp};
use rusqlite::types::{Value, ValueRef};
use uuid::Uuid;

use super::array::coded;
use super::types::SqlType;
use super::value::{SqlValue, from_big_decimal};

const SIGN: u64 = 1 << 63;

/// How what is no number lies in SQLite.
const NOT_A_NUMBER: &str = "NaN";

/// The value for SQLite.
pub(crate) fn to_cell(value: &SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Varchar(text) => Value::Text(text.clone()),
        SqlValue::Boolean(value) => Value::Integer(i64::from(*value)),
        SqlValue::TinyInt(value) => Value::Integer(i64::from(*value)),
        SqlValue::SmallInt(value) => Value::Integer(i64::from(*value)),
        SqlValue::Int(value) => Value::Integer(i64::from(*value)),
        SqlValue::BigInt(value) | SqlValue::Time(value) | SqlValue::Date(value) => {
            Value::Integer(*value)
        }
        // With its scale, which the text of a long number does not tell.
        SqlValue::Decimal(number) => Value::Text(from_big_decimal(number).to_string()),
        SqlValue::Real(value) => float_cell(f64::from(*value)),
        SqlValue::Double(value) => float_cell(*value),
        SqlValue::Timestamp(timestamp) => Value::Blob(timestamp_cell(*timestamp).to_vec()),
        SqlValue::Binary(bytes) => Value::Blob(bytes.clone()),
        SqlValue::Object(raw) => Value::Blob(raw.as_bytes().to_vec()),
        SqlValue::Uuid(uuid) => Value::Blob(uuid_cell(*uuid).to_vec()),
        SqlValue::Array(_) => Value::Text(coded::encode(value)),
    }
}

/// SQLite would take for null what is no number.
fn float_cell(number: f64) -> Value {
    if number.is_nan() {
        return Value::Text(NOT_A_NUMBER.to_owned());
    }
    Value::Real(number)
}

fn timestamp_cell(timestamp: Timestamp) -> [u8; 12] {
    let mut cell = [0; 12];
    let (milliseconds, nanoseconds) = cell.split_at_mut(8);
    let ordered = timestamp.milliseconds.cast_unsigned() ^ SIGN;
    milliseconds.copy_from_slice(&ordered.to_be_bytes());
    nanoseconds.copy_from_slice(&timestamp.nanoseconds.to_be_bytes());
    cell
}

fn uuid_cell(uuid: Uuid) -> [u8; 16] {
    let (high, low) = uuid.as_u64_pair();
    Uuid::from_u64_pair(high ^ SIGN, low ^ SIGN).into_bytes()
}

/// What SQLite holds, as a value of `ty`. What is of another form (only a statement of ours that is
/// wrong could cause that) is null.
pub(crate) fn from_cell(cell: ValueRef<'_>, ty: SqlType) -> SqlValue {
    match cell {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(number) => from_integer(number, ty),
        ValueRef::Real(number) => match ty {
            SqlType::Real => SqlValue::Real(super::convert::narrow(number)),
            _ => SqlValue::Double(number),
        },
        ValueRef::Text(text) => from_text(&String::from_utf8_lossy(text), ty),
        ValueRef::Blob(bytes) => from_blob(bytes, ty),
    }
}

fn from_integer(number: i64, ty: SqlType) -> SqlValue {
    match ty {
        SqlType::Boolean => SqlValue::Boolean(number != 0),
        SqlType::Time => SqlValue::Time(number),
        SqlType::Date => SqlValue::Date(number),
        #[expect(
            clippy::cast_precision_loss,
            reason = "SQLite made the integer of a double"
        )]
        SqlType::Double => SqlValue::Double(number as f64),
        SqlType::Decimal => SqlValue::Decimal(number.into()),
        ty => SqlValue::integer(number, ty).unwrap_or(SqlValue::BigInt(number)),
    }
}

fn from_text(text: &str, ty: SqlType) -> SqlValue {
    match ty {
        SqlType::Decimal => text
            .parse::<BigDecimal>()
            .map_or(SqlValue::Null, SqlValue::Decimal),
        SqlType::Array | SqlType::Any => coded::decode(text).unwrap_or(SqlValue::Null),
        SqlType::Double if text == NOT_A_NUMBER => SqlValue::Double(f64::NAN),
        SqlType::Real if text == NOT_A_NUMBER => SqlValue::Real(f32::NAN),
        _ => SqlValue::Varchar(text.to_owned()),
    }
}

fn from_blob(bytes: &[u8], ty: SqlType) -> SqlValue {
    match ty {
        SqlType::Timestamp => timestamp_of(bytes).map_or(SqlValue::Null, SqlValue::Timestamp),
        SqlType::Uuid => Uuid::from_slice(bytes).map_or(SqlValue::Null, |flipped| {
            let (high, low) = flipped.as_u64_pair();
            SqlValue::Uuid(Uuid::from_u64_pair(high ^ SIGN, low ^ SIGN))
        }),
        SqlType::Object | SqlType::Entry(_) => {
            SqlValue::Object(RawValue::from_trusted_bytes(Bytes::copy_from_slice(bytes)))
        }
        _ => SqlValue::Binary(bytes.to_vec()),
    }
}

fn timestamp_of(cell: &[u8]) -> Option<Timestamp> {
    let (milliseconds, nanoseconds) = cell.split_first_chunk::<8>()?;
    let milliseconds = u64::from_be_bytes(*milliseconds) ^ SIGN;
    Some(Timestamp {
        milliseconds: milliseconds.cast_signed(),
        nanoseconds: i32::from_be_bytes(nanoseconds.try_into().ok()?),
    })
}

/// The collation of decimals: by value, whatever their scales.
pub(crate) fn compare_decimals(left: &str, right: &str) -> Ordering {
    let number = |text: &str| text.parse::<BigDecimal>().unwrap_or_default();
    if left == right {
        return Ordering::Equal;
    }
    number(left).cmp(&number(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(value: &SqlValue) -> Vec<u8> {
        match to_cell(value) {
            Value::Blob(bytes) => bytes,
            other => panic!("no blob: {other:?}"),
        }
    }

    #[test]
    fn the_bytes_of_timestamps_and_uuids_have_the_order_of_the_values() {
        let timestamp = |milliseconds, nanoseconds| {
            blob(&SqlValue::Timestamp(Timestamp {
                milliseconds,
                nanoseconds,
            }))
        };
        assert!(timestamp(-5, 0) < timestamp(-5, 1));
        assert!(timestamp(-5, 1) < timestamp(0, 0));
        assert!(timestamp(0, 0) < timestamp(i64::MAX, 0));
        let uuid = |high| blob(&SqlValue::Uuid(Uuid::from_u64_pair(high, 0)));
        assert!(uuid(u64::MAX) < uuid(0), "Java compares with sign");
    }

    #[test]
    fn cells_come_back_as_values() {
        let values = [
            SqlValue::Timestamp(Timestamp {
                milliseconds: -7,
                nanoseconds: 3,
            }),
            SqlValue::Uuid(Uuid::from_u128(9)),
            SqlValue::Decimal("1.50".parse().unwrap()),
            SqlValue::TinyInt(-3),
            SqlValue::Date(5),
            SqlValue::Real(2.5),
        ];
        for value in values {
            let cell = to_cell(&value);
            assert_eq!(from_cell(ValueRef::from(&cell), value.sql_type()), value);
        }
    }

    #[test]
    fn what_is_no_number_is_not_null() {
        let cell = to_cell(&SqlValue::Double(f64::NAN));
        let value = from_cell(ValueRef::from(&cell), SqlType::Double);
        assert!(matches!(value, SqlValue::Double(number) if number.is_nan()));
    }

    #[test]
    fn decimals_are_compared_by_value() {
        assert_eq!(compare_decimals("1.50", "1.5"), Ordering::Equal);
        assert_eq!(compare_decimals("9", "10.0"), Ordering::Less);
    }
}
