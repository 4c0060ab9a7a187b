//! Options, lists, maps and references.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::registry::TypeRegistry;
use crate::value::{CollectionKind, MapKind, RawValue, TypeReference, follow, tag};

impl<T: WriteValue + ?Sized> WriteValue for &T {
    const TYPE_CODE: i32 = T::TYPE_CODE;

    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: WriteValue + ?Sized> WriteValue for Box<T> {
    const TYPE_CODE: i32 = T::TYPE_CODE;

    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: ReadValue> ReadValue for Box<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::read(reader).map(Self::new)
    }

    fn absent() -> Option<Self> {
        T::absent().map(Self::new)
    }
}

impl<T: WriteValue> WriteValue for Option<T> {
    const TYPE_CODE: i32 = T::TYPE_CODE;

    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.null(),
        }
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
    const TYPE_CODE: i32 = T::MANY_TYPE_CODE;

    fn write(&self, writer: &mut Writer) {
        T::write_many(self, writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        T::describe(registry);
    }
}

impl<T: WriteValue> WriteValue for Vec<T> {
    const TYPE_CODE: i32 = T::MANY_TYPE_CODE;

    fn write(&self, writer: &mut Writer) {
        T::write_many(self, writer);
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

/// Writes values as an `ArrayList`.
pub(super) fn write_list<T: WriteValue>(values: &[T], writer: &mut Writer) {
    writer.u8(tag::COLLECTION);
    writer.count(values.len());
    CollectionKind::ArrayList.encode(writer);
    values.iter().for_each(|value| value.write(writer));
}

/// Reads values from a collection or from an array with tagged elements.
pub(super) fn read_list<T: ReadValue>(reader: &mut Reader<'_>) -> Result<Vec<T>, DecodeError> {
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

fn not_a(expected: &'static str, found: u8) -> DecodeError {
    match found {
        tag::NULL => DecodeError::UnexpectedNull { expected },
        found => DecodeError::UnexpectedTag { expected, found },
    }
}

impl<K: WriteValue, V: WriteValue> WriteValue for BTreeMap<K, V> {
    const TYPE_CODE: i32 = tag::MAP as i32;

    fn write(&self, writer: &mut Writer) {
        write_map(self.len(), self.iter(), writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        K::describe(registry);
        V::describe(registry);
    }
}

impl<K: ReadValue + Ord, V: ReadValue> ReadValue for BTreeMap<K, V> {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        read_map(reader)
    }
}

/// Written in the order of the map, so equal maps can differ in bytes: no good key.
impl<K: WriteValue, V: WriteValue, S: BuildHasher> WriteValue for HashMap<K, V, S> {
    const TYPE_CODE: i32 = tag::MAP as i32;

    fn write(&self, writer: &mut Writer) {
        write_map(self.len(), self.iter(), writer);
    }

    fn describe(registry: &mut TypeRegistry) {
        K::describe(registry);
        V::describe(registry);
    }
}

impl<K, V, S> ReadValue for HashMap<K, V, S>
where
    K: ReadValue + Eq + Hash,
    V: ReadValue,
    S: BuildHasher + Default,
{
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        read_map(reader)
    }
}

fn write_map<'m, K: WriteValue + 'm, V: WriteValue + 'm>(
    length: usize,
    entries: impl Iterator<Item = (&'m K, &'m V)>,
    writer: &mut Writer,
) {
    writer.u8(tag::MAP);
    writer.count(length);
    MapKind::HashMap.encode(writer);
    for (key, value) in entries {
        key.write(writer);
        value.write(writer);
    }
}

fn read_map<M, K, V>(reader: &mut Reader<'_>) -> Result<M, DecodeError>
where
    M: FromIterator<(K, V)>,
    K: ReadValue,
    V: ReadValue,
{
    follow(reader, |reader, found| {
        if found != tag::MAP {
            return Err(not_a("a map", found));
        }
        let count = reader.count(2)?;
        MapKind::decode(reader)?;
        (0..count)
            .map(|_| Ok((K::read(reader)?, V::read(reader)?)))
            .collect()
    })
}

/// Already encoded: written as it is.
impl WriteValue for RawValue {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        self.encode(writer);
    }
}

/// Kept as bytes.
impl ReadValue for RawValue {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::decode(reader)
    }

    fn absent() -> Option<Self> {
        Some(Self::NULL)
    }
}
