//! A binary object whose fields are being written.

use super::header::{ObjectFlags, ObjectHeader};
use crate::codec::Writer;
use crate::java;
use crate::value::tag;

/// Where an object begins in the writer, and where its fields stand in the object. The header is
/// filled in at the end.
#[derive(Debug)]
pub(crate) struct OpenObject {
    start: usize,
    fields: Vec<(i32, usize)>,
    raw: Option<usize>,
}

/// What the header says of an object beside what was counted while it was written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    pub(crate) type_id: i32,
    /// Known already where an object is copied or a structure has all its fields.
    pub(crate) schema_id: Option<i32>,
    pub(crate) compact_footer: bool,
}

impl OpenObject {
    /// Begins an object that will have about so many fields.
    pub(crate) fn begin(writer: &mut Writer, fields: usize) -> Self {
        let start = writer.position();
        writer.bytes(&[0; ObjectHeader::LENGTH]);
        Self {
            start,
            fields: Vec::with_capacity(fields),
            raw: None,
        }
    }

    /// Says that the field with this id is written next.
    pub(crate) fn field(&mut self, writer: &Writer, id: i32) {
        self.fields.push((id, writer.position() - self.start));
    }

    /// Says that what is written next has no field.
    pub(crate) fn raw(&mut self, writer: &Writer) {
        let here = writer.position() - self.start;
        self.raw.get_or_insert(here);
    }

    /// The ids of the fields so far.
    pub(crate) fn field_ids(&self) -> impl Iterator<Item = i32> + '_ {
        self.fields.iter().map(|(id, _)| *id)
    }

    /// The tags of the values of the fields so far, in their order.
    pub(crate) fn field_tags<'w>(&'w self, writer: &'w Writer) -> impl Iterator<Item = u8> + 'w {
        let object = &writer.as_bytes()[self.start..];
        self.fields
            .iter()
            .map(|(_, offset)| object.get(*offset).copied().unwrap_or(tag::NULL))
    }

    /// Writes the footer and fills in the header.
    pub(crate) fn finish(self, writer: &mut Writer, identity: Identity) {
        let written = &writer.as_bytes()[self.start + ObjectHeader::LENGTH..];
        let hash_code = java::bytes_hash(written);
        let data_end = writer.position() - self.start;
        let flags = self.flags(identity.compact_footer);
        let schema_id = identity.schema_id.unwrap_or_else(|| self.schema_id());
        if !self.fields.is_empty() {
            write_footer(writer, &self.fields, flags);
            if let Some(raw) = self.raw {
                writer.count(raw);
            }
        }
        // Without fields, raw data takes the place of the footer.
        let footer = if self.fields.is_empty() {
            self.raw.unwrap_or(ObjectHeader::LENGTH)
        } else {
            data_end
        };
        let header = ObjectHeader {
            flags,
            type_id: identity.type_id,
            hash_code,
            length: writer.position() - self.start,
            schema_id,
            footer,
        };
        writer.patch(self.start, &header.to_bytes());
    }

    fn schema_id(&self) -> i32 {
        java::schema_id(&self.field_ids().collect::<Vec<i32>>())
    }

    fn flags(&self, compact_footer: bool) -> ObjectFlags {
        let mut flags = ObjectFlags::USER_TYPE;
        if compact_footer {
            flags = flags.with(ObjectFlags::COMPACT_FOOTER);
        }
        if let Some((_, last_offset)) = self.fields.last() {
            flags = flags
                .with(ObjectFlags::HAS_SCHEMA)
                .with(ObjectFlags::for_offset(*last_offset));
        }
        if self.raw.is_some() {
            flags = flags.with(ObjectFlags::HAS_RAW);
        }
        flags
    }
}

fn write_footer(writer: &mut Writer, fields: &[(i32, usize)], flags: ObjectFlags) {
    let is_full = !flags.contains(ObjectFlags::COMPACT_FOOTER);
    for (id, offset) in fields {
        if is_full {
            writer.i32(*id);
        }
        writer.bytes(&offset.to_le_bytes()[..flags.offset_size()]);
    }
}
