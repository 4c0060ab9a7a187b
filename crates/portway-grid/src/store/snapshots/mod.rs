//! Snapshots: copies of the journal as it was at one moment, made while the grid goes on.
//!
//! A journal only grows at its end, and each of its records is one whole change. So what it held at
//! one moment is the beginning of its files, up to where the last one ended then. Those are held open
//! first, in a moment in which nothing is written, so that the journal may go on and let go of old
//! segments; then they are copied on a thread of their own.
//!
//! ```text
//! DATA/snapshots/NAME/           a data directory like any other: a grid starts on it
//! DATA/snapshots/NAME.partial/   one that is being made, or that a crash has left behind
//! ```

mod copy;
mod error;
#[cfg(test)]
mod tests;

pub(crate) use copy::Held;
pub use error::SnapshotError;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, TryLockError};

use super::disk::{Disk as _, SystemDisk};
use super::recovery::create_directory;

/// Where snapshots are in a data directory.
const FOLDER: &str = "snapshots";

/// What the name of a snapshot ends in until it is whole.
const UNFINISHED: &str = ".partial";

/// The longest name, which leaves room for what is put behind it.
const LONGEST_NAME: usize = 100;

/// A snapshot that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Where it is. A grid can be opened there; a copy of it is a backup.
    pub folder: PathBuf,
    /// Bytes of its files.
    pub bytes: u64,
}

/// The snapshots of one data directory.
#[derive(Debug)]
pub(crate) struct Snapshots {
    data: PathBuf,
    /// As many may be there.
    limit: usize,
    /// Held by whoever makes one: there is one at a time.
    turn: Mutex<()>,
}

impl Snapshots {
    /// Those of the grid in `data`, once what a crash has left of one is removed.
    pub(crate) fn new(data: &Path, limit: usize) -> Self {
        let snapshots = Self {
            data: data.to_owned(),
            limit,
            turn: Mutex::new(()),
        };
        if let Err(error) = snapshots.remove_unfinished() {
            tracing::warn!(%error, "cannot remove what is left of a snapshot");
        }
        snapshots
    }

    /// Makes one of what `hold` gives, unless `is_wanted` says otherwise meanwhile.
    pub(crate) fn make(
        &self,
        name: &str,
        hold: impl FnOnce(&Path) -> Result<Held, SnapshotError>,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Snapshot, SnapshotError> {
        check_name(name)?;
        let _turn = self.take_turn()?;
        let folder = self.folder().join(name);
        self.check_place(&folder)?;
        let unfinished = self.folder().join(format!("{name}{UNFINISHED}"));
        let made = create(&unfinished)
            .and_then(|()| hold(&self.data)?.copy_to(&unfinished, is_wanted))
            .and_then(|bytes| self.finish(&unfinished, &folder).map(|()| bytes));
        match made {
            Ok(bytes) => Ok(Snapshot { folder, bytes }),
            Err(error) => {
                // What stays is removed before the next one is made.
                let _ = fs::remove_dir_all(&unfinished);
                Err(error)
            }
        }
    }

    fn folder(&self) -> PathBuf {
        self.data.join(FOLDER)
    }

    fn take_turn(&self) -> Result<MutexGuard<'_, ()>, SnapshotError> {
        match self.turn.try_lock() {
            Ok(turn) => Ok(turn),
            Err(TryLockError::Poisoned(turn)) => Ok(turn.into_inner()),
            Err(TryLockError::WouldBlock) => Err(SnapshotError::Busy),
        }
    }

    fn check_place(&self, folder: &Path) -> Result<(), SnapshotError> {
        if folder.exists() {
            return Err(SnapshotError::Exists {
                folder: folder.to_owned(),
            });
        }
        let removed = self.remove_unfinished();
        let there = removed.map_err(SnapshotError::io(&self.folder()))?;
        match there < self.limit {
            true => Ok(()),
            false => Err(SnapshotError::TooMany {
                limit: self.limit,
                folder: self.folder(),
            }),
        }
    }

    /// Removes what was left of snapshots that were not finished; answers how many others there are.
    fn remove_unfinished(&self) -> io::Result<usize> {
        let entries = match fs::read_dir(self.folder()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut whole = 0;
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_type()?.is_dir() {
                whole += 1;
            }
        }
        Ok(whole)
    }

    /// Gives a whole snapshot its name, for good.
    fn finish(&self, unfinished: &Path, folder: &Path) -> Result<(), SnapshotError> {
        fs::rename(unfinished, folder)
            .and_then(|()| SystemDisk.sync_directory(&self.folder()))
            .and_then(|()| SystemDisk.sync_directory(&self.data))
            .map_err(SnapshotError::io(folder))
    }
}

fn create(folder: &Path) -> Result<(), SnapshotError> {
    create_directory(folder).map_err(|error| match error {
        super::OpenError::Io { path, source } => SnapshotError::Io { path, source },
        error => SnapshotError::io(folder)(io::Error::other(error)),
    })
}

/// A name is part of a path, and clients choose it.
fn check_name(name: &str) -> Result<(), SnapshotError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let is_right = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_allowed);
    match is_right {
        true => Ok(()),
        false => Err(SnapshotError::Name),
    }
}
