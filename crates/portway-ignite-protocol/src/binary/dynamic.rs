//! Making and changing binary objects whose type is known only at run time.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::object::BinaryObject;
use super::writing::ObjectWriter;
use crate::codec::{DecodeError, EncodeError, Reader, Writer};
use crate::java;
use crate::metadata::BinaryConfiguration;
use crate::typed::{ReadValue, WriteValue};
use crate::value::{RawValue, Value, tag};

/// A binary object that is being put together, or changed.
///
/// Fields keep the order in which they were set first. A field can be anything that can be
/// written: numbers, structures, lists, other builders. The builder is a value itself: written to a
/// cache, it becomes an object in the way the cluster wants it, and its type is registered.
///
/// ```
/// use portway_ignite_protocol::{BinaryConfiguration, BinaryObjectBuilder};
///
/// let ada = BinaryObjectBuilder::new("com.example.Person")
///     .set("name", "Ada")
///     .set("address", BinaryObjectBuilder::new("com.example.Address").set("city", "London"))
///     .build(BinaryConfiguration::default())?;
/// let renamed = ada.to_builder()?.set("name", "Ada Lovelace").remove("address");
///
/// assert_eq!(renamed.get::<String>("name")?.as_deref(), Some("Ada Lovelace"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BinaryObjectBuilder {
    type_name: TypeName,
    affinity_key: Option<String>,
    fields: Vec<Field>,
    raw: Option<Bytes>,
}

#[derive(Clone)]
enum TypeName {
    Known(String),
    /// Of an object whose metadata is not known.
    Id(i32),
}

#[derive(Clone)]
struct Field {
    /// Of a field of an object whose metadata is not known only the id is there.
    name: Option<String>,
    id: i32,
    value: Arc<dyn AnyValue>,
}

/// A value of any type that can be written.
trait AnyValue: Send + Sync {
    fn write(&self, writer: &mut Writer);
}

impl<T: WriteValue + Send + Sync> AnyValue for T {
    fn write(&self, writer: &mut Writer) {
        if let Some(notes) = writer.collected() {
            notes.describe::<T>();
        }
        WriteValue::write(self, writer);
    }
}

impl BinaryObjectBuilder {
    /// Begins an object of a type with this full name.
    pub fn new(type_name: impl Into<String>) -> Self {
        Self {
            type_name: TypeName::Known(type_name.into()),
            affinity_key: None,
            fields: Vec::new(),
            raw: None,
        }
    }

    /// Names the field that decides the partition where the object is a key.
    #[must_use]
    pub fn affinity_key(self, field: impl Into<String>) -> Self {
        let affinity_key = Some(field.into());
        Self {
            affinity_key,
            ..self
        }
    }

    /// Sets a field. Names do not tell upper from lower case.
    ///
    /// A name that has no id, or the id of another field (few pairs have one), is refused when the
    /// object is written: with [`EncodeError::NameWithoutId`] or [`EncodeError::SameId`].
    #[must_use]
    pub fn set<T>(mut self, name: impl Into<String>, value: T) -> Self
    where
        T: WriteValue + Send + Sync + 'static,
    {
        let name = name.into();
        let value: Arc<dyn AnyValue> = Arc::new(value);
        let id = java::field_id(&name);
        let is_set = |field: &Field| match &field.name {
            // Another name with the same id is told when the object is written.
            Some(other) => java::is_same_name(other, &name),
            None => field.id == id,
        };
        match self.fields.iter_mut().find(|field| is_set(field)) {
            Some(field) => field.value = value,
            None => self.fields.push(Field {
                name: Some(name),
                id,
                value,
            }),
        }
        self
    }

