//! Conversions between types, as H2's `Value.convertTo` does them.

use bigdecimal::num_traits::{ToPrimitive, Zero};
use bigdecimal::{BigDecimal, FromPrimitive, RoundingMode};
use portway_ignite_protocol::Timestamp;

use super::array::Array;
use super::error::{SqlError, code};
use super::text::{self, to_text};
use super::types::SqlType;
use super::value::{DAY, SqlValue, from_big_decimal};

/// The value in another type; null stays null.
///
/// # Errors
/// For text that is no such value, for numbers out of range, and for types that have nothing in
/// common.
pub(crate) fn convert(value: SqlValue, to: SqlType) -> Result<SqlValue, SqlError> {
    if value.is_null() || value.sql_type() == to {
        return Ok(value);
    }
    match to {
        SqlType::Null => Ok(SqlValue::Null),
        SqlType::Varchar => Ok(SqlValue::Varchar(to_text(&value))),
        SqlType::Boolean => to_boolean(&value),
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
            to_integer(&value, to)
        }
        SqlType::Decimal => to_decimal(&value).map(SqlValue::Decimal),
        SqlType::Real => to_double(&value).map(|number| SqlValue::Real(narrow(number))),
        SqlType::Double => to_double(&value).map(SqlValue::Double),
        SqlType::Time | SqlType::Date | SqlType::Timestamp => to_temporal(&value, to),
        SqlType::Binary => to_binary(&value),
        SqlType::Uuid => to_uuid(&value),
        // The digits of an object, which what arrays look like is none of.
        SqlType::Object if matches!(value, SqlValue::Array(_)) => to_binary(&value),
        SqlType::Object | SqlType::Entry(_) => Ok(SqlValue::Object(value.to_raw())),
        SqlType::Array => {
            let only = SqlValue::Varchar(to_text(&value));
            Ok(SqlValue::Array(Array::new(vec![only])))
        }
        SqlType::Any => Ok(value),
    }
}

/// H2 says so when a value has no form in the wanted type.
pub(crate) fn conversion_error(value: &SqlValue) -> SqlError {
    let shown = text::in_message(&to_text(value));
    let message = format!("Data conversion error converting {shown}");
    SqlError::parse(code::DATA_CONVERSION, message)
}

pub(crate) fn out_of_range(number: &str) -> SqlError {
    let message = format!("Numeric value out of range: \"{number}\"");
    SqlError::parse(code::OUT_OF_RANGE, message)
}

/// A number that a type does not hold; H2 would name a column, and knows none.
fn beyond(number: &str) -> SqlError {
    let message = format!("Numeric value out of range: \"{number}\" in column ");
    SqlError::parse(code::OUT_OF_RANGE_OF_COLUMN, message)
}

/// A double as a float, rounded.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to the nearest float is what is asked for"
)]
pub(crate) fn narrow(number: f64) -> f32 {
    number as f32
}

fn to_boolean(value: &SqlValue) -> Result<SqlValue, SqlError> {
    if let SqlValue::Varchar(text) = value {
        return match text.trim().to_ascii_uppercase().as_str() {
            "TRUE" | "T" | "YES" | "Y" => Ok(SqlValue::Boolean(true)),
            "FALSE" | "F" | "NO" | "N" => Ok(SqlValue::Boolean(false)),
            number => {
                let number: BigDecimal =
                    text::parse(number).ok_or_else(|| conversion_error(value))?;
                Ok(SqlValue::Boolean(!number.is_zero()))
            }
        };
    }
    Ok(SqlValue::Boolean(to_double(value)? != 0.0))
}

