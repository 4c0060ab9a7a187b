//! Writing a binary object.

use super::header::{ObjectFlags, ObjectHeader};
use super::shape::ObjectShape;
use crate::codec::Writer;
use crate::java;
use crate::typed::WriteValue;

/// Writes the fields of one binary object. Made by [`Writer::object`] and
/// [`Writer::dynamic_object`].
#[derive(Debug)]
pub struct ObjectWriter<'w> {
    writer: &'w mut Writer,
    start: usize,
    fields: Vec<(i32, usize)>,
    raw: Option<usize>,
}

impl Writer {
    /// Writes a binary object with the fields of `shape`; `write` writes all of them in order.
    pub fn object(&mut self, shape: &ObjectShape, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        let type_id = shape.type_id(self.binary().name_mapper);
        self.object_of(type_id, Some(shape), write);
    }

    /// Writes a binary object of a type that is known only at run time. The name is mapped as the
    /// cluster does.
    pub fn dynamic_object(&mut self, type_name: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        let mapped = self.binary().name_mapper.map(type_name);
        self.object_of(java::type_id(mapped), None, write);
    }

    fn object_of(
        &mut self,
        type_id: i32,
        shape: Option<&ObjectShape>,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        let start = self.position();
        self.bytes(&[0; ObjectHeader::LENGTH]);
        let fields = Vec::with_capacity(shape.map_or(0, |shape| shape.field_ids().len()));
        let mut object = ObjectWriter {
            writer: self,
            start,
            fields,
            raw: None,
        };
        write(&mut object);
        object.finish(type_id, shape);
    }
}

impl ObjectWriter<'_> {
    /// Writes a field by its id.
    pub fn field_with_id<T: WriteValue + ?Sized>(&mut self, id: i32, value: &T) {
        self.fields.push((id, self.writer.position() - self.start));
        value.write(self.writer);
    }

    /// Writes a field by its name.
    pub fn field<T: WriteValue + ?Sized>(&mut self, name: &str, value: &T) {
        self.field_with_id(java::field_id(name), value);
    }

    /// Begins the data without fields, to be written after the last field.
    pub fn raw(&mut self) -> &mut Writer {
        let here = self.writer.position() - self.start;
        self.raw.get_or_insert(here);
        self.writer
    }

    fn finish(self, type_id: i32, shape: Option<&ObjectShape>) {
        let written = &self.writer.as_bytes()[self.start + ObjectHeader::LENGTH..];
        let hash_code = java::bytes_hash(written);
        let data_end = self.writer.position() - self.start;
        let flags = self.flags();
        let schema_id = schema_id(&self.fields, shape);
        if !self.fields.is_empty() {
            write_footer(self.writer, &self.fields, flags);
            if let Some(raw) = self.raw {
                self.writer.count(raw);
            }
        }
        // Without fields, raw data takes the place of the footer.
        let footer = if self.fields.is_empty() {
            self.raw.unwrap_or(data_end)
        } else {
            data_end
        };
        let header = ObjectHeader {
            flags,
            type_id,
            hash_code,
            length: self.writer.position() - self.start,
            schema_id,
            footer,
        };
        self.writer.patch(self.start, &header.to_bytes());
    }

    fn flags(&self) -> ObjectFlags {
        let mut flags = ObjectFlags::USER_TYPE;
        if self.writer.binary().compact_footer {
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

/// The compiler has computed it already if the fields are those of the shape.
fn schema_id(fields: &[(i32, usize)], shape: Option<&ObjectShape>) -> i32 {
    let ids = || fields.iter().map(|(id, _)| *id);
    match shape {
        Some(shape) if ids().eq(shape.field_ids().iter().copied()) => shape.schema_id(),
        _ => java::schema_id(&ids().collect::<Vec<i32>>()),
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
