//! Writing a binary object.

use super::open::{Identity, OpenObject};
use super::shape::ObjectShape;
use crate::codec::{EncodeError, Writer};
use crate::java;
use crate::metadata::{BinaryField, BinaryType};
use crate::typed::WriteValue;
use crate::value::tag;

/// Writes the fields of one binary object. Made by [`Writer::object`] and
/// [`Writer::dynamic_object`].
#[derive(Debug)]
pub struct ObjectWriter<'w> {
    writer: &'w mut Writer,
    open: OpenObject,
    /// The names of the fields, where the writer collects types.
    names: Option<Vec<String>>,
    declared: Declared,
}

/// What the type of a dynamic object says of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declared {
    /// They hold what they held first.
    ByValue,
    /// They hold any object.
    #[cfg(feature = "serde")]
    AsObjects,
}

impl Writer {
    /// Writes a binary object with the fields of `shape`; `write` writes all of them in order.
    pub fn object(&mut self, shape: &ObjectShape, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.nested(|writer| {
            let open = OpenObject::begin(writer, shape.field_ids().len());
            let mut object = ObjectWriter {
                writer,
                open,
                names: None,
                declared: Declared::ByValue,
            };
            write(&mut object);
            object.finish_shape(shape);
        });
    }

    /// Writes a binary object of a type that is known only at run time. The name is mapped as the
    /// cluster does.
    pub fn dynamic_object(&mut self, type_name: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.nested(|writer| {
            let mut object = ObjectWriter::dynamic(writer);
            write(&mut object);
            object.finish_dynamic(type_name, None);
        });
    }
}

impl<'w> ObjectWriter<'w> {
    /// Begins an object of a type that is known only at run time.
    pub(crate) fn dynamic(writer: &'w mut Writer) -> Self {
        let open = OpenObject::begin(writer, 0);
        let names = writer.collected().map(|_| Vec::new());
        Self {
            writer,
            open,
            names,
            declared: Declared::ByValue,
        }
    }

    /// Begins an object whose fields may hold values of other types in other objects.
    #[cfg(feature = "serde")]
    pub(crate) fn undeclared(writer: &'w mut Writer) -> Self {
        Self {
            declared: Declared::AsObjects,
            ..Self::dynamic(writer)
        }
    }

    /// Writes a field by its id. Dynamic objects need the names of their fields: see
    /// [`field`](Self::field).
    pub fn field_with_id<T: WriteValue + ?Sized>(&mut self, id: i32, value: &T) {
        self.unnamed(id, |writer| value.write(writer));
    }

    /// Writes a field by its id; `write` writes exactly one value.
    pub(crate) fn unnamed(&mut self, id: i32, write: impl FnOnce(&mut Writer)) {
        self.open.field(self.writer, id);
        if let Some(names) = &mut self.names {
            // Keeps names and fields in step; a field without a name is not announced.
            names.push(String::new());
        }
        write(self.writer);
    }

    /// Writes a field by its name.
    pub fn field<T: WriteValue + ?Sized>(&mut self, name: &str, value: &T) {
        self.named(name, |writer| value.write(writer));
    }

    /// Writes a field by its name; `write` writes exactly one value.
    pub(crate) fn named(&mut self, name: &str, write: impl FnOnce(&mut Writer)) {
        let id = java::field_id(name);
        if id == 0 {
            self.writer
                .refuse(EncodeError::NameWithoutId(name.to_owned()));
        } else if self.open.field_ids().any(|other| other == id) {
            self.writer.refuse(EncodeError::SameId(name.to_owned()));
        }
        self.open.field(self.writer, id);
        if let Some(names) = &mut self.names {
            names.push(name.to_owned());
        }
        write(self.writer);
    }

    /// Begins the data without fields, to be written after the last field.
    pub fn raw(&mut self) -> &mut Writer {
        self.open.raw(self.writer);
        self.writer
    }

    fn finish_shape(self, shape: &ObjectShape) {
        let ids = shape.field_ids().iter().copied();
        let has_all = self.open.field_ids().eq(ids);
        let binary = self.writer.binary();
        let identity = Identity {
            type_id: shape.type_id(binary.name_mapper),
            // The compiler has computed it already.
            schema_id: has_all.then(|| shape.schema_id()),
            compact_footer: binary.compact_footer,
        };
        self.open.finish(self.writer, identity);
    }

    /// Ends an object of a type that the cluster knows by this id.
    pub(crate) fn finish_with_id(self, type_id: i32) {
        let identity = Identity {
            type_id,
            schema_id: None,
            compact_footer: self.writer.binary().compact_footer,
        };
        self.open.finish(self.writer, identity);
    }

    /// Ends an object and remembers its type, if the writer collects types.
    pub(crate) fn finish_dynamic(
        self,
        type_name: &str,
        affinity_key: Option<&str>,
    ) -> &'w mut Writer {
        let binary = self.writer.binary();
        let type_name = binary.name_mapper.map(type_name);
        let type_id = java::type_id(type_name);
        if type_id == 0 {
            let problem = EncodeError::NameWithoutId(type_name.to_owned());
            self.writer.refuse(problem);
        }
        if let Some(names) = self.names {
            let ids: Vec<i32> = self.open.field_ids().collect();
            let codes = self
                .open
                .field_tags(self.writer)
                .map(|found| match self.declared {
                    Declared::ByValue => type_code(found),
                    #[cfg(feature = "serde")]
                    Declared::AsObjects => Some(i32::from(tag::OBJECT)),
                });
            let fields = described(names.into_iter().zip(codes).zip(&ids));
            let binary_type = BinaryType::with_schema(type_name, affinity_key, fields, ids);
            if let Some(notes) = self.writer.collected() {
                notes.add_type(binary_type);
            }
        }
        let identity = Identity {
            type_id,
            schema_id: None,
            compact_footer: binary.compact_footer,
        };
        self.open.finish(self.writer, identity);
        self.writer
    }
}

/// The fields as far as it is known what they hold.
fn described<'i>(
    fields: impl Iterator<Item = ((String, Option<i32>), &'i i32)>,
) -> Vec<BinaryField> {
    let field = |((name, type_code), id): ((String, Option<i32>), &i32)| {
        let type_code = type_code?;
        let id = *id;
        (!name.is_empty()).then_some(BinaryField {
            name,
            type_code,
            id,
        })
    };
    fields.filter_map(field).collect()
}

/// The type code that metadata has for values with this tag; a null has none.
fn type_code(found: u8) -> Option<i32> {
    let code = match found {
        tag::NULL => return None,
        tag::WRAPPED_OBJECT => tag::OBJECT,
        tag::BINARY_ENUM => tag::ENUM,
        found => found,
    };
    Some(i32::from(code))
}
