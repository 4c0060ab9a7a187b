//! Binary objects for people.

use std::fmt;

use super::object::BinaryObject;
use crate::value::{Date, Time, TypeReference, Value};

/// How much of a value is shown, so that a log line has an end.
const SHOWN_DEPTH: usize = 4;
const SHOWN_ELEMENTS: usize = 16;
const SHOWN_CHARACTERS: usize = 80;

/// Shows the type and the fields, as far as they are known. Long texts and lists, and what is nested
/// deeply, are cut.
impl fmt::Display for BinaryObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_object(self, SHOWN_DEPTH, formatter)
    }
}

/// As [`Display`](fmt::Display).
impl fmt::Debug for BinaryObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_object(self, SHOWN_DEPTH, formatter)
    }
}

/// Shows the value as it would be in a literal, bounded as a [`BinaryObject`] is.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, SHOWN_DEPTH, formatter)
    }
}

fn show_object(
    object: &BinaryObject,
    depth: usize,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match object.type_name() {
        Some(name) => formatter.write_str(name)?,
        None => write!(formatter, "type {}", object.type_id())?,
    }
    if depth == 0 {
        return formatter.write_str(" { .. }");
    }
    let Ok(fields) = object.fields() else {
        let length = object.as_bytes().len();
        return write!(formatter, " {{ {length} bytes of an unknown schema }}");
    };
    if fields.is_empty() {
        return formatter.write_str(" {}");
    }
    formatter.write_str(" { ")?;
    many(&fields, formatter, |field, formatter| {
        match &field.name {
            Some(name) => write!(formatter, "{name}: ")?,
            None => write!(formatter, "#{}: ", field.id)?,
        }
        show(&field.value, depth - 1, formatter)
    })?;
    formatter.write_str(" }")
}

// One line for each type: a table, so that the compiler finds a forgotten one.
fn show(value: &Value, depth: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Null => formatter.write_str("null"),
        Value::Byte(number) => write!(formatter, "{number}"),
        Value::Short(number) => write!(formatter, "{number}"),
        Value::Int(number) => write!(formatter, "{number}"),
        Value::Long(number) => write!(formatter, "{number}"),
        Value::Float(number) => write!(formatter, "{number:?}"),
        Value::Double(number) => write!(formatter, "{number:?}"),
        Value::Char(unit) => {
            let unit = String::from_utf16_lossy(&[*unit]);
            write!(formatter, "'{unit}'")
        }
        Value::Bool(bool) => write!(formatter, "{bool}"),
        Value::String(text) => show_text(text, formatter),
        Value::Uuid(uuid) => write!(formatter, "{uuid}"),
        Value::Date(milliseconds) => show_date(*milliseconds, formatter),
        Value::Timestamp(timestamp) => write!(formatter, "{timestamp}"),
        Value::Time(milliseconds) => show_time(*milliseconds, formatter),
        Value::Decimal(decimal) => write!(formatter, "{decimal}"),
        Value::ByteArray(all) => list(all, formatter, |one, to| write!(to, "{one:02x}")),
        Value::ShortArray(all) => list(all, formatter, |one, to| write!(to, "{one}")),
        Value::IntArray(all) => list(all, formatter, |one, to| write!(to, "{one}")),
        Value::LongArray(all) => list(all, formatter, |one, to| write!(to, "{one}")),
        Value::FloatArray(all) => list(all, formatter, |one, to| write!(to, "{one:?}")),
        Value::DoubleArray(all) => list(all, formatter, |one, to| write!(to, "{one:?}")),
        Value::CharArray(all) => show_text(&String::from_utf16_lossy(all), formatter),
        Value::BoolArray(all) => list(all, formatter, |one, to| write!(to, "{one}")),
        Value::StringArray(all) => list(all, formatter, |one, to| {
            optional(one, to, |one, to| show_text(one, to))
        }),
        Value::UuidArray(all) => list(all, formatter, show_optional),
        Value::DateArray(all) => list(all, formatter, |one, to| {
            optional(one, to, |one, to| show_date(*one, to))
        }),
        Value::TimestampArray(all) => list(all, formatter, show_optional),
        Value::TimeArray(all) => list(all, formatter, |one, to| {
            optional(one, to, |one, to| show_time(*one, to))
        }),
        Value::DecimalArray(all) => list(all, formatter, show_optional),
        Value::ObjectArray { elements, .. }
        | Value::Collection { elements, .. }
        | Value::EnumArray { elements, .. } => show_elements(elements, depth, formatter),
        Value::Map { entries, .. } => show_entries(entries, depth, formatter),
        Value::Enum {
            enumeration,
            ordinal,
        }
        | Value::BinaryEnum {
            enumeration,
            ordinal,
        } => {
            show_type(enumeration, formatter)?;
            write!(formatter, "({ordinal})")
        }
        Value::Class(class) => show_type(class, formatter),
        Value::Object(object) => show_object(object, depth, formatter),
        Value::Opaque(raw) => write!(
            formatter,
            "{} bytes that only Java can read",
            raw.as_bytes().len()
        ),
    }
}

fn show_elements(
    elements: &[Value],
    depth: usize,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if depth == 0 {
        return formatter.write_str("[..]");
    }
    list(elements, formatter, |element, formatter| {
        show(element, depth - 1, formatter)
    })
}

fn show_entries(
    entries: &[(Value, Value)],
    depth: usize,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if depth == 0 {
        return formatter.write_str("{..}");
    }
    formatter.write_str("{")?;
    many(entries, formatter, |(key, value), formatter| {
        show(key, depth - 1, formatter)?;
        formatter.write_str(": ")?;
        show(value, depth - 1, formatter)
    })?;
    formatter.write_str("}")
}

fn show_type(reference: &TypeReference, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reference {
        TypeReference::Id(id) => write!(formatter, "type {id}"),
        TypeReference::Name(name) => formatter.write_str(name),
    }
}

fn show_date(milliseconds: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(formatter, "{}", Date { milliseconds })
}

fn show_time(milliseconds: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(formatter, "{}", Time { milliseconds })
}

fn show_text(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => write!(formatter, "{:?}..", &text[..end]),
        None => write!(formatter, "{text:?}"),
    }
}

fn show_optional<T: fmt::Display>(
    value: &Option<T>,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    optional(value, formatter, |value, formatter| {
        write!(formatter, "{value}")
    })
}

fn optional<T>(
    value: &Option<T>,
    formatter: &mut fmt::Formatter<'_>,
    show: impl FnOnce(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    match value {
        Some(value) => show(value, formatter),
        None => formatter.write_str("null"),
    }
}

fn list<T>(
    all: &[T],
    formatter: &mut fmt::Formatter<'_>,
    show: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    formatter.write_str("[")?;
    many(all, formatter, show)?;
    formatter.write_str("]")
}

/// The first elements with commas between them, and how many more there are.
fn many<T>(
    all: &[T],
    formatter: &mut fmt::Formatter<'_>,
    show: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (index, one) in all.iter().take(SHOWN_ELEMENTS).enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        show(one, formatter)?;
    }
    match all.len().saturating_sub(SHOWN_ELEMENTS) {
        0 => Ok(()),
        more => write!(formatter, ", .. {more} more"),
    }
}
