//! What is no whole record: damage to what was safe, or the end of a log that lost its power.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::record::{self, Content};
use super::recovery::Log;
use super::segment::{self, Head, SegmentFile};
use super::{OpenError, Place, owner_only};

/// The first place that cannot be read.
#[derive(Debug)]
pub(super) struct Damage {
    /// Of the segment with the place, or of the one behind a missing segment.
    index: usize,
    place: Place,
    reason: &'static str,
}

impl Damage {
    pub(super) fn new(index: usize, place: Place, reason: &'static str) -> Self {
        Self {
            index,
            place,
            reason,
        }
    }
}

/// Ends the log at the damage, unless what was safe is damaged: nothing stays of the files but
/// what is in `logs`.
pub(super) fn give_up(
    damage: &Damage,
    directory: &Path,
    files: &[SegmentFile],
    logs: &[Log],
) -> Result<(), OpenError> {
    let place = damage.place;
    if was_safe(damage, files)? {
        return Err(OpenError::Corrupt {
            path: segment::path(directory, place.segment),
            offset: place.offset,
            reason: damage.reason,
        });
    }
    for file in files {
        let log = logs.iter().find(|log| log.segment == file.segment);
        let kept = log.map_or(0, |log| log.end);
        if kept < file.length || kept == 0 {
            cut(file, kept, damage.reason).map_err(OpenError::io(&file.path))?;
        }
    }
    Ok(())
}

/// Whether anything written later says that the damaged place had been on the disk.
fn was_safe(damage: &Damage, files: &[SegmentFile]) -> Result<bool, OpenError> {
    let place = damage.place;
    for (index, file) in files.iter().enumerate().skip(damage.index) {
        let is_damaged_one = file.segment == place.segment;
        // Segments of version 1 were synced when the next was begun, and have no marks.
        if file.head == Head::First && !is_damaged_one {
            return Ok(true);
        }
        let has_successor = files[index + 1..]
            .iter()
            .any(|later| later.head != Head::Unborn);
        let is_first_version = file.head == Head::First;
        if is_first_version && has_successor {
            return Ok(true);
        }
        let start = if is_damaged_one {
            place.offset
        } else {
            file.head.length().saturating_sub(1)
        };
        let proves = |content: Content<'_>| {
            is_first_version || content.mark.is_some_and(|marked| marked > place)
        };
        let bytes = fs::read(&file.path).map_err(OpenError::io(&file.path))?;
        let behind = usize::try_from(start).ok().and_then(|at| bytes.get(at..));
        if behind.is_some_and(|behind| record::any_behind(behind, proves)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Cuts a segment to `kept` bytes, or removes it where that is nothing. What is cut off is kept
/// beside it, for whoever wants to look.
fn cut(file: &SegmentFile, kept: u64, reason: &'static str) -> io::Result<()> {
    let path = &file.path;
    if let Err(error) = copy_tail(path, kept) {
        // On a full disk the start is worth more than the copy.
        tracing::warn!(file = %path.display(), %error, "the lost tail could not be copied");
    }
    if kept == 0 {
        fs::remove_file(path)?;
    } else {
        OpenOptions::new().write(true).open(path)?.set_len(kept)?;
    }
    tracing::warn!(
        file = %path.display(),
        kept_bytes = kept,
        dropped_bytes = file.length.saturating_sub(kept),
        reason,
        "the journal was not written to its end; its tail is moved to a file ending in .tail"
    );
    Ok(())
}

fn copy_tail(path: &Path, start: u64) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).open(path)?;
    if file.seek(SeekFrom::End(0))? == start {
        return Ok(0);
    }
    file.seek(SeekFrom::Start(start))?;
    let mut tail = owner_only()
        .write(true)
        .create(true)
        .truncate(true)
        .open(tail_path(path))?;
    io::copy(&mut file, &mut tail)
}

fn tail_path(path: &Path) -> PathBuf {
    path.with_extension("log.tail")
}
