//! Opening a data directory: lock it, replay its segments, cut off what a crash left behind.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::active::Active;
use super::damage::{self, Damage};
use super::disk::{Disk, SystemDisk};
use super::journal::{Found, LogJournal, SMALLEST_SEGMENT_BYTES};
use super::lock::DirectoryLock;
use super::segment::{self, Head, Next, SegmentFile, SegmentReader};
use super::syncer::OpenSegment;
use super::{OpenError, Place, SyncProgress, WalMode};
use crate::engine::{Loading, Segment, Table};

/// About what a power cut may cost in [`WalMode::LogOnly`].
const LAZY_INTERVAL: Duration = Duration::from_secs(1);

/// How often a start reports: after this many bytes.
const REPORT_BYTES: u64 = 1024 * 1024;

/// How far the start of a durable grid has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryProgress {
    /// Bytes of the journal read so far.
    pub read_bytes: u64,
    /// Bytes there are to read.
    pub total_bytes: u64,
}

/// A data directory that was read and can be written.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) table: Table,
    pub(crate) journal: LogJournal,
    pub(crate) progress: watch::Receiver<SyncProgress>,
}

/// Opens the grid kept in `directory`, which is created when it is not there.
///
/// What was cut off while it was written is dropped, with everything after it: it was never
/// acknowledged, or a power cut took it before it was safe. Damage to what had been safe is an
/// error.
pub(crate) fn open(
    directory: &Path,
    mode: WalMode,
    report: &mut dyn FnMut(RecoveryProgress),
) -> Result<Opened, OpenError> {
    let manner = Manner {
        disk: Arc::new(SystemDisk),
        mode,
        smallest_segment: SMALLEST_SEGMENT_BYTES,
        lazy_interval: LAZY_INTERVAL,
    };
    open_in(manner, directory, report)
}

/// How a log is written.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) mode: WalMode,
    /// A segment of a small grid is full when it has grown past this.
    pub(super) smallest_segment: u64,
    /// How long bytes may wait for the disk in [`WalMode::LogOnly`], and how soon what failed is
    /// tried again.
    pub(super) lazy_interval: Duration,
}

/// As [`open`], and goes on writing in this manner.
pub(super) fn open_in(
    manner: Manner,
    directory: &Path,
    report: &mut dyn FnMut(RecoveryProgress),
) -> Result<Opened, OpenError> {
    create_directory(directory)?;
    let lock = DirectoryLock::acquire(directory)?;
    let files = find_segments(directory)?;
    let mut replay = Replay::new(&files, report);
    let damage = replay.run(&files)?;
    let Replay {
        table,
        marked,
        is_closed,
        mut logs,
        ..
    } = replay;
    if let Some(damage) = damage {
        logs.retain(|log| !log.is_superseded);
        damage::give_up(&damage, directory, &files, &logs)?;
    }
    let found =
        go_on_after(&logs, marked, &*manner.disk, directory).map_err(OpenError::io(directory))?;
    let found = Found { is_closed, ..found };
    let journal = LogJournal::go_on(found, manner, directory.to_owned(), lock)
        .map_err(OpenError::io(directory))?;
    let progress = journal.progress();
    Ok(Opened {
        table: table.finish(),
        journal,
        progress,
    })
}

/// Creates the directory for its owner alone: the grid may hold what others must not read.
pub(super) fn create_directory(directory: &Path) -> Result<(), OpenError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(OpenError::io(directory))
}

/// All segments, oldest first.
fn find_segments(directory: &Path) -> Result<Vec<SegmentFile>, OpenError> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(directory).map_err(OpenError::io(directory))? {
        let entry = entry.map_err(OpenError::io(directory))?;
        segments.extend(entry.file_name().to_str().and_then(segment::number));
    }
    segments.sort_unstable();
    let look = |segment| SegmentFile::look(directory, segment);
    segments.into_iter().map(look).collect()
}

/// A segment that was read, up to the end of its whole records.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) segment: Segment,
    pub(super) head: Head,
    pub(super) end: u64,
    /// A later segment goes on before it: nothing of it counts.
    pub(super) is_superseded: bool,
}

/// Reads segments into a table.
struct Replay<'a> {
    table: Loading,
    /// The last mark read.
    marked: Place,
    /// Whether the last record read was a mark of all before it.
    is_closed: bool,
    logs: Vec<Log>,
    progress: RecoveryProgress,
    report: &'a mut dyn FnMut(RecoveryProgress),
}

impl<'a> Replay<'a> {
    fn new(files: &[SegmentFile], report: &'a mut dyn FnMut(RecoveryProgress)) -> Self {
        Self {
            table: Loading::default(),
            marked: Place::default(),
            is_closed: false,
            logs: Vec::with_capacity(files.len()),
            progress: RecoveryProgress {
                read_bytes: 0,
                total_bytes: files.iter().map(|file| file.length).sum(),
            },
            report,
        }
    }

    /// Reads all segments, or those before the first damage.
    fn run(&mut self, files: &[SegmentFile]) -> Result<Option<Damage>, OpenError> {
        for index in 0..files.len() {
            if let Some(damage) = self.read(index, files)? {
                return Ok(Some(damage));
            }
        }
        (self.report)(RecoveryProgress {
            read_bytes: self.progress.total_bytes,
            ..self.progress
        });
        Ok(None)
    }

