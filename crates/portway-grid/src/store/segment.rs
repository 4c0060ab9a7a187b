//! One file of the journal: its name, its header, and its records read in order.
//!
//! ```text
//! "PTWYGRID" (8) | format version (4) | segment number (4) | record*
//! ```

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::record::{self, HEADER_LENGTH};
use super::{FORMAT_VERSION, OpenError};
use crate::engine::{Batch, Segment};

const MAGIC: &[u8; 8] = b"PTWYGRID";

/// Bytes before the first record.
pub(super) const SEGMENT_HEADER_LENGTH: u64 = 16;

/// Read-ahead while a segment is replayed: few system calls, little memory.
const READ_BUFFER_BYTES: usize = 64 * 1024;

pub(super) fn path(directory: &Path, segment: Segment) -> PathBuf {
    directory.join(format!("grid-{:010}.log", segment.0))
}

/// The segment a file name stands for; `None` for other files.
pub(super) fn number(file_name: &str) -> Option<Segment> {
    let digits = file_name.strip_prefix("grid-")?.strip_suffix(".log")?;
    digits.parse().ok().map(Segment)
}

pub(super) fn header(segment: Segment) -> [u8; SEGMENT_HEADER_LENGTH as usize] {
    let mut header = [0; SEGMENT_HEADER_LENGTH as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    header[12..].copy_from_slice(&segment.0.to_le_bytes());
    header
}

/// What comes next in a segment.
pub(super) enum Next {
    Batch(Batch),
    /// The empty record: nothing follows.
    Sealed,
    /// The file ends after a whole record.
    End,
    /// What follows is no whole record.
    Torn(&'static str),
}

/// Reads the records of one segment and knows where the last whole one ended.
pub(super) struct SegmentReader {
    path: PathBuf,
    file: BufReader<File>,
    length: u64,
    offset: u64,
    payload: Vec<u8>,
}

impl SegmentReader {
    /// Opens a segment and checks its header. `Ok(None)`: too short to have one.
    pub(super) fn open(path: PathBuf, segment: Segment) -> Result<Option<Self>, OpenError> {
        let file = File::open(&path).map_err(OpenError::io(&path))?;
        let length = file.metadata().map_err(OpenError::io(&path))?.len();
        if length < SEGMENT_HEADER_LENGTH {
            return Ok(None);
        }
        let mut file = BufReader::with_capacity(READ_BUFFER_BYTES, file);
        let mut found = [0; SEGMENT_HEADER_LENGTH as usize];
        file.read_exact(&mut found).map_err(OpenError::io(&path))?;
        check_header(&path, &found, segment)?;
        let offset = SEGMENT_HEADER_LENGTH;
        Ok(Some(Self {
            path,
            file,
            length,
            offset,
            payload: Vec::new(),
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the last whole record ended.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the next record. After anything but a batch there is nothing more to read.
    pub(super) fn next(&mut self) -> Result<Next, OpenError> {
        let left = self.length - self.offset;
        if left == 0 {
            return Ok(Next::End);
        }
        if left < HEADER_LENGTH as u64 {
            return Ok(Next::Torn("the head of a record is cut off"));
        }
        self.read_record(left).map_err(OpenError::io(&self.path))
    }

    fn read_record(&mut self, left: u64) -> io::Result<Next> {
        let (payload_length, expected) = (self.read_word()?, self.read_word()?);
        let record_length = HEADER_LENGTH as u64 + u64::from(u32::from_le_bytes(payload_length));
        if record_length > left {
            return Ok(Next::Torn("a record is cut off"));
        }
        self.payload
            .resize(u32::from_le_bytes(payload_length) as usize, 0);
        self.file.read_exact(&mut self.payload)?;
        if record::checksum(payload_length, &self.payload) != u32::from_le_bytes(expected) {
            return Ok(Next::Torn("the checksum of a record is wrong"));
        }
        let Some(batch) = record::decode(&self.payload) else {
            return Ok(Next::Torn("a record holds no changes"));
        };
        self.offset += record_length;
        Ok(if batch.is_empty() {
            Next::Sealed
        } else {
            Next::Batch(batch)
        })
    }

    fn read_word(&mut self) -> io::Result<[u8; 4]> {
        let mut word = [0; 4];
        self.file.read_exact(&mut word)?;
        Ok(word)
    }
}

fn check_header(path: &Path, found: &[u8; 16], segment: Segment) -> Result<(), OpenError> {
    let corrupt = |reason| OpenError::Corrupt {
        path: path.to_owned(),
        offset: 0,
        reason,
    };
    let [magic @ .., v0, v1, v2, v3, n0, n1, n2, n3] = *found;
    if magic != *MAGIC {
        return Err(corrupt("it is not a grid journal"));
    }
    let version = u32::from_le_bytes([v0, v1, v2, v3]);
    if version != FORMAT_VERSION {
        return Err(OpenError::UnknownFormat {
            path: path.to_owned(),
            found: version,
        });
    }
    if u32::from_le_bytes([n0, n1, n2, n3]) != segment.0 {
        return Err(corrupt("its number is not that of its name"));
    }
    Ok(())
}
