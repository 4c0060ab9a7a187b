//! Numbers, texts and other single values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use super::{ReadValue, WriteValue, containers};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::value::{Decimal, Timestamp, follow, tag};

/// Implements both traits for a number type that is also the element of an array type.
macro_rules! number {
    ($type:ty, $tag:ident, $array:ident, $what:literal, $write:expr, $read:expr) => {
        impl WriteValue for $type {
            const TYPE_CODE: i32 = tag::$tag as i32;
            const MANY_TYPE_CODE: i32 = tag::$array as i32;

            fn write(&self, writer: &mut Writer) {
                writer.u8(tag::$tag);
                $write(writer, *self);
            }

            fn write_many(values: &[Self], writer: &mut Writer) {
                writer.u8(tag::$array);
                writer.count(values.len());
                values.iter().for_each(|value| $write(writer, *value));
            }
        }

        impl ReadValue for $type {
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.count_value()?;
                reader.expect_tag(tag::$tag, $what)?;
                $read(reader)
            }

            fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
                if reader.peek() != Some(tag::$array) {
                    return containers::read_list(reader);
                }
                reader.u8()?;
                let count = reader.count(size_of::<$type>())?;
                (0..count).map(|_| $read(reader)).collect()
            }
        }
    };
}

number!(
    i8,
    BYTE,
    BYTE_ARRAY,
    "a byte",
    |writer: &mut Writer, value: i8| writer.u8(value.cast_unsigned()),
    |reader: &mut Reader<'_>| reader.u8().map(u8::cast_signed)
);
number!(
    i16,
    SHORT,
    SHORT_ARRAY,
    "a short",
    Writer::i16,
    |reader: &mut Reader<'_>| reader.i16()
);
number!(
    i32,
    INT,
    INT_ARRAY,
    "an int",
    Writer::i32,
    |reader: &mut Reader<'_>| reader.i32()
);
number!(
    i64,
    LONG,
    LONG_ARRAY,
    "a long",
    Writer::i64,
    |reader: &mut Reader<'_>| reader.i64()
);
number!(
    f32,
    FLOAT,
    FLOAT_ARRAY,
    "a float",
    Writer::f32,
    |reader: &mut Reader<'_>| reader.f32()
);
number!(
    f64,
    DOUBLE,
    DOUBLE_ARRAY,
    "a double",
    Writer::f64,
    |reader: &mut Reader<'_>| reader.f64()
);
number!(
    u16,
    CHAR,
    CHAR_ARRAY,
    "a char",
    Writer::u16,
    |reader: &mut Reader<'_>| reader.u16()
);
number!(
    bool,
    BOOL,
    BOOL_ARRAY,
    "a bool",
    Writer::bool,
    |reader: &mut Reader<'_>| reader.bool()
);

impl WriteValue for u8 {
    const TYPE_CODE: i32 = tag::BYTE as i32;
    const MANY_TYPE_CODE: i32 = tag::BYTE_ARRAY as i32;

    fn write(&self, writer: &mut Writer) {
        writer.u8(tag::BYTE);
        writer.u8(*self);
    }

    /// At once, unlike other numbers: bytes are what long values are made of.
    fn write_many(values: &[Self], writer: &mut Writer) {
        writer.u8(tag::BYTE_ARRAY);
        writer.count(values.len());
        writer.bytes(values);
    }
}

impl ReadValue for u8 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        reader.expect_tag(tag::BYTE, "a byte")?;
        reader.u8()
    }

    fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        if reader.peek() != Some(tag::BYTE_ARRAY) {
            return containers::read_list(reader);
        }
        reader.u8()?;
        let length = reader.length()?;
        reader.take(length).map(<[u8]>::to_vec)
    }
}

/// Implements both traits for a type that is its tag and its layout.
macro_rules! tagged {
    ($type:ty, $tag:ident, $what:literal) => {
        impl WriteValue for $type {
            const TYPE_CODE: i32 = tag::$tag as i32;

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

tagged!(Timestamp, TIMESTAMP, "a timestamp");
tagged!(Decimal, DECIMAL, "a decimal");

impl WriteValue for str {
    const TYPE_CODE: i32 = tag::STRING as i32;

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl WriteValue for String {
    const TYPE_CODE: i32 = tag::STRING as i32;

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl ReadValue for String {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        reader.string()
    }
}

impl WriteValue for Uuid {
    const TYPE_CODE: i32 = tag::UUID as i32;

    fn write(&self, writer: &mut Writer) {
        self.encode(writer);
    }
}

impl ReadValue for Uuid {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        Self::decode(reader)
    }
}

/// Times outside of what milliseconds in 64 bits can say are written as the nearest they can.
impl WriteValue for SystemTime {
    const TYPE_CODE: i32 = tag::TIMESTAMP as i32;

    fn write(&self, writer: &mut Writer) {
        Timestamp::from(*self).write(writer);
    }
}

/// Read from a timestamp or a date.
impl ReadValue for SystemTime {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let timestamp = follow(reader, |reader, found| match found {
            tag::TIMESTAMP => Timestamp::decode(reader),
            tag::DATE => Ok(Timestamp {
                milliseconds: reader.i64()?,
                nanoseconds: 0,
            }),
            tag::NULL => Err(DecodeError::UnexpectedNull { expected: "a time" }),
            found => Err(DecodeError::UnexpectedTag {
                expected: "a time",
                found,
            }),
        })?;
        SystemTime::try_from(timestamp)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        const PER_MILLISECOND: i128 = 1_000_000;
        let nanoseconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        };
        let milliseconds = nanoseconds.div_euclid(PER_MILLISECOND);
        let limit = if milliseconds < 0 { i64::MIN } else { i64::MAX };
        Self {
            milliseconds: i64::try_from(milliseconds).unwrap_or(limit),
            nanoseconds: i32::try_from(nanoseconds.rem_euclid(PER_MILLISECOND)).unwrap_or(0),
        }
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = DecodeError;

    fn try_from(timestamp: Timestamp) -> Result<Self, DecodeError> {
        let out_of_range = || DecodeError::OutOfRange("SystemTime");
        let nanoseconds = u64::try_from(timestamp.nanoseconds).map_err(|_| out_of_range())?;
        let distance = Duration::from_millis(timestamp.milliseconds.unsigned_abs());
        let whole = if timestamp.milliseconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        whole
            .and_then(|whole| whole.checked_add(Duration::from_nanos(nanoseconds)))
            .ok_or_else(out_of_range)
    }
}
