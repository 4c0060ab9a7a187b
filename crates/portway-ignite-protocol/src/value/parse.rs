//! Reading any value.

use crate::binary::BinaryObject;
use crate::codec::{DecodeError, Layout, Reader};
use crate::typed::ReadValue;
use crate::value::{
    CollectionKind, Decimal, MapKind, RawValue, Timestamp, TypeReference, Value, follow,
    skip_value, tag,
};

impl ReadValue for Value {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        follow(reader, read_tagged)
    }

    fn absent() -> Option<Self> {
        Some(Self::Null)
    }
}

fn read_tagged(reader: &mut Reader<'_>, found: u8) -> Result<Value, DecodeError> {
    match found {
        ..=tag::DATE | tag::NULL | tag::DECIMAL | tag::TIMESTAMP | tag::TIME => {
            read_scalar(reader, found)
        }
        tag::BYTE_ARRAY..=tag::BOOL_ARRAY => read_primitive_array(reader, found),
        tag::OBJECT => BinaryObject::read_behind_tag(reader).map(Value::Object),
        tag::PROXY | tag::OPTIMIZED => read_opaque(reader),
        _ => read_composed(reader, found),
    }
}

fn read_scalar(reader: &mut Reader<'_>, found: u8) -> Result<Value, DecodeError> {
    Ok(match found {
        tag::NULL => Value::Null,
        tag::BYTE => Value::Byte(reader.u8()?.cast_signed()),
        tag::SHORT => Value::Short(reader.i16()?),
        tag::INT => Value::Int(reader.i32()?),
        tag::LONG => Value::Long(reader.i64()?),
        tag::FLOAT => Value::Float(reader.f32()?),
        tag::DOUBLE => Value::Double(reader.f64()?),
        tag::CHAR => Value::Char(reader.u16()?),
        tag::BOOL => Value::Bool(reader.bool()?),
        tag::STRING => Value::String(reader.untagged_string()?),
        tag::UUID => Value::Uuid(reader.raw_uuid()?),
        tag::DATE => Value::Date(reader.i64()?),
        tag::TIME => Value::Time(reader.i64()?),
        tag::TIMESTAMP => Value::Timestamp(Timestamp::decode(reader)?),
        tag::DECIMAL => Value::Decimal(Decimal::decode(reader)?),
        unknown => return Err(DecodeError::UnknownTag(unknown)),
    })
}

fn read_primitive_array(reader: &mut Reader<'_>, found: u8) -> Result<Value, DecodeError> {
    Ok(match found {
        tag::BYTE_ARRAY => {
            let length = reader.length()?;
            Value::ByteArray(reader.take(length)?.to_vec())
        }
        tag::SHORT_ARRAY => Value::ShortArray(elements(reader, 2, Reader::i16)?),
        tag::INT_ARRAY => Value::IntArray(elements(reader, 4, Reader::i32)?),
        tag::LONG_ARRAY => Value::LongArray(elements(reader, 8, Reader::i64)?),
        tag::FLOAT_ARRAY => Value::FloatArray(elements(reader, 4, Reader::f32)?),
        tag::DOUBLE_ARRAY => Value::DoubleArray(elements(reader, 8, Reader::f64)?),
        tag::CHAR_ARRAY => Value::CharArray(elements(reader, 2, Reader::u16)?),
        _ => Value::BoolArray(elements(reader, 1, Reader::bool)?),
    })
}

fn read_composed(reader: &mut Reader<'_>, found: u8) -> Result<Value, DecodeError> {
    Ok(match found {
        tag::STRING_ARRAY => {
            Value::StringArray(optional(reader, tag::STRING, Reader::untagged_string)?)
        }
        tag::UUID_ARRAY => Value::UuidArray(optional(reader, tag::UUID, Reader::raw_uuid)?),
        tag::DATE_ARRAY => Value::DateArray(optional(reader, tag::DATE, Reader::i64)?),
        tag::TIME_ARRAY => Value::TimeArray(optional(reader, tag::TIME, Reader::i64)?),
        tag::TIMESTAMP_ARRAY => {
            Value::TimestampArray(optional(reader, tag::TIMESTAMP, Timestamp::decode)?)
        }
        tag::DECIMAL_ARRAY => Value::DecimalArray(optional(reader, tag::DECIMAL, Decimal::decode)?),
        tag::OBJECT_ARRAY => Value::ObjectArray {
            component: TypeReference::decode(reader)?,
            elements: elements(reader, 1, Value::read)?,
        },
        tag::ENUM_ARRAY => Value::EnumArray {
            enumeration: TypeReference::decode(reader)?,
            elements: elements(reader, 1, Value::read)?,
        },
        tag::ENUM => Value::Enum {
            enumeration: TypeReference::decode(reader)?,
            ordinal: reader.i32()?,
        },
        tag::BINARY_ENUM => Value::BinaryEnum {
            enumeration: TypeReference::decode(reader)?,
            ordinal: reader.i32()?,
        },
        tag::CLASS => Value::Class(TypeReference::decode(reader)?),
        tag::COLLECTION => read_collection(reader)?,
        tag::MAP => read_map(reader)?,
        unknown => return Err(DecodeError::UnknownTag(unknown)),
    })
}

fn read_collection(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let count = reader.count(1)?;
    let kind = CollectionKind::decode(reader)?;
    let elements = (0..count)
        .map(|_| Value::read(reader))
        .collect::<Result<_, _>>()?;
    Ok(Value::Collection { kind, elements })
}

fn read_map(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let count = reader.count(2)?;
    let kind = MapKind::decode(reader)?;
    let entries = (0..count)
        .map(|_| Ok((Value::read(reader)?, Value::read(reader)?)))
        .collect::<Result<_, _>>()?;
    Ok(Value::Map { kind, entries })
}

/// A value whose tag is already read, kept as bytes.
fn read_opaque(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let start = reader.position() - 1;
    reader.rewind(start);
    skip_value(reader, start)?;
    let taken = &reader.all()[start..reader.position()];
    Ok(Value::Opaque(RawValue::from_trusted_bytes(
        reader.share(taken),
    )))
}

/// A count, then elements of `size` bytes or more.
fn elements<'a, T>(
    reader: &mut Reader<'a>,
    size: usize,
    read: impl Fn(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let count = reader.count(size)?;
    (0..count).map(|_| read(reader)).collect()
}

/// A count, then elements that each are null or have a tag.
fn optional<'a, T>(
    reader: &mut Reader<'a>,
    expected: u8,
    read: impl Fn(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<Option<T>>, DecodeError> {
    elements(reader, 1, |reader| {
        reader.count_value()?;
        if reader.take_null() {
            return Ok(None);
        }
        reader.expect_tag(expected, "an element of the array's type")?;
        read(reader).map(Some)
    })
}
