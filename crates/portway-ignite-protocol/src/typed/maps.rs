//! Maps.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use super::containers::{DECLARED_AS_INTERFACE, not_a};
use super::{ReadValue, WriteValue};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::registry::TypeRegistry;
use crate::value::{MapKind, follow, tag};

impl<K: WriteValue, V: WriteValue> WriteValue for BTreeMap<K, V> {
    const TYPE_CODE: i32 = DECLARED_AS_INTERFACE;

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
    const TYPE_CODE: i32 = DECLARED_AS_INTERFACE;

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
    writer.nested(|writer| {
        writer.u8(tag::MAP);
        writer.count(length);
        MapKind::HashMap.encode(writer);
        for (key, value) in entries {
            key.write(writer);
            value.write(writer);
        }
    });
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
