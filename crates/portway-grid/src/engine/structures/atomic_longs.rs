//! Atomic numbers.

use portway_ignite_protocol::AtomicConfiguration;

use super::groups::{Placement, other_kind};
use super::{DEFAULT_GROUP, joined};
use crate::engine::batch::Batch;
use crate::engine::{Engine, EngineError, layout};

/// How a number is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NumberChange {
    /// Adds, and wraps around.
    Add(i64),
    Set(i64),
    /// Sets the second if the number equals the first.
    CompareAndSet(i64, i64),
}

impl NumberChange {
    fn apply(self, number: i64) -> i64 {
        match self {
            Self::Add(term) => number.wrapping_add(term),
            Self::Set(value) => value,
            Self::CompareAndSet(expected, value) if number == expected => value,
            Self::CompareAndSet(..) => number,
        }
    }
}

impl Engine {
    /// Makes a number unless it is there.
    ///
    /// # Errors
    /// When a set has the name.
    pub(crate) fn create_number(
        &mut self,
        name: &str,
        configuration: Option<&AtomicConfiguration>,
        initial: i64,
    ) -> Result<(), EngineError> {
        let group = configuration.and_then(|configuration| configuration.group.as_deref());
        if self.number_exists(name, group)? {
            return Ok(());
        }
        let mut batch = Batch::default();
        let placement = Placement::of_number(configuration);
        self.place_group(group.unwrap_or(DEFAULT_GROUP), placement, &mut batch);
        batch.put(key(name, group), initial.to_le_bytes());
        self.commit(&batch)
    }

    /// # Errors
    /// When a set has the name.
    pub(crate) fn number_exists(
        &self,
        name: &str,
        group: Option<&str>,
    ) -> Result<bool, EngineError> {
        self.check_no_set(name, group)?;
        Ok(self.is_number(name, group))
    }

    fn check_no_set(&self, name: &str, group: Option<&str>) -> Result<(), EngineError> {
        match self.is_set_of_group(name, group.unwrap_or(DEFAULT_GROUP)) {
            true => Err(other_kind(name, "ATOMIC_LONG", "SET")),
            false => Ok(()),
        }
    }

    pub(super) fn is_number(&self, name: &str, group: Option<&str>) -> bool {
        self.table.get(&key(name, group)).is_some()
    }

    /// Removes a number, if it is there.
    pub(crate) fn remove_number(
        &mut self,
        name: &str,
        group: Option<&str>,
    ) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        if self.number_exists(name, group)? {
            batch.delete(key(name, group));
        }
        self.commit(&batch)
    }

    pub(crate) fn number(&self, name: &str, group: Option<&str>) -> Result<i64, EngineError> {
        self.check_no_set(name, group)?;
        let missing = || EngineError::NumberNotFound(name.to_owned());
        let stored = self.table.get(&key(name, group)).ok_or_else(missing)?;
        let bytes = stored.try_into();
        let bytes = bytes.map_err(|_| EngineError::Unreadable("an atomic number"))?;
        Ok(i64::from_le_bytes(bytes))
    }

    /// Changes a number and answers what it was before and what it is now.
    pub(crate) fn change_number(
        &mut self,
        name: &str,
        group: Option<&str>,
        change: NumberChange,
    ) -> Result<(i64, i64), EngineError> {
        let before = self.number(name, group)?;
        let after = change.apply(before);
        if after != before {
            self.store_number(key(name, group), after)?;
        }
        Ok((before, after))
    }

    fn store_number(&mut self, key: Vec<u8>, number: i64) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        batch.put(key, number.to_le_bytes());
        self.commit(&batch)
    }
}

fn key(name: &str, group: Option<&str>) -> Vec<u8> {
    let names = joined(&[group.unwrap_or(DEFAULT_GROUP), name]);
    layout::structure_key(layout::NUMBER, &names)
}
