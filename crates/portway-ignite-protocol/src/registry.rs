//! The binary types that a program knows.

use std::collections::BTreeMap;
use std::fmt;

use crate::java;
use crate::metadata::{BinaryConfiguration, BinaryField, BinaryType, TypeConflict};
use crate::typed::WriteValue;

/// Where the fields of a schema are looked up.
pub trait SchemaSource: fmt::Debug + Send + Sync {
    /// The ids of the fields of a schema in the order of their values, if it is known.
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>>;
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
}

impl TypeRegistry {
    /// Knows nothing yet. Names are mapped as the cluster's configuration says.
    pub fn new(configuration: BinaryConfiguration) -> Self {
        Self {
            configuration,
            types: BTreeMap::new(),
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
    /// them. Does nothing when the type is known, so that types may contain each other.
    pub fn describe(
        &mut self,
        class: &str,
        affinity_key: Option<&str>,
        describe: impl FnOnce(&mut FieldList<'_>),
    ) {
        let name = self.configuration.name_mapper.map(class).to_owned();
        let id = java::type_id(&name);
        if self.types.contains_key(&id) {
            return;
        }
        self.types
            .insert(id, BinaryType::new(&name, affinity_key, Vec::new()));
        let mut list = FieldList {
            registry: self,
            fields: Vec::new(),
        };
        describe(&mut list);
        let fields = list.fields;
        self.types
            .insert(id, BinaryType::new(&name, affinity_key, fields));
    }
}

impl SchemaSource for TypeRegistry {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        let schemas = &self.types.get(&type_id)?.schemas;
        let schema = schemas.iter().find(|schema| schema.id == schema_id)?;
        Some(schema.field_ids.clone())
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
