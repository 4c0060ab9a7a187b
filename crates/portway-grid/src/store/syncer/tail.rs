//! The part of the journal that is not on the disk yet.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::OpenSegment;
use crate::engine::Position;
use crate::store::Place;

/// The part of the journal that is not known to be on the disk.
#[derive(Debug)]
pub(super) struct Tail {
    /// Oldest first; the last one is written to.
    pub(super) unsynced: Vec<OpenSegment>,
    pub(super) appended: Position,
    pub(super) synced: Position,
    /// Where `appended` and `synced` lie in the files.
    pub(super) end: Place,
    pub(super) safe: Place,
    /// Whether `safe` was reached by an order to the disk, not only read at the start.
    pub(super) is_proven: bool,
    /// Files that nothing lives in any more, oldest first.
    pub(super) retired: VecDeque<PathBuf>,
    pub(super) names_changed: bool,
    /// Records behind `synced`, kept to be written again when the disk has refused them
    /// ([`WalMode::Fsync`](crate::WalMode::Fsync) only). Bounded by the writers, who wait.
    pub(super) kept: VecDeque<(Position, Box<[u8]>)>,
    /// The disk refused: after that the system may forget what it holds of the files.
    pub(super) has_failed: bool,
    pub(super) is_urgent: bool,
    pub(super) is_stopping: bool,
}

/// One order to the disk.
pub(super) struct Round {
    pub(super) files: Vec<OpenSegment>,
    pub(super) appended: Position,
    pub(super) end: Place,
    pub(super) names_changed: bool,
    /// As many of the retired files may go after this order.
    pub(super) retired: usize,
}

impl Tail {
    /// Of a log that ends at `end` and was read from `unsynced` files, too.
    pub(super) fn new(unsynced: Vec<OpenSegment>, end: Place) -> Self {
        Self {
            unsynced,
            // What was read may still be on its way to the disk.
            appended: Position(1),
            synced: Position(0),
            end,
            safe: end,
            is_proven: false,
            retired: VecDeque::new(),
            names_changed: true,
            kept: VecDeque::new(),
            has_failed: false,
            is_urgent: false,
            is_stopping: false,
        }
    }

    /// Everything of `round` is on the disk.
    pub(super) fn reached(&mut self, round: &Round) {
        self.synced = round.appended;
        self.safe = round.end;
        self.is_proven = true;
        let active = round.end.segment;
        self.unsynced.retain(|open| open.segment >= active);
        let synced = self.synced;
        while self.kept.front().is_some_and(|(end, _)| *end <= synced) {
            self.kept.pop_front();
        }
    }
}
