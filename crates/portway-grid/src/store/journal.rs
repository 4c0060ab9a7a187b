//! The journal while the grid runs: append, begin a new segment, let go of the oldest.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::active::Active;
use super::disk::Disk;
use super::lock::DirectoryLock;
use super::recovery::Manner;
use super::segment;
use super::syncer::{OpenSegment, Syncer};
use super::{Place, WalMode, record};
use crate::engine::{Batch, Extent, Journal, JournalError, Position, Segment};

/// A segment is full when it has grown past this. Small segments keep the waste small, and with it
/// the time of a start: some 0.4 us a record, 4 ms for 10,000 entries of 400 B.
pub(super) const SMALLEST_SEGMENT_BYTES: u64 = 4 * 1024 * 1024;

/// In a large grid a segment is this part of what is alive: emptying one takes a walk over all
/// entries, which has to give back more than is appended meanwhile.
const SEGMENTS_OF_LIVE: u64 = 16;

/// No segment is larger, apart from its last record: damage is looked for in memory.
const LARGEST_SEGMENT_BYTES: u64 = 256 * 1024 * 1024;

/// The journal may be this many times as large as what is alive, plus one segment.
const WASTE_FACTOR: u64 = 2;

/// So many bytes of records wait for others at most before they are written together. The buffer of a
/// record is given back when one batch made it larger than this.
const BUFFER_BYTES: usize = 256 * 1024;

/// An append-only log in segments, whose directory this process holds.
#[derive(Debug)]
pub(crate) struct LogJournal {
    directory: PathBuf,
    disk: Arc<dyn Disk>,
    /// Complete segments and their lengths, oldest first.
    full: VecDeque<(Segment, u64)>,
    active: Active,
    smallest_segment: u64,
    segment_bytes: u64,
    mode: WalMode,
    buffer: Vec<u8>,
    /// What waits could not be written: nothing more may wait.
    is_stuck: bool,
    /// The last mark written.
    marked: Place,
    /// Where the log ended when it was last known to end with a mark of all before it.
    closed_at: Option<Place>,
    syncer: Syncer,
    _lock: DirectoryLock,
}

/// A log as it was found, ready to be gone on with.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) full: VecDeque<(Segment, u64)>,
    pub(super) active: Active,
    /// Files that may not be on the disk yet, the active one last.
    pub(super) unsynced: Vec<OpenSegment>,
    /// The last mark in the log.
    pub(super) marked: Place,
    /// Whether it ends with a mark of all before it: it was closed in peace.
    pub(super) is_closed: bool,
}

impl LogJournal {
    pub(super) fn go_on(
        found: Found,
        manner: Manner,
        directory: PathBuf,
        lock: DirectoryLock,
    ) -> io::Result<Self> {
        let end = found.active.end();
        let syncer = Syncer::start(&manner, directory.clone(), found.unsynced, end)?;
        Ok(Self {
            directory,
            smallest_segment: manner.smallest_segment,
            mode: manner.mode,
            disk: manner.disk,
            full: found.full,
            active: found.active,
            segment_bytes: manner.smallest_segment,
            buffer: Vec::new(),
            is_stuck: false,
            marked: found.marked,
            closed_at: found.is_closed.then_some(end),
            syncer,
            _lock: lock,
        })
    }

    /// Tells how far the log is on the disk.
    pub(super) fn progress(&self) -> tokio::sync::watch::Receiver<super::SyncProgress> {
        self.syncer.progress()
    }

