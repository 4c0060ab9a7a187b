//! One file of the journal: its name, its header, and its records read in order.
//!
//! ```text
//! version 3: "PTWYGRID" (8) | 3 (4) | segment (4) | previous segment (4) | its length (8) | CRC-32 (4) | record*
//! version 1: "PTWYGRID" (8) | 1 (4) | segment (4) | record* | empty record
//! ```
//! Version 2 has the header of version 3, and no keys of views. The header says where the log went on from: what stands behind that place in
//! earlier segments does not count. The checksum is that of the 28 bytes before it.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::record::{self, Content, HEADER_LENGTH};
use super::{FORMAT_VERSION, OpenError, Place};
use crate::engine::Segment;

const MAGIC: &[u8; 8] = b"PTWYGRID";

/// Bytes before the first record.
pub(super) const SEGMENT_HEADER_LENGTH: u64 = 32;

/// Bytes before the first record in version 1.
const HEADER_LENGTH_1: u64 = 16;

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

/// The header of a segment that goes on where `previous` says.
pub(super) fn header(segment: Segment, previous: Place) -> [u8; SEGMENT_HEADER_LENGTH as usize] {
    let mut header = [0; SEGMENT_HEADER_LENGTH as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&segment.0.to_le_bytes());
    header[16..20].copy_from_slice(&previous.segment.0.to_le_bytes());
    header[20..28].copy_from_slice(&previous.offset.to_le_bytes());
    let checksum = crc32fast::hash(&header[..28]);
    header[28..].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// What the header of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// It never reached the disk: too short, or nothing but zeros.
    Unborn,
    /// Version 1: sealed by an empty record.
    First,
    /// Versions 2 and 3: goes on where this place says.
    Second { previous: Place },
}

impl Head {
    /// Where the first record begins.
    pub(super) fn length(self) -> u64 {
        match self {
            Self::Unborn => 0,
            Self::First => HEADER_LENGTH_1,
            Self::Second { .. } => SEGMENT_HEADER_LENGTH,
        }
    }
}

/// A segment as it lies in the directory.
#[derive(Debug)]
pub(super) struct SegmentFile {
    pub(super) segment: Segment,
    pub(super) path: PathBuf,
    pub(super) head: Head,
    pub(super) length: u64,
}

impl SegmentFile {
    pub(super) fn look(directory: &Path, segment: Segment) -> Result<Self, OpenError> {
        let path = path(directory, segment);
        let mut file = File::open(&path).map_err(OpenError::io(&path))?;
        let length = file.metadata().map_err(OpenError::io(&path))?.len();
        let mut bytes = Vec::new();
        file.by_ref()
            .take(SEGMENT_HEADER_LENGTH)
            .read_to_end(&mut bytes)
            .map_err(OpenError::io(&path))?;
        let head = read_head(&path, &bytes, segment)?;
        Ok(Self {
            segment,
            path,
            head,
            length,
        })
    }

    /// Whether this is not `segment`, and `segment` has to be there before it.
    pub(super) fn needs(&self, segment: Segment) -> bool {
        let goes_on_before = match self.head {
            Head::Second { previous } => previous.segment < segment,
            Head::Unborn | Head::First => false,
        };
        self.segment != segment && !goes_on_before
    }
}

fn read_head(path: &Path, bytes: &[u8], segment: Segment) -> Result<Head, OpenError> {
    let corrupt = |reason| OpenError::Corrupt {
        path: path.to_owned(),
        offset: 0,
        reason,
    };
    let zeros = bytes.iter().all(|byte| *byte == 0);
    // Power cuts leave zeros and beginnings, not other bytes: what is short may still be a foreign file.
    if !zeros && !bytes.iter().zip(MAGIC).all(|(byte, magic)| byte == magic) {
        return Err(corrupt("it is not a grid journal"));
    }
    if zeros || bytes.len() < HEADER_LENGTH_1 as usize {
        return Ok(Head::Unborn);
    }
    let head = match word(bytes, 8) {
        1 => Head::First,
        2 | FORMAT_VERSION => match second_head(bytes) {
            Ok(Some(head)) => head,
            Ok(None) => return Ok(Head::Unborn),
            Err(reason) => return Err(corrupt(reason)),
        },
        found => {
            return Err(OpenError::UnknownFormat {
                path: path.to_owned(),
                found,
            });
        }
    };
    if word(bytes, 12) != segment.0 {
        return Err(corrupt("its number is not that of its name"));
    }
    Ok(head)
}

