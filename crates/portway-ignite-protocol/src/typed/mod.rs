//! Rust types as keys and values.

mod arrays;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod calendars;
mod containers;
mod maps;
mod pointers;
mod primitives;
mod sets;
mod structures;
mod times;

pub use arrays::{AsArray, AsList};
pub use structures::{IgniteEnum, IgniteObject};

use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::metadata::BinaryConfiguration;
use crate::registry::TypeRegistry;
use crate::value::{TypeReference, tag};

/// A type that can be written as a key or value.
///
/// | Rust | Java |
/// |---|---|
/// | `i8`, `u8` (the same bits) | `byte` |
/// | `i16`, `i32`, `i64` | `short`, `int`, `long` |
/// | `f32`, `f64`, `bool` | `float`, `double`, `boolean` |
/// | `u16`, `char` of 16 bits | `char` |
/// | `String`, `str`, `Cow<str>` | `String` |
/// | `Uuid` | `UUID` |
/// | [`Date`](crate::Date), [`Time`](crate::Time) | `Date`, `java.sql.Time` |
/// | `SystemTime`, [`Timestamp`](crate::Timestamp) | `Timestamp` |
/// | [`Decimal`](crate::Decimal) | `BigDecimal` |
/// | dates and times of `chrono`, `jiff` and `time` (features of these names) | `Date`, `java.sql.Time`, `Timestamp` |
/// | `Option<T>` | `T` or null |
/// | `()` | null |
/// | `Box<T>`, `Arc<T>`, `Rc<T>` | `T` |
/// | `Vec`, slices and arrays of a number type, `bool` or `char` | array |
/// | `Vec<u8>`, `Vec<i8>`, `Bytes` | `byte[]` |
/// | other `Vec<T>`, slices, arrays, `VecDeque` | `ArrayList<T>` |
/// | the same in [`AsArray`] or with `#[ignite(array)]` | `String[]`, ..., `T[]` or `Object[]` |
/// | `HashSet`, `BTreeSet` | `HashSet`, `LinkedHashSet` |
/// | `HashMap`, `BTreeMap` | `HashMap` |
/// | a structure with `#[derive(IgniteObject)]` | binary object |
/// | an enumeration with `#[derive(IgniteObject)]` | enum |
/// | a structure of one nameless field with `#[derive(IgniteObject)]` | what is in it |
/// | [`BinaryObject`](crate::BinaryObject), [`BinaryObjectBuilder`](crate::BinaryObjectBuilder) | binary object |
/// | [`Value`](crate::Value) | anything |
///
/// `u32`, `u64`, `i128` and `usize` have no counterpart in Java and are left out: choose a signed
/// type that is wide enough, or a [`Decimal`](crate::Decimal).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written to a grid",
    label = "this type has no counterpart in Java",
    note = "structures and enumerations get one by `#[derive(IgniteObject)]`",
    note = "unsigned numbers have none: use `i16`, `i32`, `i64` or `Decimal` (`u8` is a byte, `u16` a char)",
    note = "types of serde can be wrapped in `Serde` (feature `serde`)"
)]
pub trait WriteValue {
    /// The tag that the metadata of a structure gives to a field of this type.
    const TYPE_CODE: i32;

    /// The tag of Java's array of this type. If that is one of primitives, many of this type are
    /// such an array; otherwise they are an `ArrayList`.
    #[doc(hidden)]
    const ARRAY_TAG: u8 = tag::OBJECT_ARRAY;

    /// Appends the value with its tag.
    fn write(&self, writer: &mut Writer);

    /// Appends the value as an array of primitives holds it, without its tag. For types with such
    /// an array.
    #[doc(hidden)]
    fn write_bare(&self, writer: &mut Writer) {
        self.write(writer);
    }

    /// Appends many values as one.
    #[doc(hidden)]
    fn write_many(values: &[Self], writer: &mut Writer)
    where
        Self: Sized,
    {
        if !tag::is_primitive_array(Self::ARRAY_TAG) {
            return containers::write_list(values, writer);
        }
        writer.u8(Self::ARRAY_TAG);
        writer.count(values.len());
        values.iter().for_each(|value| value.write_bare(writer));
    }

    /// Appends many values as Java's array of this type.
    #[doc(hidden)]
    fn write_array(values: &[Self], writer: &mut Writer)
    where
        Self: Sized,
    {
        if tag::is_primitive_array(Self::ARRAY_TAG) {
            return Self::write_many(values, writer);
        }
        writer.nested(|writer| {
            writer.u8(Self::ARRAY_TAG);
            if matches!(Self::ARRAY_TAG, tag::OBJECT_ARRAY | tag::ENUM_ARRAY) {
                Self::component(writer.binary()).encode(writer);
            }
            writer.count(values.len());
            values.iter().for_each(|value| value.write(writer));
        });
    }

    /// The class that an array of this type names.
    #[doc(hidden)]
    fn component(binary: BinaryConfiguration) -> TypeReference {
        let _ = binary;
        TypeReference::OBJECT
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
/// alike, times from dates and timestamps. (In the rows of a query, where it is the query that
/// decides the types, numbers are read as wider ones too: see
/// [`Reader::widening`](crate::Reader::widening).)
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a grid",
    label = "this type has no counterpart in Java",
    note = "structures and enumerations get one by `#[derive(IgniteObject)]`",
    note = "unsigned numbers have none: use `i16`, `i32`, `i64` or `Decimal` (`u8` is a byte, `u16` a char)",
    note = "types of serde can be wrapped in `Serde` (feature `serde`)"
)]
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
