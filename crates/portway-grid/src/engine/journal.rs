//! The seam between the engine and durability: what the engine asks of a journal.

use std::fmt;
use std::io;

use super::batch::Batch;

/// The number of a journal segment; later segments have greater numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Segment(pub(crate) u32);

/// A write the journal refused. Nothing of it is durable, and the engine has not applied it.
#[derive(Debug, thiserror::Error)]
#[error("the grid could not store the change: {source}; free space in {place}, then try again")]
pub(crate) struct JournalError {
    pub(crate) place: String,
    #[source]
    pub(crate) source: io::Error,
}

/// Where batches go before the table shows them.
pub(crate) trait Journal: fmt::Debug + Send {
    /// Makes `batch` durable (handed to the operating system) and says which segment holds it.
    fn append(&mut self, batch: &Batch) -> Result<Segment, JournalError>;

    /// The oldest segment, when so little of the journal is alive that emptying it pays.
    fn wasteful_segment(&self, live_bytes: u64) -> Option<Segment>;

    /// Removes `segment`: the oldest one, of which nothing is alive any more.
    fn retire(&mut self, segment: Segment) -> Result<(), JournalError>;
}

/// A journal that keeps nothing: the grid lives in memory.
#[derive(Debug)]
pub(crate) struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _batch: &Batch) -> Result<Segment, JournalError> {
        Ok(Segment::default())
    }

    fn wasteful_segment(&self, _live_bytes: u64) -> Option<Segment> {
        None
    }

    fn retire(&mut self, _segment: Segment) -> Result<(), JournalError> {
        Ok(())
    }
}
