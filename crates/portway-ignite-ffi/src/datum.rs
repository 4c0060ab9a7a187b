//! Keys and values as calls pass them on.

use portway_ignite::protocol::{
    BinaryConfiguration, ReadValue, Reader, Timestamp, Value, WriteValue, Writer, tag,
};
use portway_ignite::{DecodeError, RawValue};
use uuid::Uuid;

use crate::failure::Failure;
use crate::result::IgniteResult;

/// One key or one value, written straight into a request and read straight out of an answer:
/// numbers as they are, texts and bytes borrowed from the caller, all else encoded.
#[derive(Clone, Debug)]
pub(crate) enum Datum<'a> {
    Null,
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    Character(u16),
    Uuid(Uuid),
    Date(i64),
    Time(i64),
    Timestamp(Timestamp),
    Text(&'a str),
    Bytes(&'a [u8]),
    Encoded(RawValue),
}

impl Datum<'_> {
    /// The value by itself. None of the types that are encoded here depends on the cluster's
    /// configuration.
    pub(crate) fn into_raw(self) -> RawValue {
        match self {
            Self::Encoded(raw) => raw,
            other => RawValue::encode(&other, BinaryConfiguration::default()),
        }
    }

    /// The value as the type that a call wants.
    pub(crate) fn read<T: Wanted>(self) -> Result<T, Failure> {
        match T::of(&self) {
            Some(value) => Ok(value),
            None => self.into_raw().read().map_err(|error| wrong_type(&error)),
        }
    }
}

fn wrong_type(error: &DecodeError) -> Failure {
    let message = format!("the value is of another type: {error}");
    Failure::new(IgniteResult::WrongType, message)
}

/// A type that there are calls for.
pub(crate) trait Wanted: ReadValue {
    /// The value if it is there already, and need not be read.
    fn of(datum: &Datum<'_>) -> Option<Self>;
}

macro_rules! number {
    ($type:ty, $variant:ident) => {
        impl From<$type> for Datum<'_> {
            fn from(number: $type) -> Self {
                Self::$variant(number)
            }
        }

        impl Wanted for $type {
            fn of(datum: &Datum<'_>) -> Option<Self> {
                match datum {
                    Datum::$variant(number) => Some(*number),
                    _ => None,
                }
            }
        }
    };
}

number!(i32, Int32);
number!(i64, Int64);
number!(f64, Float64);

impl<'a> From<&'a str> for Datum<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl Wanted for String {
    fn of(_: &Datum<'_>) -> Option<Self> {
        None
    }
}

impl WriteValue for Datum<'_> {
    const TYPE_CODE: i32 = RawValue::TYPE_CODE;

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Null => writer.u8(tag::NULL),
            Self::Boolean(value) => value.write(writer),
            Self::Int8(value) => value.write(writer),
            Self::Int16(value) => value.write(writer),
            Self::Int32(value) => value.write(writer),
            Self::Int64(value) => value.write(writer),
            Self::Float32(value) => value.write(writer),
            Self::Float64(value) => value.write(writer),
            Self::Character(value) => value.write(writer),
            Self::Uuid(value) => value.write(writer),
            Self::Date(value) => Value::Date(*value).write(writer),
            Self::Time(value) => Value::Time(*value).write(writer),
            Self::Timestamp(value) => value.write(writer),
            Self::Text(value) => value.write(writer),
            Self::Bytes(value) => value.write(writer),
            Self::Encoded(value) => value.write(writer),
        }
    }
}

/// The common numbers as they are, all else as bytes.
impl ReadValue for Datum<'_> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.peek() {
            Some(tag::INT) => Self::Int32(ReadValue::read(reader)?),
            Some(tag::LONG) => Self::Int64(ReadValue::read(reader)?),
            Some(tag::DOUBLE) => Self::Float64(ReadValue::read(reader)?),
            _ => Self::Encoded(ReadValue::read(reader)?),
        })
    }

    fn absent() -> Option<Self> {
        Some(Self::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(datum: Datum<'_>) -> Datum<'static> {
        datum.into_raw().read().unwrap()
    }

    #[test]
    fn common_numbers_come_back_as_they_are() {
        assert!(matches!(read_back(Datum::Int32(-7)), Datum::Int32(-7)));
        assert!(matches!(read_back(Datum::Int64(7)), Datum::Int64(7)));
        let Datum::Float64(number) = read_back(Datum::Float64(0.5)) else {
            panic!("it is no double");
        };
        assert_eq!(number.to_bits(), 0.5_f64.to_bits());
    }

    #[test]
    fn all_else_comes_back_encoded_as_it_was_written() {
        let data = [
            Datum::Null,
            Datum::Boolean(true),
            Datum::Int8(-1),
            Datum::Character(65),
            Datum::Date(1),
            Datum::Time(2),
            Datum::Text("text"),
            Datum::Bytes(b"bytes"),
        ];
        for datum in data {
            let raw = datum.clone().into_raw();
            let Datum::Encoded(found) = read_back(datum) else {
                panic!("{raw:?} is not encoded");
            };
            assert_eq!(found, raw);
        }
    }

    #[test]
    fn a_number_of_another_type_is_refused() {
        assert_eq!(Datum::Int64(7).read::<i64>().unwrap(), 7);
        let failure = Datum::Int64(7).read::<i32>().unwrap_err();
        assert_eq!(failure.result(), IgniteResult::WrongType);
        let failure = Datum::Int64(7).read::<String>().unwrap_err();
        assert_eq!(failure.result(), IgniteResult::WrongType);
    }

    #[test]
    fn what_is_encoded_is_written_as_it_is() {
        let raw = Datum::Text("text").into_raw();
        let again = RawValue::encode(&Datum::Encoded(raw.clone()), BinaryConfiguration::default());
        assert_eq!(again, raw);
    }
}
