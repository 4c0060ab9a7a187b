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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::codec::Reader;
    use crate::value::RawValue;

    fn kept(value: &[u8]) -> Result<RawValue, DecodeError> {
        let bytes = Bytes::copy_from_slice(value);
        let mut reader = Reader::shared(&bytes).keeping();
        let value = RawValue::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    fn int(number: u8) -> [u8; 5] {
        [tag::INT, number, 0, 0, 0]
    }

    /// A container of this tag with entries of integers.
    fn container(found: u8, count: u8, kind: u8, numbers: &[u8]) -> Vec<u8> {
        let mut bytes = vec![found, count, 0, 0, 0, kind];
        bytes.extend(numbers.iter().flat_map(|number| int(*number)));
        bytes
    }

    // The expected bytes are those of a 2.17.0 node.

    #[test]
    fn a_hash_set_comes_in_javas_order_without_repetitions() {
        let sent = container(tag::COLLECTION, 4, 3, &[3, 1, 2, 3]);
        let expected = container(tag::COLLECTION, 3, 3, &[1, 2, 3]);
        assert_eq!(kept(&sent).unwrap().as_bytes(), expected);
    }

    #[test]
    fn a_set_or_collection_of_an_own_class_becomes_javas_own() {
        let set = kept(&container(tag::COLLECTION, 2, 255, &[1, 2])).unwrap();
        assert_eq!(set.as_bytes(), container(tag::COLLECTION, 2, 3, &[1, 2]));
        let collection = kept(&container(tag::COLLECTION, 0, 0, &[])).unwrap();
        assert_eq!(collection.as_bytes(), container(tag::COLLECTION, 0, 1, &[]));
    }

    #[test]
    fn a_later_value_of_a_key_takes_the_place_of_the_first() {
        let sent = container(tag::MAP, 2, 1, &[1, 1, 1, 2]);
        let expected = container(tag::MAP, 1, 1, &[1, 2]);
        assert_eq!(kept(&sent).unwrap().as_bytes(), expected);
        let linked = container(tag::MAP, 2, 2, &[2, 0, 1, 0]);
        assert_eq!(kept(&linked).unwrap().as_bytes(), linked);
    }

    #[test]
    fn an_enumeration_is_kept_as_a_binary_one() {
        let sent = [tag::ENUM, 7, 0, 0, 0, 1, 0, 0, 0];
        let expected = [tag::BINARY_ENUM, 7, 0, 0, 0, 1, 0, 0, 0];
        assert_eq!(kept(&sent).unwrap().as_bytes(), expected);
    }

    #[test]
    fn a_reference_stands_for_what_it_refers_to() {
        let list = container(tag::COLLECTION, 1, 1, &[1]);
        let back = u8::try_from(list.len()).unwrap();
        let mut sent = vec![tag::COLLECTION, 2, 0, 0, 0, 1];
        sent.extend(&list);
        sent.extend([tag::HANDLE, back, 0, 0, 0]);
        let expected = [&sent[..6], &list[..], &list[..]].concat();
        assert_eq!(kept(&sent).unwrap().as_bytes(), expected);
    }

    #[test]
    fn a_list_that_contains_itself_is_refused() {
        let sent = [tag::COLLECTION, 1, 0, 0, 0, 1, tag::HANDLE, 6, 0, 0, 0];
        assert!(matches!(kept(&sent), Err(DecodeError::TooDeep)));
    }

    #[test]
    fn references_to_much_end_where_the_longest_message_does() {
        let mut sent = vec![tag::COLLECTION];
        sent.extend(200_i32.to_le_bytes());
        sent.push(1);
        sent.push(tag::COLLECTION);
        sent.extend(1_i32.to_le_bytes());
        sent.push(1);
        sent.push(tag::BYTE_ARRAY);
        sent.extend((1_i32 << 20).to_le_bytes());
        sent.extend(vec![0; 1 << 20]);
        for _ in 1..200 {
            let back = i32::try_from(sent.len() - 6).unwrap();
            sent.push(tag::HANDLE);
            sent.extend(back.to_le_bytes());
        }
        assert!(matches!(kept(&sent), Err(DecodeError::TooManyValues)));
    }
}
