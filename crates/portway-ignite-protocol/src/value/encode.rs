//! Writing any value.

use crate::codec::{Layout, Writer};
use crate::typed::WriteValue;
use crate::value::{CollectionKind, MapKind, TypeReference, Value, tag};

impl WriteValue for Value {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    // One line for each type: a table, so that the compiler finds a forgotten one.
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Null => writer.null(),
            Self::Byte(value) => value.write(writer),
            Self::Short(value) => value.write(writer),
            Self::Int(value) => value.write(writer),
            Self::Long(value) => value.write(writer),
            Self::Float(value) => value.write(writer),
            Self::Double(value) => value.write(writer),
            Self::Char(value) => value.write(writer),
            Self::Bool(value) => value.write(writer),
            Self::String(value) => value.write(writer),
            Self::Uuid(value) => value.write(writer),
            Self::Date(value) => tagged(tag::DATE, value, writer),
            Self::Timestamp(value) => value.write(writer),
            Self::Time(value) => tagged(tag::TIME, value, writer),
            Self::Decimal(value) => value.write(writer),
            Self::ByteArray(all) => all.write(writer),
            Self::ShortArray(all) => all.write(writer),
            Self::IntArray(all) => all.write(writer),
            Self::LongArray(all) => all.write(writer),
            Self::FloatArray(all) => all.write(writer),
            Self::DoubleArray(all) => all.write(writer),
            Self::CharArray(all) => all.write(writer),
            Self::BoolArray(all) => all.write(writer),
            Self::StringArray(all) => array(tag::STRING_ARRAY, all, writer),
            Self::UuidArray(all) => array(tag::UUID_ARRAY, all, writer),
            Self::DateArray(all) => number_array(tag::DATE_ARRAY, tag::DATE, all, writer),
            Self::TimestampArray(all) => array(tag::TIMESTAMP_ARRAY, all, writer),
            Self::TimeArray(all) => number_array(tag::TIME_ARRAY, tag::TIME, all, writer),
            Self::DecimalArray(all) => array(tag::DECIMAL_ARRAY, all, writer),
            Self::ObjectArray {
                component,
                elements,
            } => {
                typed_array(tag::OBJECT_ARRAY, component, elements, writer);
            }
            Self::Collection { kind, elements } => collection(*kind, elements, writer),
            Self::Map { kind, entries } => map(*kind, entries, writer),
            Self::Enum {
                enumeration,
                ordinal,
            } => member(tag::ENUM, enumeration, *ordinal, writer),
            Self::BinaryEnum {
                enumeration,
                ordinal,
            } => {
                member(tag::BINARY_ENUM, enumeration, *ordinal, writer);
            }
            Self::EnumArray {
                enumeration,
                elements,
            } => {
                typed_array(tag::ENUM_ARRAY, enumeration, elements, writer);
            }
            Self::Class(value) => tagged(tag::CLASS, value, writer),
            Self::Object(value) => value.write(writer),
            Self::Opaque(value) => value.write(writer),
        }
    }
}

fn tagged(code: u8, value: &impl Layout, writer: &mut Writer) {
    writer.u8(code);
    value.encode(writer);
}

fn array<T: WriteValue>(code: u8, all: &[T], writer: &mut Writer) {
    writer.nested(|writer| {
        writer.u8(code);
        writer.count(all.len());
        all.iter().for_each(|one| one.write(writer));
    });
}

/// An array of numbers whose Rust type does not tell their tag.
fn number_array(code: u8, element: u8, all: &[Option<i64>], writer: &mut Writer) {
    writer.nested(|writer| {
        writer.u8(code);
        writer.count(all.len());
        for one in all {
            match one {
                Some(number) => tagged(element, number, writer),
                None => writer.null(),
            }
        }
    });
}

fn typed_array(code: u8, component: &TypeReference, elements: &[Value], writer: &mut Writer) {
    writer.nested(|writer| {
        writer.u8(code);
        component.encode(writer);
        writer.count(elements.len());
        elements.iter().for_each(|element| element.write(writer));
    });
}

fn collection(kind: CollectionKind, elements: &[Value], writer: &mut Writer) {
    writer.nested(|writer| {
        writer.u8(tag::COLLECTION);
        writer.count(elements.len());
        kind.encode(writer);
        elements.iter().for_each(|element| element.write(writer));
    });
}

fn map(kind: MapKind, entries: &[(Value, Value)], writer: &mut Writer) {
    writer.nested(|writer| {
        writer.u8(tag::MAP);
        writer.count(entries.len());
        kind.encode(writer);
        for (key, value) in entries {
            key.write(writer);
            value.write(writer);
        }
    });
}

fn member(code: u8, enumeration: &TypeReference, ordinal: i32, writer: &mut Writer) {
    writer.u8(code);
    enumeration.encode(writer);
    writer.i32(ordinal);
}
