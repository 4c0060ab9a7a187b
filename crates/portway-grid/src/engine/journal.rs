//! The seam between the engine and durability: what the engine asks of a journal.

use std::fmt;
use std::io;

use super::batch::Batch;

/// The number of a journal segment; later segments have greater numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Segment(pub(crate) u32);

/// How far a journal was written since it was opened; it only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) u64);

/// What a journal consists of at one moment: its segments and their lengths, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) segments: Vec<(Segment, u64)>,
}

/// A write the journal refused. Nothing of it is durable, and the engine has not applied it.
#[derive(Debug, thiserror::Error)]
#[error("the grid could not store the change: {source}; free space in {place}, then try again")]
pub(crate) struct JournalError {
    pub(crate) place: String,
    #[source]
    pub(crate) source: io::Error,
}

/// Where batches go before the table shows them.
pub(crate) trait Journal: fmt::Debug + Send + Sync {
    /// Takes `batch` in and says which segment holds it. It is durable as soon as [`Journal::flush`]
    /// has been called.
    fn append(&mut self, batch: &Batch) -> Result<Segment, JournalError>;

    /// Hands all that was appended to the operating system. What fails is tried again the next time,
    /// and nothing more is taken in before.
    fn flush(&mut self) -> Result<(), JournalError>;

    /// How far the operating system has it.
    fn written(&self) -> Position;

    /// What it consists of once the operating system has all of it, what the disk refused among it.
    ///
    /// # Errors
    /// When something cannot be written.
    fn extent(&mut self) -> Result<Extent, JournalError>;

    /// How far it goes. Whether that is on the disk is not the engine's concern.
    fn appended(&self) -> Position;

    /// The oldest segment, when so little of the journal is alive that emptying it pays.
    fn wasteful_segment(&mut self, live_bytes: u64) -> Option<Segment>;

    /// Removes `segment`, the oldest one, of which nothing is alive any more; not before what was
    /// moved out of it is safe.
    fn retire(&mut self, segment: Segment);
}

/// A journal that keeps nothing: the grid lives in memory.
#[derive(Debug)]
pub(crate) struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _batch: &Batch) -> Result<Segment, JournalError> {
        Ok(Segment::default())
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        Ok(())
    }

    fn written(&self) -> Position {
        Position::default()
    }

    fn appended(&self) -> Position {
        Position::default()
    }

    fn extent(&mut self) -> Result<Extent, JournalError> {
        Ok(Extent::default())
    }

    fn wasteful_segment(&mut self, _live_bytes: u64) -> Option<Segment> {
        None
    }

    fn retire(&mut self, _segment: Segment) {}
}
