//! How much memory is left.

use super::batch::{Batch, Change};
use super::{Engine, EngineError, table};

impl Engine {
    /// Whether so many bytes beside all entries stay within the limit of memory.
    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        let entries = self.table.bytes().saturating_add(self.uncommitted_bytes);
        entries.saturating_add(bytes) <= self.limits.stored_bytes
    }

    /// Refuses a batch that would take the grid over its limit. What a write replaces makes room for
    /// it; what the batch removes does not.
    pub(super) fn check_room(&self, batch: &Batch) -> Result<(), EngineError> {
        let (mut added, mut replaced) = (0, 0);
        for change in &batch.changes {
            if let Change::Put { key, value } = change {
                added += table::cost(key.len(), value.len());
                let old = self.table.get(key);
                replaced += old.map_or(0, |old| table::cost(key.len(), old.len()));
            }
        }
        let limit = self.limits.stored_bytes;
        if added > replaced && self.table.bytes() - replaced + added > limit {
            return Err(EngineError::Full { limit });
        }
        Ok(())
    }
}
