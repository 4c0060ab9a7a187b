//! Copying a journal as it was at one moment.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::super::disk::{Disk as _, SystemDisk};
use super::super::segment::{self, Next, SegmentFile, SegmentReader};
use super::super::{Place, owner_only, record};
use super::SnapshotError;
use crate::engine::{Batch, Extent, Segment};

/// Bytes copied between two looks at whether there is room, and whether anybody still waits.
const STEP_BYTES: u64 = 1 << 20;

/// Bytes that may wait for the disk: an order to the disk of a writer's may have to wait for them.
const UNSYNCED_BYTES: u64 = 8 << 20;

/// So much stays free on the disk, for the writers: the journal reserves a MiB at a time, and what
/// did not become a snapshot is removed again at once.
const KEPT_FREE_BYTES: u64 = 16 << 20;

/// A journal as it was at one moment. Its files are open: they can be read when their names are gone.
#[derive(Debug)]
pub(crate) struct Held {
    files: Vec<HeldFile>,
    kept_free: u64,
}

#[derive(Debug)]
struct HeldFile {
    segment: Segment,
    file: File,
    /// Of what it held then.
    length: u64,
}

impl Held {
    /// Opens the files of the journal in `directory`, from which none may be removed meanwhile.
    pub(crate) fn open(directory: &Path, extent: &Extent) -> Result<Self, SnapshotError> {
        let open = |(segment, length): &(Segment, u64)| {
            let path = segment::path(directory, *segment);
            let file = File::open(&path).map_err(SnapshotError::io(&path))?;
            Ok(HeldFile {
                segment: *segment,
                file,
                length: *length,
            })
        };
        let files: Result<_, SnapshotError> = extent.segments.iter().map(open).collect();
        Ok(Self {
            files: files?,
            kept_free: KEPT_FREE_BYTES,
        })
    }

    /// Leaves so many bytes free.
    #[cfg(test)]
    pub(crate) fn keep_free(self, kept_free: u64) -> Self {
        Self { kept_free, ..self }
    }

    /// Writes all to the empty `folder`, and to the disk; answers how many bytes that are.
    pub(super) fn copy_to(
        &self,
        folder: &Path,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<u64, SnapshotError> {
        let mut copying = Copying {
            folder,
            left: self.files.iter().map(|held| held.length).sum(),
            kept_free: self.kept_free,
            is_wanted,
        };
        copying.check()?;
        let mut bytes = 0;
        for (index, held) in self.files.iter().enumerate() {
            let is_last = index + 1 == self.files.len();
            bytes += copying.copy(held, is_last)?;
        }
        SystemDisk
            .sync_directory(folder)
            .map_err(SnapshotError::io(folder))?;
        Ok(bytes)
    }
}

/// A copy that is being made.
struct Copying<'a> {
    folder: &'a Path,
    /// Bytes that are still to be copied.
    left: u64,
    kept_free: u64,
    is_wanted: &'a dyn Fn() -> bool,
}

impl Copying<'_> {
    /// Whether to go on.
    fn check(&self) -> Result<(), SnapshotError> {
        if !(self.is_wanted)() {
            return Err(SnapshotError::GivenUp);
        }
        match free_bytes(self.folder) {
            Some(free) if free < self.left.saturating_add(self.kept_free) => {
                Err(SnapshotError::NoRoom {
                    needed: self.left,
                    free,
                    folder: self.folder.parent().unwrap_or(self.folder).to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Copies one file; answers how long it is.
    fn copy(&mut self, held: &HeldFile, is_last: bool) -> Result<u64, SnapshotError> {
        let path = segment::path(self.folder, held.segment);
        let copied = self.copy_bytes(held, &path)?;
        let mut length = held.length;
        if is_last {
            length += close(&copied, held).map_err(SnapshotError::io(&path))?;
        }
        copied.sync_all().map_err(SnapshotError::io(&path))?;
        check_records(self.folder, held.segment, length)?;
        Ok(length)
    }

    fn copy_bytes(&mut self, held: &HeldFile, path: &Path) -> Result<File, SnapshotError> {
        let mut to = owner_only()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(SnapshotError::io(path))?;
        let (mut copied, mut unsynced) = (0, 0);
        while copied < held.length {
            self.check()?;
            let step = STEP_BYTES.min(held.length - copied);
            let taken = io::copy(&mut (&held.file).take(step), &mut to);
            if taken.map_err(SnapshotError::io(path))? != step {
                return Err(damaged(path, copied, "the journal is shorter than it was"));
            }
            copied += step;
            self.left -= step;
            unsynced += step;
            if unsynced >= UNSYNCED_BYTES {
                to.sync_data().map_err(SnapshotError::io(path))?;
                unsynced = 0;
            }
        }
        Ok(to)
    }
}

/// Writes behind the last record that everything before it is safe: a start then knows damage of
/// the copy for what it is.
fn close(mut copied: &File, held: &HeldFile) -> io::Result<u64> {
    let end = Place {
        segment: held.segment,
        offset: held.length,
    };
    let mut mark = Vec::new();
    record::encode(&Batch::default(), Some(end), &mut mark).map_err(io::Error::other)?;
    copied.write_all(&mark)?;
    Ok(mark.len() as u64)
}

/// Reads the copy as a start would: what the disk or the memory has turned around shows now, not when
/// the snapshot is needed.
fn check_records(folder: &Path, segment: Segment, length: u64) -> Result<(), SnapshotError> {
    let unreadable = |error| SnapshotError::Io {
        path: segment::path(folder, segment),
        source: io::Error::other(error),
    };
    let file = SegmentFile::look(folder, segment).map_err(unreadable)?;
    let mut reader = SegmentReader::open(&file, length).map_err(unreadable)?;
    loop {
        let reason = match reader.next().map_err(unreadable)? {
            Next::Record(_) => continue,
            Next::Sealed | Next::End => return Ok(()),
            Next::Torn(reason) => reason,
        };
        return Err(damaged(&file.path, reader.offset(), reason));
    }
}

fn damaged(path: &Path, offset: u64, reason: &'static str) -> SnapshotError {
    SnapshotError::Damaged {
        path: PathBuf::from(path),
        offset,
        reason,
    }
}

/// Bytes that this process may still write there, where the system can tell.
#[cfg(target_os = "linux")]
fn free_bytes(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(not(target_os = "linux"))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
