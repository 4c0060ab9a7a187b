//! What is agreed on for one request beside its bytes.

use super::Deadline;
use super::transaction::TransactionPart;

/// What the answer of a request leaves open on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    Nothing,
    Cursor,
    Listener,
    Task,
    Transaction,
    SetIterator,
}

/// What is agreed on for one request beside its bytes.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) leaves: Leaves,
    /// The transaction that it is part of, which must not end before the node answers.
    pub(crate) part_of: Option<TransactionPart>,
    pub(crate) deadline: Deadline,
}

impl Terms {
    pub(super) fn new(leaves: Leaves) -> Self {
        Self {
            leaves,
            part_of: None,
            deadline: Deadline::never(),
        }
    }
}
