//! The footer of a binary object: which fields it has, and where they stand.

use std::borrow::Cow;

use super::header::{ObjectFlags, ObjectHeader};
use super::shape::ObjectShape;
use crate::codec::{DecodeError, Reader};
use crate::java;
use crate::registry::SchemaSource;

/// Where the footer lies and how to read it.
#[derive(Debug)]
pub(super) struct Footer {
    start: usize,
    entry_size: usize,
    pub(super) count: usize,
    offset_size: usize,
    /// The fields' ids, unless the footer has them.
    ids: Option<Cow<'static, [i32]>>,
}

impl Footer {
    pub(super) fn of(
        header: &ObjectHeader,
        shape: Option<&'static ObjectShape>,
        object: &[u8],
        reader: &Reader<'_>,
    ) -> Result<Self, DecodeError> {
        let flags = header.flags;
        let offset_size = flags.offset_size();
        let is_compact = flags.contains(ObjectFlags::COMPACT_FOOTER);
        let entry_size = offset_size + if is_compact { 0 } else { size_of::<i32>() };
        let count = footer_length(header)? / entry_size;
        let ids = if is_compact && count > 0 {
            Some(compact_ids(header, shape, object, reader)?)
        } else {
            None
        };
        if ids.as_ref().is_some_and(|ids| ids.len() != count) {
            return Err(DecodeError::MalformedObject(
                "its footer does not fit its schema",
            ));
        }
        Ok(Self {
            start: header.footer,
            entry_size,
            count,
            offset_size,
            ids,
        })
    }

    /// The id of the field at `index`; `object` are the bytes of the object.
    pub(super) fn id(&self, index: usize, object: &[u8]) -> i32 {
        match &self.ids {
            Some(ids) => ids[index],
            None => number(object, self.start + index * self.entry_size, 4).cast_signed(),
        }
    }

    /// Where the value of the field at `index` stands in the object.
    pub(super) fn offset(&self, index: usize, object: &[u8]) -> usize {
        let entry_end = self.start + (index + 1) * self.entry_size;
        number(object, entry_end - self.offset_size, self.offset_size) as usize
    }
}

fn footer_length(header: &ObjectHeader) -> Result<usize, DecodeError> {
    if !header.flags.contains(ObjectFlags::HAS_SCHEMA) {
        return Ok(0);
    }
    let has_raw = header.flags.contains(ObjectFlags::HAS_RAW);
    let raw_offset_size = if has_raw { size_of::<i32>() } else { 0 };
    (header.length - header.footer)
        .checked_sub(raw_offset_size)
        .ok_or(DecodeError::MalformedObject(
            "its footer has no room for the offset of raw data",
        ))
}

/// The ids of the fields of a compact object: the shape's own, or what the metadata says.
fn compact_ids(
    header: &ObjectHeader,
    shape: Option<&'static ObjectShape>,
    object: &[u8],
    reader: &Reader<'_>,
) -> Result<Cow<'static, [i32]>, DecodeError> {
    match shape {
        Some(shape) if shape.schema_id() == header.schema_id => {
            Ok(Cow::Borrowed(shape.field_ids()))
        }
        _ => known_schema(header, object, reader.schemas()).map(Cow::Owned),
    }
}

/// Looks up the schema of a compact object.
pub(super) fn known_schema(
    header: &ObjectHeader,
    object: &[u8],
    schemas: &dyn SchemaSource,
) -> Result<Vec<i32>, DecodeError> {
    // Metadata knows a type that objects name by the id that the name gives.
    let type_id = match header.class_name(object)? {
        Some(name) => java::type_id(schemas.name_mapper().map(name)),
        None => header.type_id,
    };
    let schema_id = header.schema_id;
    schemas
        .field_ids(type_id, schema_id)
        .ok_or(DecodeError::UnknownSchema { type_id, schema_id })
}

/// The little-endian number of `size` bytes at `position`, which is inside of the footer.
fn number(object: &[u8], position: usize, size: usize) -> u32 {
    let bytes = object.get(position..position + size).unwrap_or_default();
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}
