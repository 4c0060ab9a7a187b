//! Emptying the oldest journal segment, a bounded number of entries at a time.

use std::ops::Bound;

use super::batch::Batch;
use super::journal::Segment;
use super::{Engine, JournalError};

/// Entries looked at in one step. A step follows each write, so the walk over the table ends long
/// before as many bytes are written again as it holds.
const LOOKED_AT: usize = 64;

/// Bytes moved in one step: the extra work of one write stays small.
const MOVED_BYTES: usize = 64 * 1024;

/// A walk over the table that moves what lives in `segment`.
#[derive(Debug)]
pub(super) struct Cleaning {
    segment: Segment,
    /// The last key looked at.
    position: Box<[u8]>,
}

/// What one step found.
struct Step {
    moved: Batch,
    /// The last key looked at; `None` at the end of the table.
    position: Option<Box<[u8]>>,
}

impl Engine {
    /// Does one step of cleaning, if the journal wastes enough.
    pub(super) fn clean(&mut self) {
        if self.cleaning.is_none() {
            let wasteful = self.journal.wasteful_segment(self.table.bytes());
            self.cleaning = wasteful.map(|segment| Cleaning {
                segment,
                position: Box::default(),
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
            self.table.apply(step.moved, now_in);
        }
        match step.position {
            Some(position) => Ok(Some(Cleaning { segment, position })),
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
        let entries = self
            .table
            .segments_from(Bound::Excluded(&cleaning.position));
        for (looked_at, (segment, key, value)) in entries.enumerate() {
            if looked_at == LOOKED_AT || moved_bytes >= MOVED_BYTES {
                return step;
            }
            if segment == cleaning.segment {
                moved_bytes += key.len() + value.len();
                step.moved.put(key, value);
            }
            step.position = Some(key.into());
        }
        step.position = None;
        step
    }
}
