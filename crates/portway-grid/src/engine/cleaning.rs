//! Emptying the oldest journal segment, a bounded number of entries at a time.

use super::batch::Batch;
use super::journal::Segment;
use super::table::Handle;
use super::{Engine, JournalError};

/// Entries looked at in one step. A step follows each write, so the walk over the table ends long
/// before as many bytes are written again as it holds.
const LOOKED_AT: usize = 64;

/// Bytes moved in one step: the extra work of one write stays small.
const MOVED_BYTES: usize = 64 * 1024;

/// A walk over the table, as it lies in memory, that moves what lives in `segment`. What is written
/// meanwhile may be missed: it lives in another segment by then.
#[derive(Debug)]
pub(super) struct Cleaning {
    segment: Segment,
    /// The last entry looked at.
    position: Option<Handle>,
}

/// What one step found.
struct Step {
    moved: Batch,
    /// The last entry looked at; `None` at the end of the table.
    position: Option<Handle>,
}

impl Engine {
    /// Does one step of cleaning, if the journal wastes enough.
    pub(super) fn clean(&mut self) {
        if self.cleaning.is_none() {
            let wasteful = self.journal.wasteful_segment(self.table.bytes());
            self.cleaning = wasteful.map(|segment| Cleaning {
                segment,
                position: None,
            });
        }
        if let Some(cleaning) = self.cleaning.take() {
            match self.clean_step(&cleaning) {
                Ok(cleaning) => self.cleaning = cleaning,
                // Nothing is lost: the walk begins anew with the next write that succeeds.
                Err(error) => tracing::warn!(%error, "the journal could not be cleaned"),
            }
        }
    }

    fn clean_step(&mut self, cleaning: &Cleaning) -> Result<Option<Cleaning>, JournalError> {
        let segment = cleaning.segment;
        let step = self.look(cleaning);
        if !step.moved.is_empty() {
            let now_in = self.journal.append(&step.moved)?;
            self.table.apply(step.moved.views(), now_in);
        }
        match step.position {
            position @ Some(_) => Ok(Some(Cleaning { segment, position })),
            None => {
                self.journal.retire(segment);
                Ok(None)
            }
        }
    }

    fn look(&self, cleaning: &Cleaning) -> Step {
        let mut step = Step {
            moved: Batch::default(),
            position: None,
        };
        let mut moved_bytes = 0;
        let entries = self.table.entries_behind(cleaning.position);
        for (looked_at, (handle, entry)) in entries.enumerate() {
            if looked_at == LOOKED_AT || moved_bytes >= MOVED_BYTES {
                return step;
            }
            if entry.segment == cleaning.segment {
                moved_bytes += entry.key.len() + entry.value.len();
                step.moved.put(entry.key, entry.value);
            }
            step.position = Some(handle);
        }
        step.position = None;
        step
    }
}
