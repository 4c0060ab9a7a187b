//! Which answers have to wait for the disk, and what has become of them.

use tokio::sync::watch;

use crate::engine::Position;
use crate::store::{SyncProgress, WalMode};

/// How far the changes of a grid are on the disk.
#[derive(Clone, Debug)]
pub(super) struct Durability {
    /// Whether an answer waits until its change is on the disk.
    pub(super) answers_wait: bool,
    /// How far the journal is on the disk. Without a journal it never changes.
    pub(super) progress: watch::Receiver<SyncProgress>,
}

impl Durability {
    pub(super) fn new(wal_mode: WalMode, progress: watch::Receiver<SyncProgress>) -> Self {
        Self {
            answers_wait: wal_mode == WalMode::Fsync,
            progress,
        }
    }

    /// Of a grid in memory.
    pub(super) fn none() -> Self {
        let (_, progress) = watch::channel(SyncProgress::default());
        Self {
            answers_wait: false,
            progress,
        }
    }
}

/// What the disk says about a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    Safe,
    Waits,
    Refused(&'a str),
}

/// Looks at how far a change at `position` has come.
pub(super) fn verdict(progress: &SyncProgress, position: Position) -> Verdict<'_> {
    if position <= progress.synced {
        return Verdict::Safe;
    }
    match &progress.refused {
        Some(refused) if position <= refused.up_to => Verdict::Refused(&refused.reason),
        _ => Verdict::Waits,
    }
}
