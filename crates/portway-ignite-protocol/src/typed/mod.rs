//! Rust types as keys and values.

mod containers;
mod primitives;
mod structures;

pub use structures::IgniteObject;

use crate::codec::{DecodeError, Reader, Writer};
use crate::registry::TypeRegistry;
use crate::value::tag;

/// A type that can be written as a key or value.
///
/// | Rust | Java |
/// |---|---|
/// | `i8`, `u8` (the same bits) | `byte` |
/// | `i16`, `i32`, `i64` | `short`, `int`, `long` |
/// | `f32`, `f64`, `bool` | `float`, `double`, `boolean` |
/// | `u16` | `char` |
/// | `String`, `str` | `String` |
/// | `Uuid` | `UUID` |
/// | `SystemTime`, [`Timestamp`](crate::Timestamp) | `Timestamp` |
/// | [`Decimal`](crate::Decimal) | `BigDecimal` |
/// | `Option<T>` | `T` or null |
/// | `Vec` and slices of a number type but `u8` and `i8` | array |
/// | `Vec<u8>`, `Vec<i8>` | `byte[]` |
/// | other `Vec<T>` and slices | `ArrayList<T>` |
/// | `HashMap`, `BTreeMap` | `HashMap` |
/// | a structure with `#[derive(IgniteObject)]` | binary object |
/// | [`Value`](crate::Value) | anything |
pub trait WriteValue {
    /// The tag that the metadata of a structure gives to a field of this type.
    const TYPE_CODE: i32;

    /// The tag that the metadata of a structure gives to a field with many of this type.
    #[doc(hidden)]
    const MANY_TYPE_CODE: i32 = tag::COLLECTION as i32;

    /// Appends the value with its tag.
    fn write(&self, writer: &mut Writer);

    /// Appends many values as one. Number types override it with an array.
    #[doc(hidden)]
    fn write_many(values: &[Self], writer: &mut Writer)
    where
        Self: Sized,
    {
        containers::write_list(values, writer);
    }

    /// Tells the registry which binary types a value consists of, so that they can be registered
    /// before the first one is written. Types that are no structures have nothing to tell.
    fn describe(registry: &mut TypeRegistry) {
        let _ = registry;
    }
}

/// A type that can be read from a key or value. The inverse of [`WriteValue`].
///
/// Types are not converted: a Java `int` is no `i64`. Lists are read from collections and arrays
/// alike, times from dates and timestamps.
pub trait ReadValue: Sized {
    /// Reads a value with its tag.
    ///
    /// # Errors
    /// A [`DecodeError`] when the bytes are no value of this type.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// What a field that is absent or null reads as, if that is allowed.
    fn absent() -> Option<Self> {
        None
    }

    /// Reads many values from one.
    #[doc(hidden)]
    fn read_many(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        containers::read_list(reader)
    }
}