fn to_integer(value: &SqlValue, to: SqlType) -> Result<SqlValue, SqlError> {
    let number = match value {
        SqlValue::Boolean(value) => i64::from(*value),
        SqlValue::TinyInt(value) => i64::from(*value),
        SqlValue::SmallInt(value) => i64::from(*value),
        SqlValue::Int(value) => i64::from(*value),
        SqlValue::BigInt(value) => *value,
        SqlValue::Varchar(text) => text::parse(text).ok_or_else(|| conversion_error(value))?,
        SqlValue::Decimal(decimal) => {
            whole(decimal).ok_or_else(|| beyond(&from_big_decimal(decimal).to_string()))?
        }
        SqlValue::Binary(bytes) => {
            let digits = text::hex(bytes);
            i64::from_str_radix(&digits, 16).map_err(|_| conversion_error(value))?
        }
        SqlValue::Real(_) | SqlValue::Double(_) => {
            let number = to_double(value)?;
            if number.is_nan() {
                // As a cast in Java.
                return SqlValue::integer(0, to).ok_or_else(|| conversion_error(value));
            }
            let number = BigDecimal::from_f64(number);
            let number = number.ok_or_else(|| conversion_error(value))?;
            whole(&number).ok_or_else(|| beyond(&to_text(value)))?
        }
        _ => return Err(conversion_error(value)),
    };
    if matches!(value, SqlValue::Binary(_)) && to == SqlType::Int {
        // The low 32 bits, as Java's cast.
        let [.., a, b, c, d] = number.to_be_bytes();
        return Ok(SqlValue::Int(i32::from_be_bytes([a, b, c, d])));
    }
    SqlValue::integer(number, to).ok_or_else(|| match value {
        SqlValue::Varchar(_) => conversion_error(value),
        _ => beyond(&number.to_string()),
    })
}

fn whole(decimal: &BigDecimal) -> Option<i64> {
    /// More zeros than a long has digits.
    const TOO_MANY_ZEROS: i64 = -20;
    let (_, scale) = decimal.as_bigint_and_exponent();
    if scale < TOO_MANY_ZEROS && !decimal.is_zero() {
        return None;
    }
    decimal.with_scale_round(0, RoundingMode::HalfUp).to_i64()
}

/// The number exactly; floats as Java's `BigDecimal.valueOf`.
pub(crate) fn to_decimal(value: &SqlValue) -> Result<BigDecimal, SqlError> {
    Ok(match value {
        SqlValue::Decimal(decimal) => decimal.clone(),
        SqlValue::Boolean(value) => i64::from(*value).into(),
        SqlValue::TinyInt(value) => i64::from(*value).into(),
        SqlValue::SmallInt(value) => i64::from(*value).into(),
        SqlValue::Int(value) => i64::from(*value).into(),
        SqlValue::BigInt(value) => (*value).into(),
        SqlValue::Varchar(_) | SqlValue::Real(_) | SqlValue::Double(_) => {
            text::parse(&to_text(value)).ok_or_else(|| conversion_error(value))?
        }
        _ => return Err(conversion_error(value)),
    })
}

pub(crate) fn to_double(value: &SqlValue) -> Result<f64, SqlError> {
    Ok(match value {
        SqlValue::Double(number) => *number,
        SqlValue::Real(number) => f64::from(*number),
        SqlValue::Varchar(text) => text::parse(text).ok_or_else(|| conversion_error(value))?,
        other => to_decimal(other)?.to_f64().unwrap_or(f64::NAN),
    })
}

fn to_temporal(value: &SqlValue, to: SqlType) -> Result<SqlValue, SqlError> {
    match (value, to) {
        (SqlValue::Varchar(text), SqlType::Date) => text::parse_date(text),
        (SqlValue::Varchar(text), SqlType::Time) => text::parse_time(text),
        (SqlValue::Varchar(text), _) => text::parse_timestamp(text),
        (SqlValue::Timestamp(timestamp), SqlType::Date) => {
            Ok(SqlValue::Date(timestamp.milliseconds.div_euclid(DAY)))
        }
        (SqlValue::Timestamp(timestamp), SqlType::Time) => {
            Ok(SqlValue::Time(timestamp.milliseconds.rem_euclid(DAY)))
        }
        (SqlValue::Date(days), SqlType::Timestamp) => Ok(midnight(*days)),
        (SqlValue::Date(_), SqlType::Time) => Ok(SqlValue::Time(0)),
        (SqlValue::Time(_), SqlType::Date) => Ok(SqlValue::Date(0)),
        (SqlValue::Time(milliseconds), SqlType::Timestamp) => Ok(SqlValue::Timestamp(Timestamp {
            milliseconds: *milliseconds,
            nanoseconds: 0,
        })),
        // Anything else is read as its text.
        (other, _) => to_temporal(&SqlValue::Varchar(to_text(other)), to),
    }
}

pub(crate) fn midnight(days: i64) -> SqlValue {
    SqlValue::Timestamp(Timestamp {
        milliseconds: days.saturating_mul(DAY),
        nanoseconds: 0,
    })
}

