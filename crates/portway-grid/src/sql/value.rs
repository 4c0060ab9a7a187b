//! A value of SQL, between what clients send, what entries hold and what SQLite computes with.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};
use portway_ignite_protocol::{
    BinaryConfiguration, Decimal, DecodeError, RawValue, Time, Timestamp, Value, Writer, tag,
};
use uuid::Uuid;

use super::array::Array;
use super::java_time::from_java_time;
use super::types::SqlType;

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

/// A value with its type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SqlValue {
    Null,
    Varchar(String),
    Boolean(bool),
    TinyInt(i8),
    SmallInt(i16),
    Int(i32),
    BigInt(i64),
    Decimal(BigDecimal),
    Real(f32),
    Double(f64),
    /// Milliseconds since midnight.
    Time(i64),
    /// Days since 1970.
    Date(i64),
    Timestamp(Timestamp),
    Binary(Vec<u8>),
    Object(RawValue),
    Uuid(Uuid),
    Array(Array),
}

impl SqlValue {
    pub(crate) fn sql_type(&self) -> SqlType {
        match self {
            Self::Null => SqlType::Null,
            Self::Varchar(_) => SqlType::Varchar,
            Self::Boolean(_) => SqlType::Boolean,
            Self::TinyInt(_) => SqlType::TinyInt,
            Self::SmallInt(_) => SqlType::SmallInt,
            Self::Int(_) => SqlType::Int,
            Self::BigInt(_) => SqlType::BigInt,
            Self::Decimal(_) => SqlType::Decimal,
            Self::Real(_) => SqlType::Real,
            Self::Double(_) => SqlType::Double,
            Self::Time(_) => SqlType::Time,
            Self::Date(_) => SqlType::Date,
            Self::Timestamp(_) => SqlType::Timestamp,
            Self::Binary(_) => SqlType::Binary,
            Self::Object(_) => SqlType::Object,
            Self::Uuid(_) => SqlType::Uuid,
            Self::Array(_) => SqlType::Array,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A whole number of the given type; the caller has checked its range.
    pub(crate) fn integer(value: i64, ty: SqlType) -> Option<Self> {
        Some(match ty {
            SqlType::TinyInt => Self::TinyInt(i8::try_from(value).ok()?),
            SqlType::SmallInt => Self::SmallInt(i16::try_from(value).ok()?),
            SqlType::Int => Self::Int(i32::try_from(value).ok()?),
            _ => Self::BigInt(value),
        })
    }

    /// What a client sent, or what an entry holds.
    pub(crate) fn from_raw(raw: &RawValue) -> Result<Self, DecodeError> {
        Ok(match raw.tag() {
            tag::NULL => Self::Null,
            tag::BYTE => Self::TinyInt(raw.read()?),
            tag::SHORT => Self::SmallInt(raw.read()?),
            tag::INT => Self::Int(raw.read()?),
            tag::LONG => Self::BigInt(raw.read()?),
            tag::FLOAT => Self::Real(raw.read()?),
            tag::DOUBLE => Self::Double(raw.read()?),
            tag::BOOL => Self::Boolean(raw.read()?),
            tag::STRING => Self::Varchar(raw.read()?),
            tag::UUID => Self::Uuid(raw.read()?),
            tag::BYTE_ARRAY => Self::Binary(raw.read()?),
            tag::CHAR | tag::DATE | tag::TIME | tag::TIMESTAMP | tag::DECIMAL => {
                Self::from_value(raw.read()?)
            }
            // A node has enumerations in their binary form.
            tag::ENUM => Self::Object(binary_enum(raw)),
            tag::OBJECT_ARRAY
            | tag::STRING_ARRAY
            | tag::UUID_ARRAY
            | tag::DATE_ARRAY
            | tag::TIMESTAMP_ARRAY
            | tag::TIME_ARRAY
            | tag::DECIMAL_ARRAY => match Array::from_raw(raw)? {
                Some(array) => Self::Array(array),
                None => Self::Object(raw.clone()),
            },
            _ => of_java_class(raw),
        })
    }

    /// The class of the value in Java.
    pub(crate) fn java_class(&self) -> &'static str {
        match self {
            Self::Array(array) => array.component.java_class(),
            Self::Object(raw) => match raw.tag() {
                tag::SHORT_ARRAY => "[S",
                tag::INT_ARRAY => "[I",
                tag::LONG_ARRAY => "[J",
                tag::FLOAT_ARRAY => "[F",
                tag::DOUBLE_ARRAY => "[D",
                tag::CHAR_ARRAY => "[C",
                tag::BOOL_ARRAY => "[Z",
                _ => SqlType::Object.java_class(),
            },
            other => other.sql_type().java_class(),
        }
    }

    fn from_value(value: Value) -> Self {
        match value {
            Value::Char(unit) => Self::Varchar(String::from_utf16_lossy(&[unit])),
            Value::Date(milliseconds) => Self::Timestamp(Timestamp {
                milliseconds,
                nanoseconds: 0,
            }),
            Value::Time(milliseconds) => Self::Time(milliseconds.rem_euclid(DAY)),
            Value::Timestamp(timestamp) => Self::Timestamp(timestamp),
            Value::Decimal(decimal) => Self::Decimal(to_big_decimal(&decimal)),
            _ => Self::Null,
        }
    }

    /// The value as Ignite sends it and stores it.
    pub(crate) fn to_raw(&self) -> RawValue {
        let mut writer = Writer::new();
        self.write(&mut writer);
        RawValue::from_trusted_bytes(writer.into_bytes())
    }

    /// Writes the value as Ignite sends it and stores it.
    pub(crate) fn write(&self, writer: &mut Writer) {
        use portway_ignite_protocol::WriteValue as _;

        match self {
            Self::Null => writer.null(),
            Self::Varchar(text) => text.as_str().write(writer),
            Self::Boolean(value) => value.write(writer),
            Self::TinyInt(value) => value.write(writer),
            Self::SmallInt(value) => value.write(writer),
            Self::Int(value) => value.write(writer),
            Self::BigInt(value) => value.write(writer),
            Self::Decimal(value) => from_big_decimal(value).write(writer),
            Self::Real(value) => value.write(writer),
            Self::Double(value) => value.write(writer),
            Self::Time(milliseconds) => Time {
                milliseconds: *milliseconds,
            }
            .write(writer),
            Self::Date(days) => write_sql_date(days.saturating_mul(DAY), writer),
            Self::Timestamp(timestamp) => timestamp.write(writer),
            Self::Binary(bytes) => {
                writer.u8(tag::BYTE_ARRAY);
                writer.count(bytes.len());
                writer.bytes(bytes);
            }
            Self::Object(raw) => writer.bytes(raw.as_bytes()),
            Self::Uuid(uuid) => uuid.write(writer),
            Self::Array(array) => array.write(writer),
        }
    }
}

/// What stands before the milliseconds of a `java.sql.Date`. The class is not among those that the
/// protocol has a tag for, so a node writes it with its optimised marshaller: tag, length, the
/// marshaller's own tag, the class's id and the check sum of its fields.
const SQL_DATE: [u8; 12] = [
    tag::OPTIMIZED,
    15,
    0,
    0,
    0,
    0x66,
    0x3A,
    0xDE,
    0xD5,
    0x40,
    0x97,
    0x66,
];

/// What Java has serialised itself, and objects.
fn of_java_class(raw: &RawValue) -> SqlValue {
    match sql_date(raw.as_bytes()) {
        Some(milliseconds) => SqlValue::Date(milliseconds.div_euclid(DAY)),
        None => from_java_time(raw.as_bytes()).unwrap_or_else(|| SqlValue::Object(raw.clone())),
    }
}

fn binary_enum(raw: &RawValue) -> RawValue {
    let mut bytes = raw.as_bytes().to_vec();
    if let Some(first) = bytes.first_mut() {
        *first = tag::BINARY_ENUM;
    }
    RawValue::from_trusted_bytes(bytes.into())
}

fn sql_date(bytes: &[u8]) -> Option<i64> {
    let milliseconds = bytes.strip_prefix(&SQL_DATE)?;
    Some(i64::from_le_bytes(milliseconds.try_into().ok()?))
}

fn write_sql_date(milliseconds: i64, writer: &mut Writer) {
    writer.bytes(&SQL_DATE);
    writer.i64(milliseconds);
}

/// The same number to compute with.
pub(crate) fn to_big_decimal(decimal: &Decimal) -> BigDecimal {
    let sign = if decimal.is_negative() {
        Sign::Minus
    } else {
        Sign::Plus
    };
    let digits = BigInt::from_bytes_be(sign, decimal.magnitude());
    BigDecimal::new(digits, i64::from(decimal.scale()))
}

/// The same number to send. A scale that no client could read becomes zero.
pub(crate) fn from_big_decimal(decimal: &BigDecimal) -> Decimal {
    let (digits, scale) = decimal.as_bigint_and_exponent();
    let (sign, magnitude) = digits.to_bytes_be();
    let scale = i32::try_from(scale).unwrap_or(0);
    Decimal::from_parts(sign == Sign::Minus, &magnitude, scale)
}

/// How objects are written here: as a node with default settings does.
pub(crate) const BINARY: BinaryConfiguration = BinaryConfiguration {
    compact_footer: true,
    name_mapper: portway_ignite_protocol::NameMapper::Full,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_their_bytes() {
        let values = [
            SqlValue::Null,
            SqlValue::Varchar("näme".to_owned()),
            SqlValue::Boolean(true),
            SqlValue::TinyInt(-1),
            SqlValue::SmallInt(300),
            SqlValue::Int(70_000),
            SqlValue::BigInt(1 << 40),
            SqlValue::Decimal("-12.50".parse().unwrap()),
            SqlValue::Real(1.5),
            SqlValue::Double(2.5),
            SqlValue::Time(45_296_000),
            SqlValue::Date(-7_000),
            SqlValue::Timestamp(Timestamp {
                milliseconds: -1,
                nanoseconds: 999_999,
            }),
            SqlValue::Binary(vec![1, 2]),
            SqlValue::Uuid(Uuid::from_u128(7)),
        ];
        for value in values {
            assert_eq!(SqlValue::from_raw(&value.to_raw()).unwrap(), value);
        }
    }

    #[test]
    fn a_date_has_the_bytes_of_a_real_node() {
        // Captured from a node of Apache Ignite 2.17: DATE '1990-01-02'.
        let captured = [
            0xFE, 0x0F, 0, 0, 0, 0x66, 0x3A, 0xDE, 0xD5, 0x40, 0x97, 0x66, 0x00, 0x98, 0xBD, 0xF8,
            0x92, 0, 0, 0,
        ];
        let value = SqlValue::Date(7306);
        assert_eq!(value.to_raw().as_bytes(), captured);
    }
}