/// `Ok(None)`: cut off.
fn second_head(bytes: &[u8]) -> Result<Option<Head>, &'static str> {
    let Some(header) = bytes.first_chunk::<{ SEGMENT_HEADER_LENGTH as usize }>() else {
        return Ok(None);
    };
    if crc32fast::hash(&header[..28]) != word(header, 28) {
        return Err("its head is damaged");
    }
    let (low, high) = (word(header, 20), word(header, 24));
    let previous = Place {
        segment: Segment(word(header, 16)),
        offset: u64::from(low) | u64::from(high) << 32,
    };
    Ok(Some(Head::Second { previous }))
}

/// The little-endian number at `start`; zero behind the end.
fn word(bytes: &[u8], start: usize) -> u32 {
    let word = bytes.get(start..).and_then(|rest| rest.first_chunk::<4>());
    word.map_or(0, |word| u32::from_le_bytes(*word))
}

/// What comes next in a segment.
pub(super) enum Next<'a> {
    Record(Content<'a>),
    /// The empty record of version 1: nothing follows.
    Sealed,
    /// The segment ends after a whole record.
    End,
    /// What follows is no whole record.
    Torn(&'static str),
}

/// Reads the records of one segment and knows where the last whole one ended.
pub(super) struct SegmentReader {
    path: PathBuf,
    file: BufReader<File>,
    /// Where the records end.
    end: u64,
    offset: u64,
    payload: Vec<u8>,
}

impl SegmentReader {
    /// Reads the records of `segment` before `end`.
    pub(super) fn open(segment: &SegmentFile, end: u64) -> Result<Self, OpenError> {
        let path = segment.path.clone();
        let offset = segment.head.length();
        let opened = File::open(&path).and_then(|mut file| {
            io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
            Ok(BufReader::with_capacity(READ_BUFFER_BYTES, file))
        });
        Ok(Self {
            file: opened.map_err(OpenError::io(&path))?,
            path,
            end,
            offset,
            payload: Vec::new(),
        })
    }

    /// Where the last whole record ended.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the next record. After anything but a record there is nothing more to read.
    pub(super) fn next(&mut self) -> Result<Next<'_>, OpenError> {
        let left = self.end.saturating_sub(self.offset);
        if left == 0 {
            return Ok(Next::End);
        }
        if left < HEADER_LENGTH as u64 {
            return Ok(Next::Torn("the head of a record is cut off"));
        }
        let torn = self.read_payload(left);
        if let Some(reason) = torn.map_err(OpenError::io(&self.path))? {
            return Ok(Next::Torn(reason));
        }
        let Some(content) = record::decode(&self.payload) else {
            return Ok(Next::Torn("a record holds no changes"));
        };
        self.offset += (HEADER_LENGTH + self.payload.len()) as u64;
        Ok(if self.payload.is_empty() {
            Next::Sealed
        } else {
            Next::Record(content)
        })
    }

    /// Reads the payload of the next record; answers what is wrong with it.
    fn read_payload(&mut self, left: u64) -> io::Result<Option<&'static str>> {
        let (payload_length, expected) = (self.read_word()?, self.read_word()?);
        let length = u32::from_le_bytes(payload_length);
        if HEADER_LENGTH as u64 + u64::from(length) > left {
            return Ok(Some("a record is cut off"));
        }
        self.payload.resize(length as usize, 0);
        self.file.read_exact(&mut self.payload)?;
        let is_right =
            record::checksum(payload_length, &self.payload) == u32::from_le_bytes(expected);
        Ok((!is_right).then_some("the checksum of a record is wrong"))
    }

    fn read_word(&mut self) -> io::Result<[u8; 4]> {
        let mut word = [0; 4];
        self.file.read_exact(&mut word)?;
        Ok(word)
    }
}
