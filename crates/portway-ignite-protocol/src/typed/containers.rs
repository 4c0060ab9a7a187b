//! Options and lists.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::metadata::BinaryConfiguration;
use crate::registry::TypeRegistry;
use crate::value::{CollectionKind, RawValue, TypeReference, follow, tag};

/// The type code of lists, sets and maps. A Java class declares them by their interfaces (`List`,
/// `Map`), which have the code of any object; only fields declared as `ArrayList`, `HashMap` and
/// the like have codes of their own.
pub(super) const DECLARED_AS_INTERFACE: i32 = tag::OBJECT as i32;

impl<T: WriteValue> WriteValue for Option<T> {
    const TYPE_CODE: i32 = T::TYPE_CODE;
    /// Only arrays of these can hold nulls.
    const ARRAY_TAG: u8 = match T::ARRAY_TAG {
        primitives if tag::is_primitive_array(primitives) => tag::OBJECT_ARRAY,
        holds_nulls => holds_nulls,
    };

    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.null(),
        }
    }

    fn component(binary: BinaryConfiguration) -> TypeReference {
        T::component(binary)
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: ReadValue> ReadValue for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.take_null() {
            Ok(None)
        } else {
            T::read(reader).map(Some)
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: WriteValue> WriteValue for [T] {
    const TYPE_CODE: i32 = many_type_code(T::ARRAY_TAG);

    fn write(&self, writer: &mut Writer) {
        T::write_many(self, writer);
    }

    fn component(_: BinaryConfiguration) -> TypeReference {
        array_class::<T>()
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: WriteValue> WriteValue for Vec<T> {
    const TYPE_CODE: i32 = many_type_code(T::ARRAY_TAG);

    fn write(&self, writer: &mut Writer) {
        T::write_many(self, writer);
    }

    fn component(_: BinaryConfiguration) -> TypeReference {
        array_class::<T>()
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: ReadValue> ReadValue for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::read_many(reader)
    }
}

/// The class of an array of arrays; one of lists has none of its own.
fn array_class<T: WriteValue>() -> TypeReference {
    match many_type_code(T::ARRAY_TAG) {
        DECLARED_AS_INTERFACE => TypeReference::OBJECT,
        array => TypeReference::Id(array),
    }
}

/// The type code of a field with many values of a type whose array has this tag.
const fn many_type_code(array_tag: u8) -> i32 {
    if tag::is_primitive_array(array_tag) {
        array_tag as i32
    } else {
        DECLARED_AS_INTERFACE
    }
}

/// Writes values as an `ArrayList`.
pub(super) fn write_list<T: WriteValue>(values: &[T], writer: &mut Writer) {
    write_collection(
        CollectionKind::ArrayList,
        values.len(),
        values.iter(),
        writer,
    );
}

/// Writes `length` values as a collection.
pub(super) fn write_collection<'v, T: WriteValue + 'v>(
    kind: CollectionKind,
    length: usize,
    values: impl Iterator<Item = &'v T>,
    writer: &mut Writer,
) {
    writer.nested(|writer| {
        writer.u8(tag::COLLECTION);
        writer.count(length);
        kind.encode(writer);
        values.for_each(|value| value.write(writer));
    });
}

/// Reads values from a collection or from an array with tagged elements.
pub(super) fn read_list<T: ReadValue, L: FromIterator<T>>(
    reader: &mut Reader<'_>,
) -> Result<L, DecodeError> {
    follow(reader, |reader, found| {
        if matches!(found, tag::OBJECT_ARRAY | tag::ENUM_ARRAY) {
            TypeReference::decode(reader)?;
        } else if !is_list(found) {
            return Err(not_a("a list", found));
        }
        let count = reader.count(1)?;
        if found == tag::COLLECTION {
            CollectionKind::decode(reader)?;
        }
        (0..count).map(|_| T::read(reader)).collect()
    })
}

fn is_list(found: u8) -> bool {
    matches!(
        found,
        tag::COLLECTION
            | tag::STRING_ARRAY
            | tag::UUID_ARRAY
            | tag::DATE_ARRAY
            | tag::DECIMAL_ARRAY
            | tag::TIMESTAMP_ARRAY
            | tag::TIME_ARRAY
    )
}

pub(super) fn not_a(expected: &'static str, found: u8) -> DecodeError {
    match found {
        tag::NULL => DecodeError::UnexpectedNull { expected },
        found => DecodeError::UnexpectedTag { expected, found },
    }
}

impl<T: WriteValue, const N: usize> WriteValue for [T; N] {
    const TYPE_CODE: i32 = many_type_code(T::ARRAY_TAG);

    fn write(&self, writer: &mut Writer) {
        T::write_many(self, writer);
    }

    fn component(_: BinaryConfiguration) -> TypeReference {
        array_class::<T>()
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

/// Fails with [`DecodeError::WrongLength`] unless there are exactly so many.
impl<T: ReadValue, const N: usize> ReadValue for [T; N] {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let all = T::read_many(reader)?;
        let found = all.len();
        let expected = N;
        let array = all.try_into();
        array.map_err(|_| DecodeError::WrongLength { expected, found })
    }
}

impl<T: WriteValue> WriteValue for VecDeque<T> {
    const TYPE_CODE: i32 = DECLARED_AS_INTERFACE;

    fn write(&self, writer: &mut Writer) {
        write_collection(CollectionKind::ArrayList, self.len(), self.iter(), writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: ReadValue> ReadValue for VecDeque<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::read_many(reader).map(Self::from)
    }
}

/// A Java `byte[]`.
impl WriteValue for Bytes {
    const TYPE_CODE: i32 = tag::BYTE_ARRAY as i32;

    fn write(&self, writer: &mut Writer) {
        u8::write_many(self, writer);
    }
}

/// A Java `byte[]`, which shares the memory of the message it came in.
impl ReadValue for Bytes {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.count_value()?;
        reader.expect_tag(tag::BYTE_ARRAY, "a byte array")?;
        let length = reader.length()?;
        let taken = reader.take(length)?;
        Ok(reader.share(taken))
    }
}

/// Already encoded: written as it is.
impl WriteValue for RawValue {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        self.encode(writer);
    }
}

/// Kept as bytes. What refers to a part of the value around it gets a copy of that part.
impl ReadValue for RawValue {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !reader.is_inside() {
            return Self::decode(reader);
        }
        Self::decode_part(reader)
    }

    fn absent() -> Option<Self> {
        Some(Self::NULL)
    }
}
