//! The journal while the grid runs: append, begin a new segment, remove the oldest.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::lock::DirectoryLock;
use super::owner_only;
use super::record;
use super::segment::{self, SEGMENT_HEADER_LENGTH};
use crate::engine::{Batch, Journal, JournalError, Segment};

/// A segment is sealed when it has grown past this. Small segments keep the waste small, and with it
/// the time of a start: some 0.4 us a record, 4 ms for 10,000 entries of 400 B.
pub(super) const SEGMENT_BYTES: u64 = 4 * 1024 * 1024;

/// The journal may be this many times as large as what is alive, plus one segment.
const WASTE_FACTOR: u64 = 2;

/// The buffer of a record is given back when one batch made it larger than this.
const BUFFER_BYTES: usize = 256 * 1024;

/// An append-only log in segments, whose directory this process holds.
#[derive(Debug)]
pub(crate) struct LogJournal {
    directory: PathBuf,
    /// Complete segments and their lengths, oldest first.
    sealed: VecDeque<(Segment, u64)>,
    active: Active,
    buffer: Vec<u8>,
    _lock: DirectoryLock,
}

/// The segment written to. Its length is that of its whole records.
#[derive(Debug)]
struct Active {
    segment: Segment,
    file: File,
    length: u64,
    /// A failed write left bytes behind that could not be cut off: nothing may follow them.
    torn: bool,
}

impl LogJournal {
    /// Begins a new segment after the ones in `sealed`.
    pub(super) fn start(
        directory: PathBuf,
        sealed: VecDeque<(Segment, u64)>,
        lock: DirectoryLock,
    ) -> io::Result<Self> {
        let segment = sealed.back().map_or(Segment(1), |(last, _)| next(*last));
        let active = Active::create(&directory, segment)?;
        Ok(Self {
            directory,
            sealed,
            active,
            buffer: Vec::new(),
            _lock: lock,
        })
    }

    /// Goes on in `segment`, which ends at `length`.
    pub(super) fn resume(
        directory: PathBuf,
        sealed: VecDeque<(Segment, u64)>,
        (segment, length): (Segment, u64),
        lock: DirectoryLock,
    ) -> io::Result<Self> {
        let file = OpenOptions::new()
            .append(true)
            .open(segment::path(&directory, segment))?;
        let active = Active {
            segment,
            file,
            length,
            torn: false,
        };
        Ok(Self {
            directory,
            sealed,
            active,
            buffer: Vec::new(),
            _lock: lock,
        })
    }

    fn append_to_active(&mut self, batch: &Batch) -> io::Result<Segment> {
        if self.active.length >= SEGMENT_BYTES {
            self.begin_segment()?;
        }
        record::encode(batch, &mut self.buffer)
            .map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))?;
        let written = self.active.write(&self.buffer);
        if self.buffer.capacity() > BUFFER_BYTES {
            self.buffer = Vec::new();
        }
        written.map(|()| self.active.segment)
    }

    /// Seals the active segment, makes it safe against a power cut, and creates the next.
    fn begin_segment(&mut self) -> io::Result<()> {
        let unsealed_length = self.active.length;
        self.active.seal()?;
        let created = Active::create(&self.directory, next(self.active.segment));
        let created = created.inspect_err(|_| self.active.cut(unsealed_length))?;
        let full = std::mem::replace(&mut self.active, created);
        self.sealed.push_back((full.segment, full.length));
        Ok(())
    }

    fn total_bytes(&self) -> u64 {
        self.sealed.iter().map(|(_, length)| length).sum::<u64>() + self.active.length
    }

    fn error(&self, source: io::Error) -> JournalError {
        JournalError {
            place: self.directory.display().to_string(),
            source,
        }
    }
}

impl Journal for LogJournal {
    fn append(&mut self, batch: &Batch) -> Result<Segment, JournalError> {
        self.append_to_active(batch)
            .map_err(|source| self.error(source))
    }

    fn wasteful_segment(&self, live_bytes: u64) -> Option<Segment> {
        let (oldest, _) = self.sealed.front()?;
        (self.total_bytes() > WASTE_FACTOR * live_bytes + SEGMENT_BYTES).then_some(*oldest)
    }

    fn retire(&mut self, segment: Segment) -> Result<(), JournalError> {
        // What was moved out of the oldest segment must be on the disk before the file goes.
        self.active
            .file
            .sync_data()
            .map_err(|source| self.error(source))?;
        if self
            .sealed
            .front()
            .is_some_and(|(oldest, _)| *oldest == segment)
        {
            std::fs::remove_file(segment::path(&self.directory, segment))
                .map_err(|source| self.error(source))?;
            self.sealed.pop_front();
        }
        Ok(())
    }
}

impl Active {
    fn create(directory: &Path, segment: Segment) -> io::Result<Self> {
        let path = segment::path(directory, segment);
        let mut file = owner_only().append(true).create_new(true).open(&path)?;
        let prepared = file
            .write_all(&segment::header(segment))
            .and_then(|()| File::open(directory)?.sync_all());
        if let Err(error) = prepared {
            // Without a header the file is worth nothing, and its name would be in the way.
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self {
            segment,
            file,
            length: SEGMENT_HEADER_LENGTH,
            torn: false,
        })
    }

    /// Appends a whole record, or leaves the segment as it was.
    fn write(&mut self, record: &[u8]) -> io::Result<()> {
        if self.torn {
            return Err(io::Error::other(
                "an earlier failed write could not be undone; restart the grid",
            ));
        }
        if let Err(error) = self.file.write_all(record) {
            self.cut(self.length);
            return Err(error);
        }
        self.length += record.len() as u64;
        Ok(())
    }

    fn seal(&mut self) -> io::Result<()> {
        let mut seal = Vec::new();
        record::encode(&Batch::default(), &mut seal).map_err(io::Error::other)?;
        self.write(&seal)?;
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) {
        self.torn = self.file.set_len(length).is_err();
        self.length = length;
    }
}

fn next(segment: Segment) -> Segment {
    Segment(segment.0.saturating_add(1))
}
