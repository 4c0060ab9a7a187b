//! The types of the objects in entries: what it takes to read their fields.

use portway_ignite_protocol::{BinaryType, ObjectHeader, RawValue, SchemaSource};

use crate::engine::Engine;
use crate::sql::table::{Column, Table};

/// The types that the objects of a table's entries have, as the engine knows them.
pub(crate) fn engine_types(engine: &Engine, table: &Table) -> Vec<BinaryType> {
    let ids = [&table.key_type, &table.value_type]
        .map(|name| portway_ignite_protocol::java::type_id(name));
    if table.columns.iter().any(Column::is_nested) {
        // What is in an object says only the object.
        return engine.binary_types().collect();
    }
    let known = ids
        .into_iter()
        .filter_map(|id| engine.binary_type(id).ok().flatten());
    known.collect()
}

/// Types as a source of schemas.
#[derive(Debug)]
pub(crate) struct Schemas(pub(crate) Vec<BinaryType>);

impl Schemas {
    /// The class of an object, where its type is known.
    pub(crate) fn class_of(&self, object: &RawValue) -> Option<String> {
        let header = ObjectHeader::parse(object.as_bytes()).ok()?;
        let known = self.0.iter().find(|known| known.id == header.type_id)?;
        known.name.clone()
    }
}

impl SchemaSource for Schemas {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        let known = self.0.iter().find(|known| known.id == type_id)?;
        let schema = known.schemas.iter().find(|schema| schema.id == schema_id)?;
        Some(schema.field_ids.clone())
    }
}
