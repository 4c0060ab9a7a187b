//! Why a snapshot was not made.

use std::io;
use std::path::{Path, PathBuf};

use super::LONGEST_NAME;

/// Why a snapshot was not made. The grid goes on as before, and nothing of the snapshot is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The grid keeps its data in memory alone.
    #[error("the grid keeps its data in memory alone; start it with a data folder")]
    NotDurable,
    /// The name cannot be one of a snapshot.
    #[error(
        "the name of a snapshot has 1 to {LONGEST_NAME} letters from A to Z, digits, `_` and `-`"
    )]
    Name,
    /// There is one of this name.
    #[error("{} is there already; choose another name, or remove it", folder.display())]
    Exists {
        /// Where it is.
        folder: PathBuf,
    },
    /// Another one is being made.
    #[error("another snapshot is being made; wait for its end")]
    Busy,
    /// There are as many as [`Limits::snapshots`](crate::Limits::snapshots) allows.
    #[error("{} holds {limit} snapshots, as many as are allowed; remove one", folder.display())]
    TooMany {
        /// How many are allowed.
        limit: usize,
        /// Where they are.
        folder: PathBuf,
    },
    /// The disk has no room for it beside what the grid itself may need next.
    #[error(
        "a snapshot takes {needed} bytes more, and {} has {free} free, some of which the grid \
         itself needs; free space",
        folder.display()
    )]
    NoRoom {
        /// Bytes that are still to be copied.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// Where the snapshot would be.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("cannot write a snapshot to {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The journal could not be brought into its files.
    #[error("{0}")]
    Journal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was copied is not what the grid has written.
    #[error(
        "{} came out damaged at byte {offset} ({reason}); check the disk", path.display()
    )]
    Damaged {
        /// The file of the snapshot, which is removed.
        path: PathBuf,
        /// Where the damage begins.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Whoever asked for it is gone, or the grid ends.
    #[error("the snapshot was given up before it was whole")]
    GivenUp,
}

impl SnapshotError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
