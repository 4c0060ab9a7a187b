//! Opening a data directory: lock it, replay its segments, cut off a torn tail.

use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::journal::LogJournal;
use super::lock::DirectoryLock;
use super::segment::{self, Next, SegmentReader};
use super::{OpenError, owner_only, record};
use crate::engine::{Segment, Table};

/// How a replayed segment ended.
enum Ending {
    Sealed {
        length: u64,
    },
    Open {
        length: u64,
    },
    /// The header was not yet written.
    Unborn,
}

/// Opens the grid kept in `directory`, which is created when it is not there.
///
/// A record that was cut off while it was written is dropped, with everything after it: it was
/// never acknowledged. Damage to what had been written whole is an error: in the last segment it
/// shows by whole records behind it.
pub(crate) fn open(directory: &Path) -> Result<(Table, LogJournal), OpenError> {
    create_directory(directory)?;
    let lock = DirectoryLock::acquire(directory)?;
    let segments = find_segments(directory)?;
    let mut table = Table::default();
    let mut sealed = VecDeque::new();
    let mut active = None;
    for (index, &segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        match replay(directory, segment, is_last, &mut table)? {
            Ending::Sealed { length } => sealed.push_back((segment, length)),
            Ending::Open { length } => active = Some((segment, length)),
            Ending::Unborn => {}
        }
    }
    let directory = directory.to_owned();
    let journal = match active {
        Some(active) => LogJournal::resume(directory.clone(), sealed, active, lock),
        None => LogJournal::start(directory.clone(), sealed, lock),
    };
    Ok((table, journal.map_err(OpenError::io(&directory))?))
}

/// Creates the directory for its owner alone: the grid may hold what others must not read.
fn create_directory(directory: &Path) -> Result<(), OpenError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(OpenError::io(directory))
}

/// All segments, oldest first.
fn find_segments(directory: &Path) -> Result<Vec<Segment>, OpenError> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(directory).map_err(OpenError::io(directory))? {
        let entry = entry.map_err(OpenError::io(directory))?;
        segments.extend(entry.file_name().to_str().and_then(segment::number));
    }
    segments.sort_unstable();
    let gap = segments.windows(2).find(|pair| pair[0].0 + 1 != pair[1].0);
    match gap {
        Some(pair) => Err(OpenError::Corrupt {
            path: segment::path(directory, Segment(pair[0].0 + 1)),
            offset: 0,
            reason: "the file is missing",
        }),
        None => Ok(segments),
    }
}

fn replay(
    directory: &Path,
    segment: Segment,
    is_last: bool,
    table: &mut Table,
) -> Result<Ending, OpenError> {
    let path = segment::path(directory, segment);
    let Some(mut reader) = SegmentReader::open(path.clone(), segment)? else {
        return drop_unborn(path, is_last);
    };
    let torn = loop {
        match reader.next()? {
            Next::Batch(batch) => table.apply(batch, segment),
            Next::Sealed => {
                return Ok(Ending::Sealed {
                    length: reader.offset(),
                });
            }
            Next::End => break None,
            Next::Torn(reason) => break Some(reason),
        }
    };
    let offset = reader.offset();
    match torn {
        reason if !is_last => {
            let reason = reason.unwrap_or("its end is missing");
            return Err(OpenError::Corrupt {
                path,
                offset,
                reason,
            });
        }
        Some(reason) => {
            check_torn(&reader, reason)?;
            cut_tail(&reader, reason)?;
        }
        None => {}
    }
    Ok(Ending::Open { length: offset })
}

fn drop_unborn(path: PathBuf, is_last: bool) -> Result<Ending, OpenError> {
    if !is_last {
        return Err(OpenError::Corrupt {
            path,
            offset: 0,
            reason: "its head is missing",
        });
    }
    fs::remove_file(&path).map_err(OpenError::io(&path))?;
    Ok(Ending::Unborn)
}

/// Refuses to take damage for a write that was cut off.
fn check_torn(reader: &SegmentReader, reason: &'static str) -> Result<(), OpenError> {
    let path = reader.path();
    let bytes = fs::read(path).map_err(OpenError::io(path))?;
    let damaged = usize::try_from(reader.offset())
        .ok()
        .and_then(|start| bytes.get(start..));
    if damaged.is_some_and(record::any_behind) {
        return Err(OpenError::Corrupt {
            path: path.to_owned(),
            offset: reader.offset(),
            reason,
        });
    }
    Ok(())
}

/// Cuts the segment after its last whole record. What is cut off is kept beside it, for whoever
/// wants to look.
fn cut_tail(reader: &SegmentReader, reason: &'static str) -> Result<(), OpenError> {
    let path = reader.path();
    let dropped_bytes = move_tail(path, reader.offset()).map_err(OpenError::io(path))?;
    tracing::warn!(
        file = %path.display(),
        kept_bytes = reader.offset(),
        dropped_bytes,
        reason,
        "the journal was not written to its end; its tail is moved to a file ending in .tail"
    );
    Ok(())
}

fn move_tail(path: &Path, end: u64) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(end))?;
    let mut tail = owner_only()
        .write(true)
        .create(true)
        .truncate(true)
        .open(tail_path(path))?;
    let dropped = io::copy(&mut file, &mut tail)?;
    file.set_len(end)?;
    Ok(dropped)
}

fn tail_path(path: &Path) -> PathBuf {
    path.with_extension("log.tail")
}
