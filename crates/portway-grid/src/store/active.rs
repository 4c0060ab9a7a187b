//! The segment that is written to.
//!
//! With [`WalMode::LogOnly`](super::WalMode) records wait for others, so that one call to the operating
//! system takes those of many changes: no answer leaves before they are written. Room for what waits
//! is reserved on the disk first, so that a full disk is told to the writer whose record does not fit.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Place;
use super::disk::{Disk, LogFile};
use super::segment::{self, SEGMENT_HEADER_LENGTH};
use super::syncer::OpenSegment;
use crate::engine::Segment;

/// Room on the disk is reserved in steps of so many bytes. What is left of the last one is given back
/// when the segment is full.
const RESERVED_STEP: u64 = 1024 * 1024;

/// The memory of records that waited is kept for the next ones up to here.
const KEPT_BYTES: usize = 256 * 1024;

/// The segment written to.
#[derive(Debug)]
pub(super) struct Active {
    segment: Segment,
    file: Arc<dyn LogFile>,
    /// Of the whole records that the operating system has.
    written: u64,
    /// Records behind these.
    waiting: Vec<u8>,
    /// The disk has room for the file up to here.
    reserved: u64,
    /// Of an attempt to reserve more, the disk may keep a part.
    has_leftovers: bool,
    /// A failed write left bytes behind that could not be cut off: nothing may follow them here.
    is_torn: bool,
}

impl Active {
    pub(super) fn create(
        disk: &dyn Disk,
        directory: &Path,
        segment: Segment,
        previous: Place,
    ) -> io::Result<Self> {
        let path = segment::path(directory, segment);
        let file = disk.create(&path).or_else(|error| match error.kind() {
            // Left from an attempt that could be neither finished nor undone.
            io::ErrorKind::AlreadyExists => disk.open(&path).and_then(|file| {
                file.cut(0)?;
                Ok(file)
            }),
            _ => Err(error),
        })?;
        if let Err(error) = file.append(&segment::header(segment, previous)) {
            // Without a header the file is worth nothing, and its name would be in the way.
            let _ = disk.remove(&path);
            return Err(error);
        }
        Ok(Self::resume(segment, file, SEGMENT_HEADER_LENGTH))
    }

    pub(super) fn resume(segment: Segment, file: Arc<dyn LogFile>, written: u64) -> Self {
        Self {
            segment,
            file,
            written,
            waiting: Vec::new(),
            reserved: 0,
            has_leftovers: false,
            is_torn: false,
        }
    }

    pub(super) fn open_segment(&self) -> OpenSegment {
        OpenSegment {
            segment: self.segment,
            file: Arc::clone(&self.file),
        }
    }

    pub(super) fn segment(&self) -> Segment {
        self.segment
    }

    /// Where the records that the operating system has end.
    pub(super) fn end(&self) -> Place {
        Place {
            segment: self.segment,
            offset: self.written,
        }
    }

    /// Bytes of all its records.
    pub(super) fn length(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_torn(&self) -> bool {
        self.is_torn
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    /// Makes room on the disk for a record of so many bytes behind those that wait. Without it the
    /// record must not wait.
    pub(super) fn reserve(&mut self, bytes: usize) -> bool {
        let needed = self.length() + bytes as u64;
        if needed > self.reserved {
            let up_to = needed.next_multiple_of(RESERVED_STEP);
            let from = self.reserved.max(self.written);
            if let Err(error) = self.file.reserve(from, up_to) {
                self.has_leftovers = error.kind() != io::ErrorKind::Unsupported;
                return false;
            }
            self.reserved = up_to;
        }
        true
    }

    /// Gives back the room on the disk that no record has taken. Nothing may wait.
    pub(super) fn release(&mut self) {
        let has_room = self.reserved > self.written || self.has_leftovers;
        if has_room && !self.is_torn {
            // What stays reserved is a waste, and no more.
            let _ = self.file.cut(self.written);
        }
        self.reserved = 0;
        self.has_leftovers = false;
    }

    /// Lets a record wait, for which room is reserved.
    pub(super) fn let_wait(&mut self, record: &[u8]) {
        self.waiting.extend_from_slice(record);
    }

    /// Writes what waits and answers it, or leaves all as it was.
    pub(super) fn write_waiting(&mut self) -> io::Result<Vec<u8>> {
        let waiting = std::mem::take(&mut self.waiting);
        if let Err(error) = self.write(&waiting) {
            self.waiting = waiting;
            return Err(error);
        }
        Ok(waiting)
    }

    /// Keeps the memory of records that waited for the next ones.
    pub(super) fn keep_room(&mut self, mut written: Vec<u8>) {
        if written.capacity() <= KEPT_BYTES {
            written.clear();
            self.waiting = written;
        }
    }

    /// Appends whole records, or leaves the segment as it was. Nothing may wait.
    pub(super) fn write(&mut self, records: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.append(records) {
            self.is_torn = self.file.cut(self.written).is_err();
            self.reserved = 0;
            return Err(error);
        }
        self.written += records.len() as u64;
        Ok(())
    }

    /// Gives way to another segment, which takes what waits. Answers what is left behind.
    pub(super) fn leave_for(&mut self, mut next: Self) -> (Segment, u64) {
        next.waiting = std::mem::take(&mut self.waiting);
        self.release();
        let left = std::mem::replace(self, next);
        (left.segment, left.written)
    }
}
