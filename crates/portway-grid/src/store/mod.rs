//! Durability: an append-only journal in segments, read back at the next start.
//!
//! An acknowledged change has been handed to the operating system ([`WalMode::LogOnly`], Ignite's
//! default: it survives the death of the process) or has reached the disk as well
//! ([`WalMode::Fsync`]: it survives a power cut). A thread of its own brings the journal to the disk:
//! one order of it serves all writers who wait ("group commit"), and nobody else waits for it.
//! Appending is not enough: before anybody is told of a change the journal is flushed.
//!
//! All data are in memory as well, so a journal is all that is needed, and a start is one read of
//! it. It is its own snapshot: what still lives in the oldest segment is written again at the end, a
//! little with each write, then the file goes (`engine::cleaning`). A ready-made log-structured
//! store (fjall 3, bounded) was measured first: its start took 15 ms with 10,000 entries where this
//! takes 4 ms of a gateway's 20, one failed write closed it to all further writes, and one damaged
//! record kept it from opening at all.
//!
//! ```text
//! DATA/lock                  held while the grid runs; names the process
//! DATA/grid-0000000001.log   header | record | record | ...
//! DATA/grid-0000000002.log   header | record | ...                (the segment written to)
//! ```
//!
//! What a file must hold after a crash: each segment states where the one before it ended, and
//! records carry *marks*: "everything before this place had reached the disk". Damage before the
//! last mark is an error, for something that was safe is gone. Damage behind it is where the power
//! cut ended the log: nothing behind it was promised, and it is cut off.

mod active;
#[cfg(test)]
mod crash_tests;
mod damage;
mod disk;
mod error;
#[cfg(test)]
mod faults;
mod journal;
mod lock;
mod record;
mod recovery;
mod segment;
mod snapshots;
mod syncer;
#[cfg(test)]
mod tests;

pub use error::OpenError;
pub use recovery::RecoveryProgress;
pub(crate) use recovery::open;
pub(crate) use snapshots::{Held, Snapshots};
pub use snapshots::{Snapshot, SnapshotError};
#[cfg(test)]
pub(crate) use syncer::Refused;
pub(crate) use syncer::SyncProgress;

use std::fs::OpenOptions;

use crate::engine::Segment;

/// The version of the records and of the key layout, as written.
pub(crate) const FORMAT_VERSION: u32 = 3;

/// The oldest version that is read.
pub(crate) const OLDEST_FORMAT_VERSION: u32 = 1;

/// When a write is acknowledged; Ignite's `WALMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WalMode {
    /// When the operating system has it: it survives the death of the process. A power cut may cost
    /// about the last second.
    #[default]
    LogOnly,
    /// When it has reached the disk: it survives a power cut. One order to the disk serves all
    /// writers who wait.
    Fsync,
}

/// A place in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    segment: Segment,
    offset: u64,
}

/// Files made with these options belong to their owner alone: the grid may hold secrets.
fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
