//! The binary types that a node was told.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use portway_ignite_protocol::BinaryType;

/// The types that were told on one connection, by type and schema.
#[derive(Debug, Default)]
pub(crate) struct ToldTypes(Mutex<HashSet<(i32, i32)>>);

impl ToldTypes {
    pub(crate) fn contains(&self, told: &BinaryType) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.schemas
            .iter()
            .all(|schema| known.contains(&(told.id, schema.id)))
    }

    pub(crate) fn add(&self, told: &BinaryType) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(told.schemas.iter().map(|schema| (told.id, schema.id)));
    }
}
