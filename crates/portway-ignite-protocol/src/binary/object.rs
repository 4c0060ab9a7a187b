//! A binary object of any type.

mod value;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::dynamic::BinaryObjectBuilder;
use super::footer::known_schema;
use super::header::{ObjectFlags, ObjectHeader};
use super::view::ObjectReader;
use super::writing::ObjectWriter;
use crate::codec::{DecodeError, EncodeError, Reader, Writer};
use crate::java;
use crate::metadata::{BinaryConfiguration, BinaryType, NameMapper};
use crate::registry::{MadeTypes, NoSchemas, SchemaSource, TypeRegistry};
use crate::typed::ReadValue;
use crate::value::{Value, walk_object};

/// A binary object as its bytes, for code that does not know its type in advance.
///
/// Fields are read one by one, by name. An object that a client has read knows its type, and so do
/// the objects inside of it; they share the memory of the message they came in.
///
/// An object inside of another can refer to parts of the outer one, and even to the outer one
/// itself (Java does so where one value is in two places). Such fields are read too. When such an
/// object is written alone, copies of those parts go along; one that contains itself is refused
/// with [`EncodeError::TooDeep`].
///
/// ```
/// use portway_ignite_protocol::{BinaryConfiguration, BinaryObjectBuilder, DecodeError};
///
/// let person = BinaryObjectBuilder::new("com.example.Person")
///     .set("name", "Ada")
///     .set("age", 36)
///     .build(BinaryConfiguration::default())?;
///
/// assert_eq!(person.field::<String>("name")?.as_deref(), Some("Ada"));
/// assert_eq!(person.to_string(), r#"com.example.Person { name: "Ada", age: 36 }"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BinaryObject {
    /// The object and what it may refer to, which stands around it.
    whole: Bytes,
    /// Where the object begins.
    start: usize,
    types: Types,
}

/// The types of an object and of those inside of it.
#[derive(Clone)]
enum Types {
    Unknown,
    /// The cluster knows them.
    Fetched(Arc<TypeRegistry>),
    /// The object was made here, and the cluster must be told.
    Made(MadeTypes),
}

impl BinaryObject {
    /// Builds an object; `write` writes its fields.
    ///
    /// # Errors
    /// An [`EncodeError`] when a field cannot be written.
    pub fn build(
        type_name: &str,
        configuration: BinaryConfiguration,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) -> Result<Self, EncodeError> {
        Self::made(configuration, |writer| {
            writer.dynamic_object(type_name, write);
        })
    }

    /// Takes what `write` writes, which is one object.
    pub(super) fn made(
        configuration: BinaryConfiguration,
        write: impl FnOnce(&mut Writer),
    ) -> Result<Self, EncodeError> {
        let mut writer = Writer::new().with_binary(configuration).carrying_types();
        write(&mut writer);
        let notes = writer.take_notes().unwrap_or_default();
        if let Some(problem) = notes.problem() {
            return Err(problem.clone());
        }
        let made = Self::from_bytes(writer.into_bytes()).map_err(EncodeError::Copy)?;
        let types = Types::Made(MadeTypes {
            told: Arc::new(notes.types().clone()),
            all: Arc::new(notes.all_types()),
        });
        Ok(Self { types, ..made })
    }

