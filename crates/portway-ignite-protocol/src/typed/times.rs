//! Points in time and decimals.

use std::time::SystemTime;

use super::containers;
use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::value::{Date, Decimal, Time, Timestamp, tag};

/// What Java's own serialisation of Ignite calls a serialisable object.
const SERIALIZABLE: u8 = 102;
/// The hash code of the name `java.sql.Date`.
const SQL_DATE: i32 = 0x40d5_de3a;

/// Implements both traits for a type that is its tag and its layout.
macro_rules! tagged {
    ($type:ty, $tag:ident, $array:ident, $what:literal) => {
        impl WriteValue for $type {
            const TYPE_CODE: i32 = tag::$tag as i32;
            const ARRAY_TAG: u8 = tag::$array;

            fn write(&self, writer: &mut Writer) {
                writer.u8(tag::$tag);
                self.encode(writer);
            }
        }

        impl ReadValue for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.count_value()?;
                reader.expect_tag(tag::$tag, $what)?;
                Self::decode(reader)
            }
        }
    };
}

tagged!(Time, TIME, TIME_ARRAY, "a time of day");
tagged!(Decimal, DECIMAL, DECIMAL_ARRAY, "a decimal");

impl WriteValue for Date {
    const TYPE_CODE: i32 = tag::DATE as i32;
    const ARRAY_TAG: u8 = tag::DATE_ARRAY;

    fn write(&self, writer: &mut Writer) {
        writer.u8(tag::DATE);
        self.encode(writer);
    }
}

/// Read from a `java.util.Date` or a `java.sql.Date`, as which SQL answers a column of type `DATE`:
/// the midnight with which the day begins in the time zone of the node.
impl ReadValue for Date {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        match reader.u8()? {
            tag::DATE => Self::decode(reader),
            tag::OPTIMIZED => read_sql_date(reader),
            found => Err(containers::not_a("a date", found)),
        }
    }
}

impl WriteValue for Timestamp {
    const TYPE_CODE: i32 = tag::TIMESTAMP as i32;
    const ARRAY_TAG: u8 = tag::TIMESTAMP_ARRAY;

    fn write(&self, writer: &mut Writer) {
        writer.u8(tag::TIMESTAMP);
        self.encode(writer);
    }
}

/// Read from a timestamp or a date of either kind: no date is lost in a timestamp.
impl ReadValue for Timestamp {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        match reader.u8()? {
            tag::TIMESTAMP => Self::decode(reader),
            tag::DATE => Date::decode(reader).map(Self::from),
            tag::OPTIMIZED => read_sql_date(reader).map(Self::from),
            found => Err(containers::not_a("a timestamp", found)),
        }
    }
}

/// Times outside of what milliseconds in 64 bits can say are written as the nearest they can.
impl WriteValue for SystemTime {
    const TYPE_CODE: i32 = tag::TIMESTAMP as i32;
    const ARRAY_TAG: u8 = tag::TIMESTAMP_ARRAY;

    fn write(&self, writer: &mut Writer) {
        Timestamp::from(*self).write(writer);
    }
}

/// Read from a timestamp or a date.
impl ReadValue for SystemTime {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        SystemTime::try_from(Timestamp::read(reader)?)
    }
}

/// Behind its tag, a `java.sql.Date` is: length i32, 102, class i32, checksum of the class i16,
/// milliseconds i64.
fn read_sql_date(reader: &mut Reader<'_>) -> Result<Date, DecodeError> {
    reader.sized(|reader| {
        reader.expect_tag(SERIALIZABLE, "a java.sql.Date")?;
        let class = reader.i32()?;
        if class != SQL_DATE {
            return Err(DecodeError::UnexpectedType {
                expected: "java.sql.Date",
                found: class,
            });
        }
        reader.i16()?;
        Date::decode(reader)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::RawValue;

    /// As a node of 2.17.0 answered a column of type `DATE`.
    fn sql_date(milliseconds: i64) -> RawValue {
        let mut bytes = vec![0xfe, 15, 0, 0, 0, 0x66, 0x3a, 0xde, 0xd5, 0x40, 0x97, 0x66];
        bytes.extend_from_slice(&milliseconds.to_le_bytes());
        RawValue::from_bytes(&bytes.into()).expect("one value")
    }

    #[test]
    fn a_date_of_sql_is_read_as_any_point_in_time() {
        let raw = sql_date(1_699_920_000_000);
        let date = Date {
            milliseconds: 1_699_920_000_000,
        };
        assert_eq!(raw.read(), Ok(date));
        assert_eq!(raw.read(), Ok(Timestamp::from(date)));
        assert_eq!(
            raw.read(),
            SystemTime::try_from(Timestamp::from(date)),
            "a point in time"
        );
    }

    #[test]
    fn another_object_of_javas_own_serialisation_is_no_date() {
        let mut bytes = sql_date(0).as_bytes().to_vec();
        bytes[6] ^= 1;
        let other = RawValue::from_bytes(&bytes.into()).expect("one value");
        assert!(matches!(
            other.read::<Date>(),
            Err(DecodeError::UnexpectedType { .. })
        ));
    }
}