fn to_binary(value: &SqlValue) -> Result<SqlValue, SqlError> {
    match value {
        SqlValue::Uuid(uuid) => Ok(SqlValue::Binary(uuid.as_bytes().to_vec())),
        SqlValue::Object(raw) => Ok(SqlValue::Binary(raw.as_bytes().to_vec())),
        SqlValue::TinyInt(number) => Ok(SqlValue::Binary(number.to_be_bytes().to_vec())),
        SqlValue::SmallInt(number) => Ok(SqlValue::Binary(number.to_be_bytes().to_vec())),
        SqlValue::Int(number) => Ok(SqlValue::Binary(number.to_be_bytes().to_vec())),
        SqlValue::BigInt(number) => Ok(SqlValue::Binary(number.to_be_bytes().to_vec())),
        other => bytes_of_digits(&to_text(other)).map(SqlValue::Binary),
    }
}

/// The bytes that hexadecimal digits stand for.
///
/// # Errors
/// For an odd number of digits, and for what is no digit.
pub(crate) fn bytes_of_digits(digits: &str) -> Result<Vec<u8>, SqlError> {
    if digits.len() % 2 == 1 {
        let message = format!("Hexadecimal string with odd number of characters: \"{digits}\"");
        return Err(SqlError::parse(code::HEXADECIMAL_ODD, message));
    }
    text::from_hex(digits).ok_or_else(|| {
        let message = format!("Hexadecimal string contains non-hex character: \"{digits}\"");
        SqlError::parse(code::HEXADECIMAL, message)
    })
}

fn to_uuid(value: &SqlValue) -> Result<SqlValue, SqlError> {
    let uuid = match value {
        SqlValue::Binary(bytes) if bytes.len() >= 16 => uuid::Uuid::from_slice(&bytes[..16]).ok(),
        other => text::parse_uuid(&to_text(other)),
    };
    uuid.map(SqlValue::Uuid)
        .ok_or_else(|| conversion_error(value))
}

/// Whether values of a class stay at a server: no value that a client has is one.
pub(crate) fn is_locator(class: &str) -> bool {
    matches!(class, "java.sql.Array" | "java.sql.Blob" | "java.sql.Clob")
}

/// What a column of a Java class makes of a value that is written to it; Ignite converts less than H2
/// compares.
///
/// # Errors
/// For what Ignite does not convert.
pub(crate) fn convert_stored(
    value: SqlValue,
    to: SqlType,
    class: &str,
) -> Result<SqlValue, SqlError> {
    match (value, to) {
        (SqlValue::Null, _) => Ok(SqlValue::Null),
        (SqlValue::Object(raw), SqlType::Object) => Ok(SqlValue::Object(raw)),
        (SqlValue::Array(array), SqlType::Array) => match array.stored_as(class) {
            Ok(stored) => Ok(SqlValue::Array(stored)),
            Err(other) => Err(conversion_error(&SqlValue::Array(other))),
        },
        (value @ SqlValue::Array(_), SqlType::Varchar) => convert(value, to),
        (value @ SqlValue::Array(_), _) => Err(conversion_error(&value)),
        (value, SqlType::Array) => Err(conversion_error(&value)),
        (value, SqlType::Object) if is_locator(class) => Err(conversion_error(&value)),
        (value, to) => convert(value, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> SqlValue {
        SqlValue::Varchar(value.to_owned())
    }

    #[test]
    fn text_becomes_what_it_says() {
        let converted = |value, to| convert(text(value), to).unwrap();
        assert_eq!(converted(" 12 ", SqlType::Int), SqlValue::Int(12));
        assert_eq!(converted("yes", SqlType::Boolean), SqlValue::Boolean(true));
        assert_eq!(converted("1970-01-02", SqlType::Date), SqlValue::Date(1));
        assert_eq!(
            converted("01ff", SqlType::Binary),
            SqlValue::Binary(vec![1, 255])
        );
        let error = convert(text("abc"), SqlType::Int).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Data conversion error converting \"abc\""
        );
    }

    #[test]
    fn numbers_are_rounded_and_bounded() {
        let decimal = |text: &str| SqlValue::Decimal(text.parse().unwrap());
        assert_eq!(
            convert(decimal("1.7"), SqlType::Int).unwrap(),
            SqlValue::Int(2)
        );
        assert_eq!(
            convert(decimal("-1.5"), SqlType::Int).unwrap(),
            SqlValue::Int(-2)
        );
        assert!(convert(SqlValue::Int(1000), SqlType::TinyInt).is_err());
        let double = convert(SqlValue::Double(0.1), SqlType::Decimal).unwrap();
        assert_eq!(double, decimal("0.1"));
    }
}
