//! The groups that structures lie in. A node keeps the structures of a group in caches of one mode
//! and one number of copies: those that the first of them asked for.

use portway_ignite_protocol::{AtomicConfiguration, CacheMode, SetConfiguration};

use super::joined;
use crate::engine::batch::Batch;
use crate::engine::{Engine, EngineError, layout};

/// How the caches of a group are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placement {
    is_replicated: bool,
    /// Copies besides the first, of a group that is not replicated.
    backups: i32,
}

impl Placement {
    /// Where numbers are kept that are made without a configuration.
    const DEFAULT: Self = Self {
        is_replicated: false,
        backups: 1,
    };

    fn new(mode: CacheMode, backups: i32) -> Self {
        match mode {
            CacheMode::Replicated => Self {
                is_replicated: true,
                backups: i32::MAX,
            },
            _ => Self {
                is_replicated: false,
                backups,
            },
        }
    }

    pub(super) fn of_set(configuration: &SetConfiguration) -> Self {
        Self::new(configuration.mode, configuration.backups)
    }

    pub(super) fn of_number(configuration: Option<&AtomicConfiguration>) -> Self {
        configuration.map_or(Self::DEFAULT, |configuration| {
            Self::new(configuration.mode, configuration.backups)
        })
    }

    fn mode(self) -> &'static str {
        match self.is_replicated {
            true => "REPLICATED",
            false => "PARTITIONED",
        }
    }

    fn encode(self) -> [u8; 5] {
        let [a, b, c, d] = self.backups.to_le_bytes();
        [self.is_replicated.into(), a, b, c, d]
    }

    fn decode(stored: &[u8]) -> Result<Self, EngineError> {
        let [is_replicated, a, b, c, d] = *stored else {
            return Err(EngineError::Unreadable("a group of structures"));
        };
        Ok(Self {
            is_replicated: is_replicated != 0,
            backups: i32::from_le_bytes([a, b, c, d]),
        })
    }
}

impl Engine {
    /// Has the first structure of a group say how the group is kept.
    pub(super) fn place_group(&self, group: &str, placement: Placement, batch: &mut Batch) {
        let key = key(group);
        if self.table.get(&key).is_none() {
            batch.put(key, placement.encode());
        }
    }

    /// Checks that a cache for a structure fits the others of its group.
    pub(super) fn check_placement(
        &self,
        group: &str,
        starting: Placement,
        cache: &str,
    ) -> Result<(), EngineError> {
        let Some(stored) = self.table.get(&key(group)) else {
            return Ok(());
        };
        let existing = Placement::decode(stored)?;
        if existing == starting {
            return Ok(());
        }
        let mismatch = |what: &str, attribute: &str, old: &str, new: &str| {
            EngineError::StructureRefused(format!(
                "{what} mismatch for caches related to the same group [groupName={group}, \
                 existingCache=ignite-sys-atomic-cache@{group}, existing{attribute}={old}, \
                 startingCache={cache}, starting{attribute}={new}]"
            ))
        };
        if existing.is_replicated != starting.is_replicated {
            let (old, new) = (existing.mode(), starting.mode());
            return Err(mismatch("Cache mode", "CacheMode", old, new));
        }
        let (old, new) = (existing.backups.to_string(), starting.backups.to_string());
        Err(mismatch("Backups", "Backups", &old, &new))
    }
}

/// What has the name that a structure of another kind shall have.
pub(super) fn other_kind(name: &str, new: &str, existing: &str) -> EngineError {
    EngineError::StructureRefused(format!(
        "Another data structure with the same name already created [name={name}, newType={new}, \
         existingType={existing}]"
    ))
}

fn key(group: &str) -> Vec<u8> {
    layout::structure_key(layout::GROUP, &joined(&[group]))
}
