//! The types that the grid knows, for functions that read objects.

use std::sync::{Arc, Mutex, PoisonError};

use portway_ignite_protocol::{SchemaSource, TypeRegistry};

use crate::engine::Engine;

/// A source of schemas that keeps the types it was asked for: objects take them along.
#[derive(Debug)]
pub(super) struct KnownTypes<'a> {
    engine: &'a Engine,
    asked: Mutex<TypeRegistry>,
}

impl<'a> KnownTypes<'a> {
    pub(super) fn of(engine: &'a Engine) -> Self {
        Self {
            engine,
            asked: Mutex::default(),
        }
    }
}

impl SchemaSource for KnownTypes<'_> {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.find(type_id).is_none() {
            let known = self.engine.binary_type(type_id).ok()??;
            // There is nothing yet that it could contradict.
            let _ = asked.add(known);
        }
        asked.field_ids(type_id, schema_id)
    }

    fn snapshot(&self) -> Option<Arc<TypeRegistry>> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::new(asked.clone()))
    }
}
