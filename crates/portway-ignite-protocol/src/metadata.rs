//! What the cluster knows about the types of binary objects (operations 3000 to 3004).

use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum, sequence};
use crate::java;
use crate::value::tag;

code_enum! {
    /// How the name of a class becomes the name of a binary type.
    pub enum NameMapper: u8, "name mapper" {
        /// The full name with the package.
        Full = 0,
        /// The name without the package.
        Simple = 1,
        /// The cluster's own code; treated as the full name.
        Custom = 2,
    }
}

impl NameMapper {
    /// The name of the binary type of a class.
    pub fn map(self, class: &str) -> &str {
        match self {
            Self::Simple => &class[java::simple_name_start(class.as_bytes())..],
            Self::Full | Self::Custom => class,
        }
    }
}

/// How all members of a cluster write binary objects: equal keys must have equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryConfiguration {
    /// Whether footers leave out the ids of the fields.
    pub compact_footer: bool,
    /// How type names are made.
    pub name_mapper: NameMapper,
}

sequence!(BinaryConfiguration {
    compact_footer: bool,
    name_mapper: NameMapper
});

impl Default for BinaryConfiguration {
    /// What Ignite does unless it is told otherwise, and what clients of servers without
    /// [`Feature::BinaryConfiguration`](crate::Feature::BinaryConfiguration) assume.
    fn default() -> Self {
        Self {
            compact_footer: true,
            name_mapper: NameMapper::Full,
        }
    }
}

code_enum! {
    /// The language whose class names are looked up.
    pub enum Platform: u8, "platform" {
        /// Java.
        Java = 0,
        /// .NET.
        DotNet = 1,
    }
}

/// A field of a binary type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryField {
    /// The field's name.
    pub name: String,
    /// The tag of the field's type; see [`tag`].
    pub type_code: i32,
    /// The field's id.
    pub id: i32,
}

sequence!(BinaryField {
    name: String,
    type_code: i32,
    id: i32
});

/// A set of fields in the order of their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinarySchema {
    /// The schema's id, computed from the fields' ids.
    pub id: i32,
    /// The fields.
    pub field_ids: Vec<i32>,
}

sequence!(BinarySchema { id: i32, field_ids: Vec<i32> });

/// A type of binary objects: the union of all that was ever written of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryType {
    /// The type's id, computed from its name.
    pub id: i32,
    /// The type's name; null for types whose name nobody told.
    pub name: Option<String>,
    /// The field that decides the partition of a key, if not all of the key does.
    pub affinity_key: Option<String>,
    /// The fields of all schemas.
    pub fields: Vec<BinaryField>,
    /// The members if this is an enumeration: name and ordinal.
    pub members: Option<Vec<(String, i32)>>,
    /// The sets of fields that objects were written with.
    pub schemas: Vec<BinarySchema>,
}

impl BinaryType {
    /// A type with one schema: these fields in this order.
    pub fn new(name: &str, affinity_key: Option<&str>, fields: Vec<BinaryField>) -> Self {
        let field_ids = fields.iter().map(|field| field.id).collect();
        Self::with_schema(name, affinity_key, fields, field_ids)
    }

    /// A type with one schema, of some of whose fields it is not known what they hold.
    pub fn with_schema(
        name: &str,
        affinity_key: Option<&str>,
        fields: Vec<BinaryField>,
        field_ids: Vec<i32>,
    ) -> Self {
        let schema = BinarySchema {
            id: java::schema_id(&field_ids),
            field_ids,
        };
        Self {
            id: java::type_id(name),
            name: Some(name.to_owned()),
            affinity_key: affinity_key.map(str::to_owned),
            fields,
            members: None,
            schemas: vec![schema],
        }
    }

    /// An enumeration with these members: name and ordinal.
    pub fn enumeration(name: &str, members: Vec<(String, i32)>) -> Self {
        Self {
            id: java::type_id(name),
            name: Some(name.to_owned()),
            affinity_key: None,
            fields: Vec::new(),
            members: Some(members),
            schemas: Vec::new(),
        }
    }

    /// The field with this id.
    pub fn field(&self, id: i32) -> Option<&BinaryField> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// The name of the member of an enumeration with this ordinal.
    pub fn member(&self, ordinal: i32) -> Option<&str> {
        let mut members = self.members.iter().flatten();
        let (name, _) = members.find(|(_, known)| *known == ordinal)?;
        Some(name)
    }