    fn read(&mut self, index: usize, files: &[SegmentFile]) -> Result<Option<Damage>, OpenError> {
        let file = &files[index];
        let segment = file.segment;
        let limit = went_on_at(segment, &files[index + 1..]);
        let mut end = file.head.length();
        if limit == Some(0) {
            self.push_log(file, end, true);
            return Ok(None);
        }
        let expected = self.logs.last().map(|last| Segment(last.segment.0 + 1));
        if let Some(segment) = expected.filter(|expected| file.needs(*expected)) {
            let place = Place { segment, offset: 0 };
            return Ok(Some(Damage::new(index, place, "the file is missing")));
        }
        let mut reason = Some("its head is missing");
        if file.head != Head::Unborn {
            let must_be_sealed = file.head == Head::First && index + 1 < files.len();
            (end, reason) = self.read_records(file, limit, must_be_sealed)?;
            self.push_log(file, end, false);
        }
        let place = Place {
            segment,
            offset: end,
        };
        Ok(reason.map(|reason| Damage::new(index, place, reason)))
    }

    fn push_log(&mut self, file: &SegmentFile, end: u64, is_superseded: bool) {
        self.logs.push(Log {
            segment: file.segment,
            head: file.head,
            end,
            is_superseded,
        });
    }

    /// Reads whole records up to `limit`; answers where they end, and why they end too early.
    fn read_records(
        &mut self,
        file: &SegmentFile,
        limit: Option<u64>,
        must_be_sealed: bool,
    ) -> Result<(u64, Option<&'static str>), OpenError> {
        let end = limit.map_or(file.length, |limit| limit.min(file.length));
        let mut reader = SegmentReader::open(file, end)?;
        let before = self.progress.read_bytes;
        let reason = loop {
            let place = Place {
                segment: file.segment,
                offset: reader.offset(),
            };
            match reader.next()? {
                Next::Record(content) => {
                    self.is_closed = content.changes.is_empty() && content.mark == Some(place);
                    self.marked = self.marked.max(content.mark.unwrap_or_default());
                    self.table.apply(content.changes, file.segment);
                }
                Next::Sealed if file.head == Head::First => break None,
                Next::Sealed => break Some("a record holds no changes"),
                Next::End if limit.is_some_and(|limit| place.offset < limit) => {
                    break Some("its end is missing");
                }
                Next::End if must_be_sealed && limit.is_none() => {
                    break Some("its end is missing");
                }
                Next::End => break None,
                Next::Torn(reason) => break Some(reason),
            }
            self.tell(before + reader.offset());
        };
        self.progress.read_bytes = before + file.length;
        Ok((reader.offset(), reason))
    }

    fn tell(&mut self, read_bytes: u64) {
        if read_bytes >= self.progress.read_bytes + REPORT_BYTES {
            self.progress.read_bytes = read_bytes;
            (self.report)(self.progress);
        }
    }
}

/// Where the log left `segment` for one of the `later` files: nothing counts in it behind that.
fn went_on_at(segment: Segment, later: &[SegmentFile]) -> Option<u64> {
    let places = later.iter().filter_map(|file| match file.head {
        Head::Second { previous } => Some(previous),
        Head::Unborn | Head::First => None,
    });
    let reached = places.filter(|previous| previous.segment <= segment);
    let offsets = reached.map(|previous| match previous.segment == segment {
        true => previous.offset,
        false => 0,
    });
    offsets.min()
}

/// Opens what is written to next, and what may not be on the disk yet.
fn go_on_after(
    logs: &[Log],
    marked: Place,
    disk: &dyn Disk,
    directory: &Path,
) -> io::Result<Found> {
    let mut full: VecDeque<_> = logs.iter().map(|log| (log.segment, log.end)).collect();
    let open = |segment| disk.open(&segment::path(directory, segment));
    let last = logs.last();
    let mut unsynced = Vec::new();
    for log in logs {
        let may_be_on_its_way = match log.head {
            Head::Second { .. } => log.segment >= marked.segment && !log.is_superseded,
            // Complete ones of version 1 had been synced.
            Head::First | Head::Unborn => last.is_some_and(|last| last.segment == log.segment),
        };
        if may_be_on_its_way {
            unsynced.push(OpenSegment {
                segment: log.segment,
                file: open(log.segment)?,
            });
        }
    }
    let active = match (last, unsynced.last()) {
        (Some(log), Some(opened)) if matches!(log.head, Head::Second { .. }) => {
            full.pop_back();
            Active::resume(log.segment, Arc::clone(&opened.file), log.end)
        }
        _ => {
            let previous = last.map_or(Place::default(), |last| Place {
                segment: last.segment,
                offset: last.end,
            });
            let segment = Segment(previous.segment.0 + 1);
            let active = Active::create(disk, directory, segment, previous)?;
            unsynced.push(active.open_segment());
            active
        }
    };
    Ok(Found {
        full,
        active,
        unsynced,
        marked,
        is_closed: false,
    })
}
