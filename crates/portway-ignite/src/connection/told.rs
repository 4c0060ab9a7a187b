//! The binary types that a cluster was told.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use portway_ignite_protocol::BinaryType;

/// Serial numbers begin with 1, so that 0 can stand for no cluster.
static NEXT_SERIAL: AtomicU64 = AtomicU64::new(1);

/// The types that one cluster was told. Several connections share it when they are known to lead
/// to the same cluster.
#[derive(Debug)]
pub(crate) struct ToldTypes {
    serial: u64,
    parts: Mutex<HashSet<Part>>,
}

/// A set of fields, or of members, of one type.
type Part = (i32, u64);

impl ToldTypes {
    /// Nothing is told yet.
    pub(crate) fn new() -> Self {
        Self {
            serial: NEXT_SERIAL.fetch_add(1, Ordering::Relaxed),
            parts: Mutex::default(),
        }
    }

    /// A number that no other cluster of this process has.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Whether all of a type was told.
    pub(crate) fn contains(&self, told: &BinaryType) -> bool {
        let known = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts(told).all(|part| known.contains(&part))
    }

    /// Remembers that a type was told.
    pub(crate) fn add(&self, told: &BinaryType) {
        let mut known = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(parts(told));
    }
}

fn parts(told: &BinaryType) -> impl Iterator<Item = Part> + '_ {
    let members = told.members.iter().map(hash_of);
    // A field whose type came to light later, after a null, is a part, too.
    let schemas = told
        .schemas
        .iter()
        .map(|schema| hash_of(&(schema.id, codes(told))));
    // A type without fields is told, too.
    let itself = std::iter::once(hash_of(&told.name));
    itself
        .chain(members)
        .chain(schemas)
        .map(|part| (told.id, part))
}

fn codes(told: &BinaryType) -> Vec<(i32, i32)> {
    told.fields
        .iter()
        .map(|field| (field.id, field.type_code))
        .collect()
}

fn hash_of(part: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}
