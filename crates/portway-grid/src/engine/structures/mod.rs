//! Atomic numbers and sets: kept in the table beside the caches, durable as they are.

mod atomic_longs;
mod groups;
mod known_sets;
mod sets;
#[cfg(test)]
mod tests;

pub(crate) use atomic_longs::NumberChange;
pub(crate) use sets::{SetChange, SetPage};

pub(super) use sets::Walk;

/// The group of what names none.
const DEFAULT_GROUP: &str = "default-ds-group";

/// The bytes of names one after the other, each behind its length: no two lists have the same.
pub(super) fn joined(names: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in names {
        bytes.extend_from_slice(&(name.len() as u32).to_be_bytes());
        bytes.extend_from_slice(name.as_bytes());
    }
    bytes
}
