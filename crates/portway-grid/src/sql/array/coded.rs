//! Values as text that tells their types: how arrays, and the elements taken out of them, lie in
//! SQLite. Each value is a letter for its type, the length of what follows the colon, and that:
//! `(1, 'ab')` is `a14:i2:-1i1:1s2:ab`, with the class of its elements first.
//!
//! SQLite compares such texts with [`super::compare::COLLATION`] alone.

use std::fmt::Write as _;

use bytes::Bytes;
use portway_ignite_protocol::{RawValue, Timestamp, TypeReference};

use super::{Array, Component, DEPTH};
use crate::sql::text::{from_hex, hex};
use crate::sql::value::{SqlValue, from_big_decimal};

/// The value as text.
pub(crate) fn encode(value: &SqlValue) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &SqlValue, text: &mut String) {
    match value {
        SqlValue::Null => part('n', "", text),
        SqlValue::Varchar(inner) => part('s', inner, text),
        SqlValue::Boolean(value) => part('o', if *value { "1" } else { "0" }, text),
        SqlValue::TinyInt(number) => part('b', &number.to_string(), text),
        SqlValue::SmallInt(number) => part('w', &number.to_string(), text),
        SqlValue::Int(number) => part('i', &number.to_string(), text),
        SqlValue::BigInt(number) => part('l', &number.to_string(), text),
        SqlValue::Decimal(number) => part('d', &from_big_decimal(number).to_string(), text),
        SqlValue::Real(number) => part('r', &number.to_bits().to_string(), text),
        SqlValue::Double(number) => part('f', &number.to_bits().to_string(), text),
        SqlValue::Time(milliseconds) => part('t', &milliseconds.to_string(), text),
        SqlValue::Date(days) => part('y', &days.to_string(), text),
        SqlValue::Timestamp(at) => {
            let at = format!("{},{}", at.milliseconds, at.nanoseconds);
            part('m', &at, text);
        }
        SqlValue::Binary(bytes) => part('x', &hex(bytes), text),
        SqlValue::Object(raw) => part('j', &hex(raw.as_bytes()), text),
        SqlValue::Uuid(uuid) => part('u', &uuid.to_string(), text),
        SqlValue::Array(array) => {
            let mut inner = encode(&class_of(array));
            for element in &array.elements {
                write(element, &mut inner);
            }
            part('a', &inner, text);
        }
    }
}

fn part(letter: char, inner: &str, text: &mut String) {
    // Writing to text does not fail.
    let _ = write!(text, "{letter}{}:{inner}", inner.len());
}

/// What stands for the class of the elements: an id, a name or a tag.
fn class_of(array: &Array) -> SqlValue {
    match &array.component {
        Component::Class(TypeReference::Id(id)) => SqlValue::Int(*id),
        Component::Class(TypeReference::Name(name)) => SqlValue::Varchar(name.clone()),
        Component::Tagged(tag) => SqlValue::SmallInt(i16::from(*tag)),
    }
}

/// The value that a text stands for; `None` for a text that is none.
pub(crate) fn decode(text: &str) -> Option<SqlValue> {
    let (value, rest) = read(text, DEPTH)?;
    rest.is_empty().then_some(value)
}

/// The first value, and what stands behind it.
fn read(text: &str, depth: usize) -> Option<(SqlValue, &str)> {
    let (head, behind) = text.split_once(':')?;
    let mut head = head.chars();
    let letter = head.next()?;
    let (inner, rest) = behind.split_at_checked(head.as_str().parse().ok()?)?;
    let value = match letter {
        'n' => SqlValue::Null,
        's' => SqlValue::Varchar(inner.to_owned()),
        'o' => SqlValue::Boolean(inner == "1"),
        'b' => SqlValue::TinyInt(inner.parse().ok()?),
        'w' => SqlValue::SmallInt(inner.parse().ok()?),
        'i' => SqlValue::Int(inner.parse().ok()?),
        'l' => SqlValue::BigInt(inner.parse().ok()?),
        'd' => SqlValue::Decimal(inner.parse().ok()?),
        'r' => SqlValue::Real(f32::from_bits(inner.parse().ok()?)),
        'f' => SqlValue::Double(f64::from_bits(inner.parse().ok()?)),
        't' => SqlValue::Time(inner.parse().ok()?),
        'y' => SqlValue::Date(inner.parse().ok()?),
        'm' => {
            let (milliseconds, nanoseconds) = inner.split_once(',')?;
            SqlValue::Timestamp(Timestamp {
                milliseconds: milliseconds.parse().ok()?,
                nanoseconds: nanoseconds.parse().ok()?,
            })
        }
        'x' => SqlValue::Binary(from_hex(inner)?),
        'j' => SqlValue::Object(RawValue::from_trusted_bytes(Bytes::from(from_hex(inner)?))),
        'u' => SqlValue::Uuid(inner.parse().ok()?),
        'a' => SqlValue::Array(read_array(inner, depth.checked_sub(1)?)?),
        _ => return None,
    };
    Some((value, rest))
}

fn read_array(text: &str, depth: usize) -> Option<Array> {
    let (class, mut rest) = read(text, 0)?;
    let component = match class {
        SqlValue::Int(id) => Component::Class(TypeReference::Id(id)),
        SqlValue::Varchar(name) => Component::Class(TypeReference::Name(name)),
        SqlValue::SmallInt(tag) => Component::Tagged(u8::try_from(tag).ok()?),
        _ => return None,
    };
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (element, behind) = read(rest, depth)?;
        elements.push(element);
        rest = behind;
    }
    Some(Array {
        component,
        elements,
    })
}
