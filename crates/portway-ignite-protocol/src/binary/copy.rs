//! Copying values out of the object that they refer into.

use super::header::{ObjectFlags, ObjectHeader};
use super::open::{Identity, OpenObject};
use crate::codec::{DecodeError, EncodeError, Layout, Reader, Writer};
use crate::value::{RawValue, TypeReference, follow, skip_value, tag, walk_object};

impl Writer {
    /// Copies the value at the reader's position, with a copy in place of each reference.
    pub(crate) fn copy_resolved(&mut self, reader: &mut Reader<'_>) {
        if let Err(error) = copy_value(reader, self) {
            // A reference that leads back to what is being copied never ends.
            self.fail(match error {
                DecodeError::Cycle(_) | DecodeError::TooDeep | DecodeError::TooManyValues => {
                    EncodeError::TooDeep
                }
                error => EncodeError::Copy(error),
            });
        }
    }
}

/// Takes the value at the reader's position, which is inside of another, for itself.
pub(crate) fn self_contained(reader: &mut Reader<'_>) -> Result<RawValue, DecodeError> {
    let mut looked = reader.clone();
    if walk_object(&mut looked, &|_, _| Ok(())) != Err(DecodeError::HandleOutside) {
        return RawValue::decode(reader);
    }
    let mut writer = Writer::new();
    copy_value(reader, &mut writer)?;
    Ok(RawValue::from_trusted_bytes(writer.into_bytes()))
}

fn copy_value(reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
    let position = reader.position();
    match reader.peek() {
        Some(
            tag::HANDLE
            | tag::OBJECT
            | tag::WRAPPED_OBJECT
            | tag::COLLECTION
            | tag::MAP
            | tag::OBJECT_ARRAY,
        ) => follow(reader, |reader, found| {
            copy_composed(reader, found, position, writer)
        }),
        _ => copy_as_is(reader, writer),
    }
}

/// Copies a value that has no references inside.
fn copy_as_is(reader: &mut Reader<'_>, writer: &mut Writer) -> Result<(), DecodeError> {
    let start = reader.position();
    skip_value(reader, start)?;
    writer.bytes(&reader.all()[start..reader.position()]);
    Ok(())
}

/// Copies a value whose tag is already read, and which was reached from `position`.
fn copy_composed(
    reader: &mut Reader<'_>,
    found: u8,
    position: usize,
    writer: &mut Writer,
) -> Result<(), DecodeError> {
    let values_each = match found {
        tag::OBJECT => return copy_object(reader, position, writer),
        tag::MAP => 2,
        _ => 1,
    };
    writer.u8(found);
    if found == tag::OBJECT_ARRAY {
        TypeReference::decode(reader)?.encode(writer);
    }
    let count = reader.count(values_each)?;
    writer.count(count);
    if found != tag::OBJECT_ARRAY {
        writer.u8(reader.u8()?);
    }
    (0..count * values_each).try_for_each(|_| copy_value(reader, writer))
}

/// Copies an object whose tag is already read. Its type and schema stay what they are.
fn copy_object(
    reader: &mut Reader<'_>,
    position: usize,
    writer: &mut Writer,
) -> Result<(), DecodeError> {
    let start = reader.position() - 1;
    let all = reader.all();
    let header = ObjectHeader::parse(&all[start..])?;
    if start < position && position < start + header.length {
        return Err(DecodeError::Cycle(header.type_id));
    }
    let object = &all[start..start + header.length];
    let mut open = OpenObject::begin(writer, 0);
    writer.bytes(&object[ObjectHeader::LENGTH..header.data_start(object)?]);
    let end = start + header.data_end(object)?;
    reader.inside(start + header.data_start(object)?, |reader| {
        let mut ids = written_ids(&header, object);
        while reader.position() < end {
            open.field(writer, ids.next().unwrap_or_default());
            copy_value(reader, writer)?;
        }
        Ok(())
    })?;
    if let Some(raw) = header.raw_offset(object)? {
        open.raw(writer);
        reader.charge(header.raw_end().saturating_sub(raw))?;
        writer.bytes(object.get(raw..header.raw_end()).unwrap_or_default());
    }
    let identity = Identity {
        type_id: header.type_id,
        schema_id: Some(header.schema_id),
        compact_footer: header.flags.contains(ObjectFlags::COMPACT_FOOTER),
    };
    open.finish(writer, identity);
    reader.take(header.length - 1).map(drop)
}

/// The ids in a full footer in the order of the values; a compact one needs none.
fn written_ids(header: &ObjectHeader, object: &[u8]) -> impl Iterator<Item = i32> {
    let is_full = !header.flags.contains(ObjectFlags::COMPACT_FOOTER)
        && header.flags.contains(ObjectFlags::HAS_SCHEMA);
    let footer = if is_full {
        object.get(header.footer..).unwrap_or_default()
    } else {
        &[]
    };
    let entry_size = size_of::<i32>() + header.flags.offset_size();
    let entries = footer.chunks_exact(entry_size);
    entries.filter_map(|entry| entry.first_chunk::<4>().map(|id| i32::from_le_bytes(*id)))
}
