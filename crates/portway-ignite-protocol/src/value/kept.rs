//! The form in which a server keeps values.
//!
//! A node reads collections, maps, arrays and enumerations into Java's own, keeps the objects in
//! them as they are, and writes them anew when it is asked (`BinaryUtils.unmarshal`, then
//! `BinaryWriterExImpl`). What a client gets back is therefore not byte for byte what it put.
//! Kept as they come are what nodes write by Java serialization, as single-element lists, and the
//! order of those entries of a hash table that Java put into a tree.

use std::collections::HashMap;

use super::kinds::{CollectionKind, MapKind, TypeReference};
use super::{follow, skip_value, tag};
use crate::affinity::key_hash;
use crate::binary::ObjectHeader;
use crate::codec::{DecodeError, Layout, Reader, Writer};

/// References are resolved, so that a few bytes may stand for many; this is where it ends. It is
/// the longest message that a server takes by default.
const LONGEST: usize = 64 << 20;

/// Whether a server gives back a value with this tag in other bytes than it was sent.
pub(super) fn is_rewritten(found: u8) -> bool {
    matches!(
        found,
        tag::COLLECTION | tag::MAP | tag::OBJECT_ARRAY | tag::ENUM_ARRAY | tag::ENUM
    )
}

/// The value as a server keeps it.
pub(super) fn rewritten(value: &[u8]) -> Result<Writer, DecodeError> {
    let mut writer = Writer::new();
    Keeper { left: LONGEST }.value(&mut Reader::new(value), &mut writer)?;
    Ok(writer)
}

struct Keeper {
    /// How many bytes may still be written.
    left: usize,
}

/// Entries of a container in their kept form: of a set the elements, of a map keys and values.
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

impl Keeper {
    fn value(&mut self, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
        match reader.peek() {
            Some(tag::HANDLE | tag::OBJECT | tag::WRAPPED_OBJECT) => {}
            Some(found) if is_rewritten(found) => {}
            _ => return self.leaf(reader, writer),
        }
        follow(reader, |reader, found| match found {
            tag::OBJECT => self.object(reader, writer),
            tag::COLLECTION => self.collection(reader, writer),
            tag::MAP => self.map(reader, writer),
            tag::OBJECT_ARRAY | tag::ENUM_ARRAY => self.array(reader, writer),
            tag::ENUM | tag::BINARY_ENUM => {
                writer.u8(tag::BINARY_ENUM);
                TypeReference::decode(reader)?.encode(writer);
                writer.i32(reader.i32()?);
                Ok(())
            }
            _ => {
                reader.rewind(reader.position() - 1);
                self.leaf(reader, writer)
            }
        })
    }

    /// A value in which nothing is rewritten.
    fn leaf(&mut self, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
        let start = reader.position();
        skip_value(reader, 0)?;
        self.copy(&reader.all()[start..reader.position()], writer)
    }

    fn copy(&mut self, bytes: &[u8], writer: &mut Writer) -> Result<(), DecodeError> {
        let left = self.left.checked_sub(bytes.len());
        self.left = left.ok_or(DecodeError::TooManyValues)?;
        writer.bytes(bytes);
        Ok(())
    }

    /// An object, whose tag is already read, is wrapped; what is in it stays as it is.
    fn object(&mut self, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
        let object = &reader.all()[reader.position() - 1..];
        let header = ObjectHeader::parse(object)?;
        writer.u8(tag::WRAPPED_OBJECT);
        writer.count(header.length);
        self.copy(&object[..header.length], writer)?;
        writer.i32(0);
        reader.take(header.length - 1).map(drop)
    }

    /// Arrays of any type come back as arrays of `Object`.
    fn array(&mut self, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
        TypeReference::decode(reader)?;
        let count = reader.count(1)?;
        writer.u8(tag::OBJECT_ARRAY);
        TypeReference::OBJECT.encode(writer);
        writer.count(count);
        (0..count).try_for_each(|_| self.value(reader, writer))
    }

    fn collection(
        &mut self,
        reader: &mut Reader<'_>,
        writer: &mut Writer,
    ) -> Result<(), DecodeError> {
        let count = reader.count(1)?;
        let kind = match CollectionKind::decode(reader)? {
            CollectionKind::UserCollection => CollectionKind::ArrayList,
            CollectionKind::UserSet => CollectionKind::HashSet,
            kind => kind,
        };
        writer.u8(tag::COLLECTION);
        if !matches!(
            kind,
            CollectionKind::HashSet | CollectionKind::LinkedHashSet
        ) {
            writer.count(count);
            kind.encode(writer);
            return (0..count).try_for_each(|_| self.value(reader, writer));
        }
        let elements = (0..count).map(|_| Ok((self.part(reader)?, Vec::new())));
        let mut elements = without_repetitions(elements.collect::<Result<_, DecodeError>>()?);
        if kind == CollectionKind::HashSet {
            order_as_java(&mut elements, count);
        }
        writer.count(elements.len());
        kind.encode(writer);
        elements
            .iter()
            .for_each(|(element, _)| writer.bytes(element));
        Ok(())
    }

    fn map(&mut self, reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
        let count = reader.count(2)?;
        let kind = match MapKind::decode(reader)? {
            MapKind::User => MapKind::HashMap,
            kind => kind,
        };
        let entries = (0..count).map(|_| Ok((self.part(reader)?, self.part(reader)?)));
        let mut entries = without_repetitions(entries.collect::<Result<_, DecodeError>>()?);
        if kind == MapKind::HashMap {
            order_as_java(&mut entries, count);
        }
        writer.u8(tag::MAP);
        writer.count(entries.len());
        kind.encode(writer);
        for (key, value) in &entries {
            writer.bytes(key);
            writer.bytes(value);
        }
        Ok(())
    }

    fn part(&mut self, reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
        let mut writer = Writer::new();
        self.value(reader, &mut writer)?;
        Ok(writer.into_buffer())
    }
}

/// As Java's tables: an entry that is there keeps its place and takes the later value.
fn without_repetitions(entries: Entries) -> Entries {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Entries = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match places.get(&key) {
            Some(place) => kept[*place].1 = value,
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}

/// The order in which a `java.util.HashMap` that Ignite made for `expected` entries gives them.
/// Where a hash code is not known here, that is for collections as keys, the order stays.
fn order_as_java(entries: &mut Entries, expected: usize) {
    let buckets = java_capacity(expected).next_power_of_two();
    let bucket_of = |key: &[u8]| {
        let hash = java_hash(key)?.cast_unsigned();
        Some((hash ^ (hash >> 16)) as usize & (buckets - 1))
    };
    let found: Option<Vec<usize>> = entries.iter().map(|(key, _)| bucket_of(key)).collect();
    if let Some(found) = found {
        let mut placed: Vec<_> = found.into_iter().zip(std::mem::take(entries)).collect();
        placed.sort_by_key(|(bucket, _)| *bucket);
        *entries = placed.into_iter().map(|(_, entry)| entry).collect();
    }
}

/// `IgniteUtils.capacity`: a table of this size never grows.
fn java_capacity(expected: usize) -> usize {
    if expected < 3 {
        expected + 1
    } else {
        expected + expected / 3
    }
}

/// `hashCode()` of a value in its kept form.
fn java_hash(kept: &[u8]) -> Option<i32> {
    /// Tag and length of a wrapped object.
    const WRAPPING: usize = 5;
    match *kept.first()? {
        tag::NULL => Some(0),
        tag::WRAPPED_OBJECT => Some(ObjectHeader::parse(kept.get(WRAPPING..)?).ok()?.hash_code),
        _ => key_hash(kept).ok(),
    }
}