    /// The same type, with the type codes that `known` has for fields of which one of both says
    /// only that they hold objects: a list is a collection to whom writes it, and an object to a
    /// Java class that declares it as `List`.
    #[must_use]
    pub fn adapted_to(&self, known: &Self) -> Self {
        let mut adapted = self.clone();
        for field in &mut adapted.fields {
            let object = i32::from(tag::OBJECT);
            let known = known.field(field.id).map(|known| known.type_code);
            let is_open = |known: &i32| *known == object || field.type_code == object;
            field.type_code = known.filter(is_open).unwrap_or(field.type_code);
        }
        adapted
    }

    /// Takes over what `other` knows of the same type: names, fields, members and schemas.
    ///
    /// # Errors
    /// [`TypeConflict`] when a field changed its type, or the affinity key changed; then nothing is
    /// taken over. The server answers that with [`Status::FAILED`](crate::Status::FAILED).
    pub fn merge(&mut self, other: &Self) -> Result<(), TypeConflict> {
        self.check(other)?;
        self.name = self.name.take().or_else(|| other.name.clone());
        self.affinity_key = self
            .affinity_key
            .take()
            .or_else(|| other.affinity_key.clone());
        for field in &other.fields {
            if !self.fields.iter().any(|known| known.id == field.id) {
                self.fields.push(field.clone());
            }
        }
        for schema in &other.schemas {
            if !self.schemas.iter().any(|known| known.id == schema.id) {
                self.schemas.push(schema.clone());
            }
        }
        self.merge_members(other);
        Ok(())
    }

    fn merge_members(&mut self, other: &Self) {
        let Some(theirs) = &other.members else {
            return;
        };
        let ours = self.members.get_or_insert_default();
        for member in theirs {
            if !ours.contains(member) {
                ours.push(member.clone());
            }
        }
    }

    fn check(&self, other: &Self) -> Result<(), TypeConflict> {
        let type_name = || self.name.clone().unwrap_or_else(|| self.id.to_string());
        if let (Some(ours), Some(theirs)) = (&self.affinity_key, &other.affinity_key)
            && ours != theirs
        {
            return Err(TypeConflict::AffinityKey {
                type_name: type_name(),
                old: ours.clone(),
                new: theirs.clone(),
            });
        }
        for field in &other.fields {
            let known = self.fields.iter().find(|known| known.id == field.id);
            if let Some(known) = known.filter(|known| known.type_code != field.type_code) {
                return Err(TypeConflict::Field {
                    type_name: type_name(),
                    field: field.name.clone(),
                    old: known.type_code,
                    new: field.type_code,
                });
            }
        }
        Ok(())
    }
}

/// Two descriptions of one type that cannot both be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeConflict {
    /// A field has another type than before.
    #[error(
        "the field {field} of {type_name} is {} and cannot become {}; use another field name",
        tag::describe_code(*.old),
        tag::describe_code(*.new)
    )]
    Field {
        /// The type.
        type_name: String,
        /// The field.
        field: String,
        /// The known type code.
        old: i32,
        /// The new type code.
        new: i32,
    },
    /// Another field is the affinity key.
    #[error("the affinity key of {type_name} is {old} and cannot become {new}")]
    AffinityKey {
        /// The type.
        type_name: String,
        /// The known field.
        old: String,
        /// The new field.
        new: String,
    },
}

impl Layout for BinaryType {
    const MINIMUM_SIZE: usize = 15;

    fn encode(&self, writer: &mut Writer) {
        self.id.encode(writer);
        self.name.encode(writer);
        self.affinity_key.encode(writer);
        self.fields.encode(writer);
        writer.bool(self.members.is_some());
        if let Some(members) = &self.members {
            members.encode(writer);
        }
        self.schemas.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: reader.i32()?,
            name: reader.optional_string()?,
            affinity_key: reader.optional_string()?,
            fields: Layout::decode(reader)?,
            members: if reader.bool()? {
                Some(Layout::decode(reader)?)
            } else {
                None
            },
            schemas: Layout::decode(reader)?,
        })
    }
}

/// The answer to a request for a type: absent if nobody registered it.
impl Layout for Option<BinaryType> {
    fn encode(&self, writer: &mut Writer) {
        writer.bool(self.is_some());
        if let Some(found) = self {
            found.encode(writer);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.bool()? {
            BinaryType::decode(reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests;