    fn append_record(&mut self, batch: &Batch) -> io::Result<Segment> {
        self.repeat_unsafe()?;
        if self.is_stuck {
            self.write_waiting()?;
        }
        if self.active.length() >= self.segment_bytes || self.active.is_torn() {
            self.write_waiting()?;
            self.begin_segment(self.active.end())?;
        }
        let mark = self.syncer.proven().filter(|safe| *safe > self.marked);
        record::encode(batch, mark, &mut self.buffer)
            .map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))?;
        self.take_record()?;
        self.marked = mark.unwrap_or(self.marked);
        if self.buffer.capacity() > BUFFER_BYTES {
            self.buffer = Vec::new();
        }
        Ok(self.active.segment())
    }

    /// Lets the record in the buffer wait for others, or writes it where that is not possible.
    fn take_record(&mut self) -> io::Result<()> {
        if self.active.waiting() + self.buffer.len() > BUFFER_BYTES {
            self.write_waiting()?;
        }
        if self.mode == WalMode::LogOnly && self.active.reserve(self.buffer.len()) {
            self.active.let_wait(&self.buffer);
            return Ok(());
        }
        self.write_waiting()?;
        self.active.release();
        self.active.write(&self.buffer)?;
        self.syncer.note_record(&self.buffer, self.active.end());
        Ok(())
    }

    /// Hands to the operating system what waits.
    fn write_waiting(&mut self) -> io::Result<()> {
        if self.active.waiting() == 0 {
            return Ok(());
        }
        self.is_stuck = true;
        if self.active.is_torn() {
            self.begin_segment(self.active.end())?;
        }
        let written = self.active.write_waiting()?;
        self.syncer.note_record(&written, self.active.end());
        self.active.keep_room(written);
        self.is_stuck = false;
        Ok(())
    }

    /// Writes again what the disk refused, to a new segment that goes on where the log was safe. When
    /// that fails, too, the files hold no more than what was safe.
    fn repeat_unsafe(&mut self) -> io::Result<()> {
        let Some(safe) = self.syncer.failed_at() else {
            return Ok(());
        };
        self.begin_segment(safe)?;
        self.active.write(&self.syncer.kept())?;
        self.syncer.note_repeated(self.active.end());
        Ok(())
    }

    /// Creates the next segment, which goes on where `previous` says.
    fn begin_segment(&mut self, previous: Place) -> io::Result<()> {
        let segment = Segment(self.active.segment().0.saturating_add(1));
        let created = Active::create(&*self.disk, &self.directory, segment, previous)?;
        let open = created.open_segment();
        let full = self.active.leave_for(created);
        self.full.push_back(full);
        self.syncer.note_segment(open, self.active.end());
        Ok(())
    }

    fn error(&self, source: io::Error) -> JournalError {
        JournalError {
            place: self.directory.display().to_string(),
            source,
        }
    }

    fn total_bytes(&self) -> u64 {
        self.full.iter().map(|(_, length)| length).sum::<u64>() + self.active.length()
    }

    /// Marks all as safe when it is, so that the next start can tell damage from a power cut.
    fn close(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        self.active.release();
        let end = self.active.end();
        if !self.syncer.stop() || self.closed_at == Some(end) || self.active.is_torn() {
            return Ok(());
        }
        record::encode(&Batch::default(), Some(end), &mut self.buffer).map_err(io::Error::other)?;
        self.active.write(&self.buffer)?;
        self.active.sync()
    }
}

impl Journal for LogJournal {
    fn append(&mut self, batch: &Batch) -> Result<Segment, JournalError> {
        let appended = self.append_record(batch);
        appended.map_err(|source| self.error(source))
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        let written = self.write_waiting();
        written.map_err(|source| self.error(source))
    }

    fn appended(&self) -> Position {
        Position(self.syncer.appended().0 + self.active.waiting() as u64)
    }

    fn written(&self) -> Position {
        self.syncer.appended()
    }

    fn extent(&mut self) -> Result<Extent, JournalError> {
        let written = self.repeat_unsafe().and_then(|()| self.write_waiting());
        written.map_err(|source| self.error(source))?;
        let end = self.active.end();
        let active = (end.segment, end.offset);
        Ok(Extent {
            segments: self.full.iter().copied().chain([active]).collect(),
        })
    }

    fn wasteful_segment(&mut self, live_bytes: u64) -> Option<Segment> {
        self.segment_bytes =
            (live_bytes / SEGMENTS_OF_LIVE).clamp(self.smallest_segment, LARGEST_SEGMENT_BYTES);
        let (oldest, _) = self.full.front()?;
        let bound = WASTE_FACTOR * live_bytes + self.segment_bytes;
        (self.total_bytes() > bound).then_some(*oldest)
    }

    fn retire(&mut self, segment: Segment) {
        let is_oldest = (self.full.front()).is_some_and(|(oldest, _)| *oldest == segment);
        // What was moved out of it may still wait. Where it cannot be written the file stays.
        if is_oldest && self.write_waiting().is_ok() {
            self.full.pop_front();
            self.syncer.retire(segment::path(&self.directory, segment));
        }
    }
}

impl Drop for LogJournal {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            // Nothing is lost: the next start reads the log as after a crash.
            tracing::debug!(%error, "the journal was not closed in peace");
        }
    }
}
