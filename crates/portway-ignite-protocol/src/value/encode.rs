//! Writing any value.

use crate::codec::{Layout, Writer};
use crate::typed::WriteValue;
use crate::value::{TypeReference, Value, tag};

impl WriteValue for Value {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::ObjectArray { .. }
            | Self::Collection { .. }
            | Self::Map { .. }
            | Self::Enum { .. }
            | Self::BinaryEnum { .. }
            | Self::EnumArray { .. }
            | Self::Class(_)
            | Self::Object(_)
            | Self::Opaque(_) => write_composed(self, writer),
            Self::Null
            | Self::Byte(_)
            | Self::Short(_)
            | Self::Int(_)
            | Self::Long(_)
            | Self::Float(_)
            | Self::Double(_)
            | Self::Char(_)
            | Self::Bool(_)
            | Self::String(_)
            | Self::Uuid(_)
            | Self::Date(_)
            | Self::Timestamp(_)
            | Self::Time(_)
            | Self::Decimal(_) => write_scalar(self, writer),
            _ => write_array(self, writer),
        }
    }
}

fn write_scalar(value: &Value, writer: &mut Writer) {
    match value {
        Value::Byte(value) => tagged(writer, tag::BYTE, |writer| writer.u8(value.cast_unsigned())),
        Value::Short(value) => tagged(writer, tag::SHORT, |writer| writer.i16(*value)),
        Value::Int(value) => tagged(writer, tag::INT, |writer| writer.i32(*value)),
        Value::Long(value) => tagged(writer, tag::LONG, |writer| writer.i64(*value)),
        Value::Float(value) => tagged(writer, tag::FLOAT, |writer| writer.f32(*value)),
        Value::Double(value) => tagged(writer, tag::DOUBLE, |writer| writer.f64(*value)),
        Value::Char(value) => tagged(writer, tag::CHAR, |writer| writer.u16(*value)),
        Value::Bool(value) => tagged(writer, tag::BOOL, |writer| writer.bool(*value)),
        Value::String(value) => writer.string(value),
        Value::Uuid(value) => tagged(writer, tag::UUID, |writer| writer.raw_uuid(*value)),
        Value::Date(value) => tagged(writer, tag::DATE, |writer| writer.i64(*value)),
        Value::Time(value) => tagged(writer, tag::TIME, |writer| writer.i64(*value)),
        Value::Timestamp(value) => tagged(writer, tag::TIMESTAMP, |writer| value.encode(writer)),
        Value::Decimal(value) => tagged(writer, tag::DECIMAL, |writer| value.encode(writer)),
        _ => writer.null(),
    }
}

fn write_array(value: &Value, writer: &mut Writer) {
    match value {
        Value::ByteArray(bytes) => array(writer, tag::BYTE_ARRAY, bytes, |writer, byte| {
            writer.u8(*byte);
        }),
        Value::ShortArray(all) => array(writer, tag::SHORT_ARRAY, all, |writer, one| {
            writer.i16(*one);
        }),
        Value::IntArray(all) => array(writer, tag::INT_ARRAY, all, |writer, one| writer.i32(*one)),
        Value::LongArray(all) => {
            array(writer, tag::LONG_ARRAY, all, |writer, one| writer.i64(*one));
        }
        Value::FloatArray(all) => {
            array(writer, tag::FLOAT_ARRAY, all, |writer, one| {
                writer.f32(*one)
            });
        }
        Value::DoubleArray(all) => {
            array(writer, tag::DOUBLE_ARRAY, all, |writer, one| {
                writer.f64(*one)
            });
        }
        Value::CharArray(all) => {
            array(writer, tag::CHAR_ARRAY, all, |writer, one| writer.u16(*one));
        }
        Value::BoolArray(all) => {
            array(writer, tag::BOOL_ARRAY, all, |writer, one| {
                writer.bool(*one)
            });
        }
        _ => write_optional_array(value, writer),
    }
}