    /// Takes the bytes of exactly one object.
    ///
    /// # Errors
    /// A [`DecodeError`] when they are not that.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, DecodeError> {
        let header = ObjectHeader::parse(&bytes)?;
        match bytes.len() - header.length {
            0 => Ok(Self {
                whole: bytes,
                start: 0,
                types: Types::Unknown,
            }),
            left => Err(DecodeError::Trailing { left }),
        }
    }

    /// Reads the object whose tag is already read.
    pub(crate) fn read_behind_tag(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = reader.position() - 1;
        let header = ObjectHeader::parse(&reader.all()[start..])?;
        let types = match reader.schemas().snapshot() {
            Some(types) => {
                require_schemas(reader, start, &types)?;
                if reader.schemas().is_news() {
                    Types::Made(MadeTypes::new(types))
                } else {
                    Types::Fetched(types)
                }
            }
            None => Types::Unknown,
        };
        reader.take(header.length - 1)?;
        if let Some(whole) = reader.whole() {
            return Ok(Self {
                whole,
                start,
                types,
            });
        }
        Ok(Self::copied(reader.all(), start, header.length, types))
    }

    /// Copies an object, and what is around it only if it refers to that.
    fn copied(all: &[u8], start: usize, length: usize, types: Types) -> Self {
        let all = Self {
            whole: Bytes::copy_from_slice(all),
            start,
            types,
        };
        if all.leaves_itself() {
            return all;
        }
        Self {
            whole: all.whole.slice(start..start + length),
            start: 0,
            types: all.types,
        }
    }

    /// The same object with these types, which the cluster knows.
    #[must_use]
    pub fn with_types(self, types: Arc<TypeRegistry>) -> Self {
        let types = Types::Fetched(types);
        Self { types, ..self }
    }

    /// The object's header.
    pub fn header(&self) -> ObjectHeader {
        ObjectHeader::parse(&self.whole[self.start..])
            .expect("an object is made only from bytes whose header was parsed")
    }

    /// The object's bytes, tag included. Handles in them may refer to what stood around the object.
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.header().length;
        &self.whole[self.start..self.start + length]
    }

    /// The type's metadata, if it is known.
    pub fn binary_type(&self) -> Option<&BinaryType> {
        let types = self.types()?;
        types.find(self.type_id())
    }

    /// The type's id, also of one that is not registered.
    pub fn type_id(&self) -> i32 {
        let header = self.header();
        let mapper = self
            .types()
            .map_or(NameMapper::Full, |types| types.name_mapper());
        match header.class_name(self.as_bytes()) {
            Ok(Some(name)) => java::type_id(mapper.map(name)),
            _ => header.type_id,
        }
    }

    /// The type's name, if it is known.
    pub fn type_name(&self) -> Option<&str> {
        match self.header().class_name(self.as_bytes()) {
            Ok(Some(name)) => Some(name),
            _ => self.binary_type()?.name.as_deref(),
        }
    }

    /// Reads a field by its name, or `None` if it is absent or null.
    ///
    /// # Errors
    /// A [`DecodeError`] when the field is not of the wanted type, or
    /// [`DecodeError::UnknownSchema`] when the object does not know its type: see
    /// [`with_types`](Self::with_types).
    pub fn field<T: ReadValue>(&self, name: &str) -> Result<Option<T>, DecodeError> {
        self.read_fields(|object| object.field(name))
    }

    /// Reads all fields in the order they were written.
    ///
    /// # Errors
    /// As [`field`](Self::field).
    pub fn fields(&self) -> Result<Vec<ObjectField>, DecodeError> {
        self.read_fields(|object| {
            let ids: Vec<i32> = object.field_ids().collect();
            let field = |(index, id): (usize, &i32)| {
                let value = object.field_at(index)?.unwrap_or_default();
                let name = self.field_name(*id).map(str::to_owned);
                Ok(ObjectField {
                    id: *id,
                    name,
                    value,
                })
            };
            ids.iter().enumerate().map(field).collect()
        })
    }

    /// Reads fields one by one, and raw data, without copying the object.
    ///
    /// # Errors
    /// As [`field`](Self::field), and what `read` fails with.
    pub fn read_fields<'o, T>(
        &'o self,
        read: impl FnOnce(&mut ObjectReader<'_, 'o>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.reader().dynamic_object(read)
    }

    /// Takes the object apart, to be changed and built again.
    ///
    /// # Errors
    /// As [`field`](Self::field).
    pub fn to_builder(&self) -> Result<BinaryObjectBuilder, DecodeError> {
        BinaryObjectBuilder::from_object(self)
    }

    pub(super) fn field_name(&self, id: i32) -> Option<&str> {
        Some(&self.binary_type()?.field(id)?.name)
    }

    pub(crate) fn types(&self) -> Option<&Arc<TypeRegistry>> {
        match &self.types {
            Types::Unknown => None,
            Types::Fetched(types) | Types::Made(MadeTypes { all: types, .. }) => Some(types),
        }
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        let schemas: &dyn SchemaSource = match &self.types {
            Types::Unknown => &NoSchemas,
            Types::Fetched(types) => types,
            Types::Made(types) => types,
        };
        Reader::shared(&self.whole)
            .with_schemas(schemas)
            .starting_at(self.start)
    }

    /// The types of the object and of those inside of it, as far as they are known.
    fn types_inside(&self) -> Vec<BinaryType> {
        let Some(types) = self.types() else {
            return Vec::new();
        };
        let found = RefCell::new(BTreeSet::from([self.type_id()]));
        let note = |header: &ObjectHeader, _: &[u8]| {
            found.borrow_mut().insert(header.type_id);
            Ok(())
        };
        // Where the walk ends early, the types behind are not known, as before.
        let _ = walk_object(&mut self.reader(), &note);
        let ids = found.into_inner().into_iter();
        ids.filter_map(|id| types.find(id).cloned()).collect()
    }

    /// Whether the object refers to something around it.
    fn leaves_itself(&self) -> bool {
        let walked = walk_object(&mut self.reader(), &|_, _| Ok(()));
        walked == Err(DecodeError::HandleOutside)
    }
}

/// Fails unless the schemas of an object and of all inside of it are known.
fn require_schemas(
    reader: &Reader<'_>,
    start: usize,
    schemas: &dyn SchemaSource,
) -> Result<(), DecodeError> {
    let look = |header: &ObjectHeader, object: &[u8]| {
        let needs_schema = ObjectFlags::HAS_SCHEMA.with(ObjectFlags::COMPACT_FOOTER);
        if header.flags.contains(needs_schema) {
            known_schema(header, object, schemas)?;
        }
        Ok(())
    };
    match walk_object(&mut reader.clone().starting_at(start), &look) {
        Err(unknown @ DecodeError::UnknownSchema { .. }) => Err(unknown),
        // What else is wrong is told when that field is read.
        _ => Ok(()),
    }
}

/// A field of a [`BinaryObject`].
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectField {
    /// The field's id, computed from its name.
    pub id: i32,
    /// The field's name, if the object's type is known.
    pub name: Option<String>,
    /// What is in it.
    pub value: Value,
}
