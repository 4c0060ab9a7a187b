//! The binary types that a program knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::binary::ObjectShape;
use crate::java;
use crate::metadata::{BinaryConfiguration, BinaryField, BinaryType, NameMapper, TypeConflict};
use crate::typed::WriteValue;

/// Where the fields of a schema are looked up.
pub trait SchemaSource: fmt::Debug + Send + Sync {
    /// The ids of the fields of a schema in the order of their values, if it is known.
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>>;

    /// How names of classes become names of types, for objects whose class is not registered.
    fn name_mapper(&self) -> NameMapper {
        NameMapper::Full
    }

    /// Whether the types were made here and the cluster must be told of them.
    #[doc(hidden)]
    fn is_news(&self) -> bool {
        false
    }

    /// The types as they are known now, for binary objects to keep: then their fields can be read
    /// without the source, and have names. A source that gives them wants to be asked for each
    /// schema when an object is taken, so that it can fetch what it lacks.
    fn snapshot(&self) -> Option<Arc<TypeRegistry>> {
        None
    }
}

/// Knows no schema.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSchemas;

impl SchemaSource for NoSchemas {
    fn field_ids(&self, _: i32, _: i32) -> Option<Vec<i32>> {
        None
    }
}

/// Binary types by id: those that structures of this program announce, and those that were
/// fetched.
#[derive(Debug, Clone, Default)]
pub struct TypeRegistry {
    configuration: BinaryConfiguration,
    types: BTreeMap<i32, BinaryType>,
    /// The types and schemas that were described, so that types may contain each other.
    described: BTreeSet<(i32, i32)>,
    conflict: Option<TypeConflict>,
}

impl TypeRegistry {
    /// Knows nothing yet. Names are mapped as the cluster's configuration says.
    pub fn new(configuration: BinaryConfiguration) -> Self {
        Self {
            configuration,
            types: BTreeMap::new(),
            described: BTreeSet::new(),
            conflict: None,
        }
    }

    /// The cluster's configuration.
    pub fn configuration(&self) -> BinaryConfiguration {
        self.configuration
    }

    /// Adds what is known of a type.
    ///
    /// # Errors
    /// [`TypeConflict`] when it contradicts what was known before.
    pub fn add(&mut self, added: BinaryType) -> Result<(), TypeConflict> {
        match self.types.get_mut(&added.id) {
            Some(known) => known.merge(&added),
            None => {
                self.types.insert(added.id, added);
                Ok(())
            }
        }
    }

    /// A type by its id.
    pub fn find(&self, type_id: i32) -> Option<&BinaryType> {
        self.types.get(&type_id)
    }

    /// All types in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &BinaryType> {
        self.types.values()
    }

    /// Adds a structure by the name of its class, and the types of its fields; `describe` lists
    /// them. Does nothing when it is called for the class again, so that types may contain each
    /// other.
    pub fn describe(
        &mut self,
        class: &str,
        affinity_key: Option<&str>,
        describe: impl FnOnce(&mut FieldList<'_>),
    ) {
        const NO_SCHEMA: i32 = 0;
        self.describe_once(class, NO_SCHEMA, affinity_key, describe);
    }

    /// As [`describe`](Self::describe), once for each set of fields under one name.
    pub fn describe_shape(
        &mut self,
        shape: &ObjectShape,
        affinity_key: Option<&str>,
        describe: impl FnOnce(&mut FieldList<'_>),
    ) {
        self.describe_once(shape.type_name(), shape.schema_id(), affinity_key, describe);
    }

    fn describe_once(
        &mut self,
        class: &str,
        schema_id: i32,
        affinity_key: Option<&str>,
        describe: impl FnOnce(&mut FieldList<'_>),
    ) {
        let name = self.configuration.name_mapper.map(class).to_owned();
        if !self.described.insert((java::type_id(&name), schema_id)) {
            return;
        }
        let mut list = FieldList {
            registry: self,
            fields: Vec::new(),
        };
        describe(&mut list);
        let fields = list.fields;
        self.add_described(BinaryType::new(&name, affinity_key, fields));
    }

    /// Adds an enumeration by the name of its class, with its members and their ordinals.
    pub fn describe_enumeration(&mut self, class: &str, members: &[(&str, i32)]) {
        let name = self.configuration.name_mapper.map(class);
        let owned = |(member, ordinal): &(&str, i32)| ((*member).to_owned(), *ordinal);
        let members = members.iter().map(owned).collect();
        self.add_described(BinaryType::enumeration(name, members));
    }

    fn add_described(&mut self, added: BinaryType) {
        if let Err(conflict) = self.add(added) {
            self.conflict.get_or_insert(conflict);
        }
    }

    /// The first contradiction between the types that were described. What came second is left out.
    pub fn conflict(&self) -> Option<&TypeConflict> {
        self.conflict.as_ref()
    }
}

impl SchemaSource for TypeRegistry {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        let schemas = &self.types.get(&type_id)?.schemas;
        let schema = schemas.iter().find(|schema| schema.id == schema_id)?;
        Some(schema.field_ids.clone())
    }

    fn name_mapper(&self) -> NameMapper {
        self.configuration.name_mapper
    }
}

impl SchemaSource for Arc<TypeRegistry> {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        (**self).field_ids(type_id, schema_id)
    }

    fn name_mapper(&self) -> NameMapper {
        (**self).name_mapper()
    }

    fn snapshot(&self) -> Option<Arc<TypeRegistry>> {
        Some(self.clone())
    }
}

/// The types of objects that were made here. When they are written, the cluster is told.
#[derive(Debug, Clone)]
pub(crate) struct MadeTypes {
    /// What the cluster need not know yet.
    pub(crate) told: Arc<TypeRegistry>,
    /// These, and those that came with objects that the cluster knows.
    pub(crate) all: Arc<TypeRegistry>,
}

impl MadeTypes {
    pub(crate) fn new(all: Arc<TypeRegistry>) -> Self {
        Self {
            told: all.clone(),
            all,
        }
    }
}

impl SchemaSource for MadeTypes {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        self.all.field_ids(type_id, schema_id)
    }

    fn name_mapper(&self) -> NameMapper {
        self.all.name_mapper()
    }

    fn is_news(&self) -> bool {
        true
    }

    fn snapshot(&self) -> Option<Arc<TypeRegistry>> {
        Some(self.all.clone())
    }
}

/// Collects the fields of a structure in the order they are written.
#[derive(Debug)]
pub struct FieldList<'r> {
    registry: &'r mut TypeRegistry,
    fields: Vec<BinaryField>,
}

impl FieldList<'_> {
    /// Adds a field of type `T`, and what `T` consists of.
    pub fn field<T: WriteValue + ?Sized>(&mut self, name: &str) {
        self.fields.push(BinaryField {
            name: name.to_owned(),
            type_code: T::TYPE_CODE,
            id: java::field_id(name),
        });
        T::describe(self.registry);
    }
}