    /// Removes a field.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        let id = java::field_id(name);
        self.fields.retain(|field| field.id != id);
        self
    }

    /// Sets the data without fields, as a class that is `Binarylizable` writes it.
    #[must_use]
    pub fn raw(self, raw: impl Into<Bytes>) -> Self {
        let raw = Some(raw.into());
        Self { raw, ..self }
    }

    /// Reads a field back, or `None` if it is absent or null.
    ///
    /// # Errors
    /// A [`DecodeError`] when the field is not of the wanted type.
    pub fn get<T: ReadValue>(&self, name: &str) -> Result<Option<T>, DecodeError> {
        let id = java::field_id(name);
        let Some(field) = self.fields.iter().find(|field| field.id == id) else {
            return Ok(None);
        };
        let mut writer = Writer::new();
        field.value.write(&mut writer);
        let raw = RawValue::from_trusted_bytes(writer.into_bytes());
        if raw.is_null() {
            return Ok(None);
        }
        raw.read().map(Some)
    }

    /// The names of the fields in the order they are written. A field whose name is not known has
    /// none.
    pub fn field_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.fields.iter().map(|field| field.name.as_deref())
    }

    /// Builds the object as the cluster's configuration wants it.
    ///
    /// # Errors
    /// An [`EncodeError`] when a field cannot be written.
    pub fn build(&self, configuration: BinaryConfiguration) -> Result<BinaryObject, EncodeError> {
        BinaryObject::made(configuration, |writer| WriteValue::write(self, writer))
    }

    /// Takes an object apart.
    pub(super) fn from_object(object: &BinaryObject) -> Result<Self, DecodeError> {
        let field = |field: super::ObjectField| Field {
            name: field.name,
            id: field.id,
            value: Arc::new(field.value),
        };
        let binary_type = object.binary_type();
        Ok(Self {
            type_name: match object.type_name() {
                Some(name) => TypeName::Known(name.to_owned()),
                None => TypeName::Id(object.type_id()),
            },
            affinity_key: binary_type.and_then(|known| known.affinity_key.clone()),
            fields: object.fields()?.into_iter().map(field).collect(),
            raw: object.read_fields(|object| object.raw_bytes())?,
        })
    }

    fn write_fields(&self, object: &mut ObjectWriter<'_>) {
        for Field { name, id, value } in &self.fields {
            match name {
                Some(name) => object.named(name, |writer| value.write(writer)),
                None => object.unnamed(*id, |writer| value.write(writer)),
            }
        }
        if let Some(raw) = &self.raw {
            object.raw().bytes(raw);
        }
    }
}

impl WriteValue for BinaryObjectBuilder {
    const TYPE_CODE: i32 = tag::OBJECT as i32;

    fn write(&self, writer: &mut Writer) {
        writer.nested(|writer| {
            let mut object = ObjectWriter::dynamic(writer);
            self.write_fields(&mut object);
            match &self.type_name {
                TypeName::Known(name) => {
                    object.finish_dynamic(name, self.affinity_key.as_deref());
                }
                TypeName::Id(id) => object.finish_with_id(*id),
            }
        });
    }
}

/// Reads any object and takes it apart.
impl ReadValue for BinaryObjectBuilder {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_object(&<BinaryObject as ReadValue>::read(reader)?)
    }
}

/// Builders are equal when they build the same bytes.
impl PartialEq for BinaryObjectBuilder {
    fn eq(&self, other: &Self) -> bool {
        let encode = |builder| RawValue::encode(builder, BinaryConfiguration::default());
        encode(self) == encode(other)
    }
}

/// Names only: what is in the fields may be long, and secret.
impl fmt::Debug for BinaryObjectBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("BinaryObjectBuilder");
        match &self.type_name {
            TypeName::Known(name) => shown.field("type_name", name),
            TypeName::Id(id) => shown.field("type_id", id),
        };
        let names: Vec<&str> = self.field_names().map(|name| name.unwrap_or("?")).collect();
        shown.field("fields", &names).finish_non_exhaustive()
    }
}

impl From<BinaryObject> for Value {
    fn from(object: BinaryObject) -> Self {
        Self::Object(object)
    }
}
