//! The bridge to serde: any type that it serialises can be a value.
//!
//! [`Serde`] says what becomes what. The other way round, numbers are read as any type that they fit
//! into, and what serde has no type for is a string: UUIDs, times (as in RFC 3339) and decimals.

mod access;
mod deserialize;
mod serialize;
mod serialize_many;
mod show;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::binary::BinaryObject;
use crate::codec::{DecodeError, EncodeError, Reader, Writer};
use crate::metadata::BinaryConfiguration;
use crate::registry::{MadeTypes, NoSchemas, SchemaSource};
use crate::typed::{ReadValue, WriteValue};
use crate::value::{RawValue, Value, tag};

use deserialize::ValueDeserializer;
use serialize::ValueSerializer;

/// A type of serde as a key or value.
///
/// | serde | Java |
/// |---|---|
/// | `bool`, `i8` to `i64`, `f32`, `f64` | `boolean`, `byte` to `long`, `float`, `double` |
/// | `u8`, `u16`, `u32` | the next wider: `short`, `int`, `long` |
/// | `u64`, `i128`, `u128` | `long` where it fits (`u64`), `BigDecimal` |
/// | `char` | `char`; `String` where it has more than 16 bits |
/// | strings, bytes | `String`, `byte[]` |
/// | `None`, unit | null |
/// | sequence | `ArrayList` |
/// | tuple, tuple structure | `Object[]` |
/// | map | `LinkedHashMap` |
/// | structure | binary object, whose type is the structure's name (`#[serde(rename = "...")]`) |
/// | newtype structure | what is in it |
/// | enum: unit variant | `String` with the variant's name |
/// | enum: other variants | `LinkedHashMap` of one entry: the name and the contents |
///
/// The other way round, numbers are read as any type that they fit into, and what serde has no type
/// for is a string: UUIDs, times (as in RFC 3339) and decimals.
///
/// The types of structures register themselves; their fields are declared as `Object`, because serde
/// may write others later (an enum is a string or a map). A structure with `#[derive(IgniteObject)]` is
/// faster, has the types of Java (a UUID is a string here) and its bytes are fixed by the compiler:
/// as a key, use a type of serde only if it is always written in the same way (no `HashMap`, no
/// `skip_serializing_if`).
///
/// ```
/// use portway_ignite_protocol::{RawValue, Serde};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// #[serde(rename = "com.example.Job")]
/// struct Job {
///     name: String,
///     state: State,
/// }
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum State {
///     Waiting,
///     Running { on: String, since: u32 },
/// }
///
/// let job = Job { name: "sum".into(), state: State::Running { on: "node1".into(), since: 5 } };
/// let raw = RawValue::try_encode(&Serde(&job), Default::default())?;
/// # let types = portway_ignite_protocol::serde_types(&job)?;
/// assert_eq!(raw.read_with::<Serde<Job>>(&types)?.0, job);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Serde<T>(pub T);

impl<T: Serialize> WriteValue for Serde<T> {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        let mark = writer.mark();
        if let Err(error) = self.0.serialize(ValueSerializer::new(writer)) {
            writer.go_back(mark);
            writer.fail(error);
        }
    }
}

impl<T: DeserializeOwned> ReadValue for Serde<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::deserialize(ValueDeserializer::new(reader)).map(Self)
    }

    fn absent() -> Option<Self> {
        let mut null = Reader::new(&[tag::NULL]);
        Self::read(&mut null).ok()
    }
}

/// Turns a type of serde into a [`Value`]; structures become [`BinaryObject`]s.
///
/// # Errors
/// An [`EncodeError`] when the type's `Serialize` fails.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, EncodeError> {
    let (raw, types) = written(value)?;
    raw.read_with(&types).map_err(EncodeError::Copy)
}

/// The binary types that a value of serde consists of.
#[doc(hidden)]
pub fn serde_types<T: Serialize + ?Sized>(value: &T) -> Result<impl SchemaSource, EncodeError> {
    Ok(written(value)?.1)
}

fn written<T: Serialize + ?Sized>(value: &T) -> Result<(RawValue, MadeTypes), EncodeError> {
    let mut writer = Writer::new()
        .with_binary(BinaryConfiguration::default())
        .collecting_types();
    Serde(value).write(&mut writer);
    let notes = writer.take_notes().unwrap_or_default();
    if let Some(problem) = notes.problem() {
        return Err(problem.clone());
    }
    let raw = RawValue::from_trusted_bytes(writer.into_bytes());
    Ok((raw, MadeTypes::new(Arc::new(notes.types().clone()))))
}

/// Turns a [`Value`] into a type of serde.
///
/// # Errors
/// A [`DecodeError`] when the value is not of the wanted type.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, DecodeError> {
    let raw = RawValue::try_encode(value, BinaryConfiguration::default());
    let raw = raw.map_err(|error| DecodeError::Deserialize(error.to_string()))?;
    let types = any_object(value).and_then(BinaryObject::types);
    let read = match types {
        Some(types) => raw.read_with::<Serde<T>>(types),
        None => raw.read_with(&NoSchemas),
    };
    read.map(|read| read.0)
}

impl BinaryObject {
    /// Turns the object into a type of serde.
    ///
    /// # Errors
    /// A [`DecodeError`] when the object is not of the wanted type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::deserialize(ValueDeserializer::new(&mut self.reader()))
    }
}

/// An object in a value. All objects of an answer know the same types.
fn any_object(value: &Value) -> Option<&BinaryObject> {
    match value {
        Value::Object(object) => Some(object),
        Value::ObjectArray { elements, .. } | Value::Collection { elements, .. } => {
            elements.iter().find_map(any_object)
        }
        Value::Map { entries, .. } => entries
            .iter()
            .find_map(|(key, value)| any_object(key).or_else(|| any_object(value))),
        _ => None,
    }
}

impl serde::ser::Error for EncodeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Serialize(message.to_string())
    }
}

impl serde::de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Deserialize(message.to_string())
    }
}