fn write_optional_array(value: &Value, writer: &mut Writer) {
    match value {
        Value::StringArray(all) => array(writer, tag::STRING_ARRAY, all, |writer, one| {
            writer.optional_string(one.as_deref());
        }),
        Value::UuidArray(all) => array(writer, tag::UUID_ARRAY, all, |writer, one| {
            optional(writer, tag::UUID, one.as_ref(), |writer, one| {
                writer.raw_uuid(*one)
            });
        }),
        Value::DateArray(all) => array(writer, tag::DATE_ARRAY, all, |writer, one| {
            optional(writer, tag::DATE, one.as_ref(), |writer, one| {
                writer.i64(*one)
            });
        }),
        Value::TimeArray(all) => array(writer, tag::TIME_ARRAY, all, |writer, one| {
            optional(writer, tag::TIME, one.as_ref(), |writer, one| {
                writer.i64(*one)
            });
        }),
        Value::TimestampArray(all) => array(writer, tag::TIMESTAMP_ARRAY, all, |writer, one| {
            optional(writer, tag::TIMESTAMP, one.as_ref(), |writer, one| {
                one.encode(writer)
            });
        }),
        Value::DecimalArray(all) => array(writer, tag::DECIMAL_ARRAY, all, |writer, one| {
            optional(writer, tag::DECIMAL, one.as_ref(), |writer, one| {
                one.encode(writer)
            });
        }),
        _ => writer.null(),
    }
}

fn write_composed(value: &Value, writer: &mut Writer) {
    match value {
        Value::ObjectArray {
            component,
            elements,
        } => {
            write_typed_array(tag::OBJECT_ARRAY, component, elements, writer);
        }
        Value::EnumArray {
            enumeration,
            elements,
        } => {
            write_typed_array(tag::ENUM_ARRAY, enumeration, elements, writer);
        }
        Value::Collection { kind, elements } => {
            writer.u8(tag::COLLECTION);
            writer.count(elements.len());
            kind.encode(writer);
            elements.iter().for_each(|element| element.write(writer));
        }
        Value::Map { kind, entries } => {
            writer.u8(tag::MAP);
            writer.count(entries.len());
            kind.encode(writer);
            for (key, value) in entries {
                key.write(writer);
                value.write(writer);
            }
        }
        Value::Enum {
            enumeration,
            ordinal,
        } => {
            write_enum(tag::ENUM, enumeration, *ordinal, writer);
        }
        Value::BinaryEnum {
            enumeration,
            ordinal,
        } => {
            write_enum(tag::BINARY_ENUM, enumeration, *ordinal, writer);
        }
        Value::Class(class) => tagged(writer, tag::CLASS, |writer| class.encode(writer)),
        Value::Object(object) => writer.bytes(object.as_bytes()),
        Value::Opaque(raw) => raw.encode(writer),
        _ => writer.null(),
    }
}

fn write_typed_array(code: u8, component: &TypeReference, elements: &[Value], writer: &mut Writer) {
    writer.u8(code);
    component.encode(writer);
    writer.count(elements.len());
    elements.iter().for_each(|element| element.write(writer));
}

fn write_enum(code: u8, enumeration: &TypeReference, ordinal: i32, writer: &mut Writer) {
    writer.u8(code);
    enumeration.encode(writer);
    writer.i32(ordinal);
}

fn tagged(writer: &mut Writer, code: u8, write: impl FnOnce(&mut Writer)) {
    writer.u8(code);
    write(writer);
}

fn array<T>(writer: &mut Writer, code: u8, all: &[T], write: impl Fn(&mut Writer, &T)) {
    writer.u8(code);
    writer.count(all.len());
    all.iter().for_each(|one| write(writer, one));
}

fn optional<T>(
    writer: &mut Writer,
    code: u8,
    value: Option<&T>,
    write: impl FnOnce(&mut Writer, &T),
) {
    match value {
        Some(value) => tagged(writer, code, |writer| write(writer, value)),
        None => writer.null(),
    }
}
