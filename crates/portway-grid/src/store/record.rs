//! The bytes of one record: a batch with its length and checksum.
//!
//! ```text
//! payload length (4) | CRC-32 of length and payload (4) | payload
//! payload: mark? change*
//! mark:    4 | segment (4) | offset (8)                          all before this place is on the disk
//! change:  1 | key length (4) | key | value length (4) | value   put
//!          2 | key length (4) | key                              delete
//!          3 | key length (4) | key                              delete prefix
//! ```
//! Integers are little-endian. Version 1 had no marks; an empty payload ended its segments.

use super::Place;
use crate::engine::{Batch, ChangeView, Segment};

/// Length and checksum before each payload.
pub(super) const HEADER_LENGTH: usize = 8;

/// What a search for records behind damage may cost, some tenths of a second: whoever chose the
/// bytes of a long value must not choose how long a start takes.
const SEARCHED_BYTES: usize = 1 << 30;

const PUT: u8 = 1;
const DELETE: u8 = 2;
const DELETE_PREFIX: u8 = 3;
const MARK: u8 = 4;

/// What a record holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'a> {
    pub(super) mark: Option<Place>,
    pub(super) changes: Changes<'a>,
}

/// The changes of a payload that holds nothing else, in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changes<'a>(&'a [u8]);

/// A batch too large for a record's 32-bit length.
#[derive(Debug, thiserror::Error)]
#[error("the change is larger than a journal record can be")]
pub(super) struct RecordTooLarge;

/// Writes the record of `batch`, with a mark if there is news, over `buffer`.
pub(super) fn encode(
    batch: &Batch,
    mark: Option<Place>,
    buffer: &mut Vec<u8>,
) -> Result<(), RecordTooLarge> {
    buffer.clear();
    buffer.extend_from_slice(&[0; HEADER_LENGTH]);
    if let Some(Place { segment, offset }) = mark {
        buffer.push(MARK);
        buffer.extend_from_slice(&segment.0.to_le_bytes());
        buffer.extend_from_slice(&offset.to_le_bytes());
    }
    for change in batch.views() {
        encode_change(change, buffer)?;
    }
    let payload_length = length_field(&buffer[HEADER_LENGTH..])?;
    buffer[..4].copy_from_slice(&payload_length);
    let checksum = checksum(payload_length, &buffer[HEADER_LENGTH..]);
    buffer[4..HEADER_LENGTH].copy_from_slice(&checksum.to_le_bytes());
    Ok(())
}

fn encode_change(change: ChangeView<'_>, buffer: &mut Vec<u8>) -> Result<(), RecordTooLarge> {
    match change {
        ChangeView::Put { key, value } => {
            buffer.push(PUT);
            encode_bytes(key, buffer)?;
            encode_bytes(value, buffer)
        }
        ChangeView::Delete { key } => {
            buffer.push(DELETE);
            encode_bytes(key, buffer)
        }
        ChangeView::DeletePrefix { prefix } => {
            buffer.push(DELETE_PREFIX);
            encode_bytes(prefix, buffer)
        }
    }
}

fn encode_bytes(bytes: &[u8], buffer: &mut Vec<u8>) -> Result<(), RecordTooLarge> {
    buffer.extend_from_slice(&length_field(bytes)?);
    buffer.extend_from_slice(bytes);
    Ok(())
}

fn length_field(bytes: &[u8]) -> Result<[u8; 4], RecordTooLarge> {
    u32::try_from(bytes.len())
        .map(u32::to_le_bytes)
        .map_err(|_| RecordTooLarge)
}

pub(super) fn checksum(payload_length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&payload_length);
    hasher.update(payload);
    hasher.finalize()
}

/// Reads a payload whose checksum was right; `None` when it is no list of changes.
pub(super) fn decode(mut payload: &[u8]) -> Option<Content<'_>> {
    let mark = match payload.first() {
        Some(&MARK) => Some(take_mark(&mut payload)?),
        _ => None,
    };
    let changes = Changes(payload);
    while !payload.is_empty() {
        take_change(&mut payload)?;
    }
    Some(Content { mark, changes })
}

impl Changes<'_> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for Changes<'a> {
    type Item = ChangeView<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        take_change(&mut self.0)
    }
}

/// Whether a whole record that `proves` damage begins somewhere behind the first byte.
///
/// The search costs at most `SEARCHED_BYTES` of checksums: after that, nothing was found.
pub(super) fn any_behind(damaged: &[u8], proves: impl Fn(Content<'_>) -> bool) -> bool {
    let mut left = SEARCHED_BYTES;
    for start in 1..damaged.len() {
        let Some(candidate) = Candidate::at(&damaged[start..]) else {
            continue;
        };
        if candidate.content().is_some_and(&proves) {
            return true;
        }
        match left.checked_sub(candidate.payload.len()) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    false
}

/// Bytes that may be a record.
struct Candidate<'a> {
    payload_length: [u8; 4],
    expected: u32,
    payload: &'a [u8],
}

impl<'a> Candidate<'a> {
    /// Looks at the cheap signs: most places of a file show none.
    fn at(bytes: &'a [u8]) -> Option<Self> {
        let (payload_length, rest) = bytes.split_first_chunk::<4>()?;
        let (expected, rest) = rest.split_first_chunk::<4>()?;
        let payload = rest.get(..u32::from_le_bytes(*payload_length) as usize)?;
        let begins_well = matches!(payload.first(), None | Some(&(PUT..=MARK)));
        begins_well.then_some(Self {
            payload_length: *payload_length,
            expected: u32::from_le_bytes(*expected),
            payload,
        })
    }

    fn content(&self) -> Option<Content<'a>> {
        let is_whole = checksum(self.payload_length, self.payload) == self.expected;
        is_whole.then(|| decode(self.payload)).flatten()
    }
}

fn take_mark(payload: &mut &[u8]) -> Option<Place> {
    let (segment, rest) = payload[1..].split_first_chunk::<4>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    *payload = rest;
    Some(Place {
        segment: Segment(u32::from_le_bytes(*segment)),
        offset: u64::from_le_bytes(*offset),
    })
}

fn take_change<'a>(payload: &mut &'a [u8]) -> Option<ChangeView<'a>> {
    let (&kind, rest) = payload.split_first()?;
    *payload = rest;
    let key = take_bytes(payload)?;
    Some(match kind {
        PUT => ChangeView::Put {
            key,
            value: take_bytes(payload)?,
        },
        DELETE => ChangeView::Delete { key },
        DELETE_PREFIX => ChangeView::DeletePrefix { prefix: key },
        _ => return None,
    })
}

fn take_bytes<'a>(payload: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = payload.split_first_chunk::<4>()?;
    let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *payload = rest;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: Option<Place> = Some(Place {
        segment: Segment(3),
        offset: 1 << 33,
    });

    #[test]
    fn a_batch_comes_back_as_it_was() {
        let mut batch = Batch::default();
        batch.put([1u8, 2], [3u8]);
        batch.delete([4u8]);
        batch.delete_prefix([] as [u8; 0]);
        for mark in [None, MARKED] {
            let mut buffer = Vec::new();
            encode(&batch, mark, &mut buffer).unwrap();
            let decoded = decode(&buffer[HEADER_LENGTH..]).unwrap();
            assert_eq!(decoded.mark, mark);
            assert!(decoded.changes.eq(batch.views()));
        }
    }

    #[test]
    fn a_value_full_of_what_looks_like_records_is_not_searched_for_ever() {
        // At every fourth place begins what may be a record of 1 MiB.
        let bytes = [1, 0, 16, 0].repeat(1 << 21);
        let start = std::time::Instant::now();
        assert!(!any_behind(&bytes, |_| true));
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    }

    #[test]
    fn a_payload_cut_anywhere_inside_a_change_is_refused() {
        let mut batch = Batch::default();
        batch.put([1u8, 2], [3u8, 4, 5]);
        let mut buffer = Vec::new();
        encode(&batch, MARKED, &mut buffer).unwrap();
        let payload = &buffer[HEADER_LENGTH..];
        // After the mark alone it is whole: a mark needs no changes.
        for cut in (1..payload.len()).filter(|cut| *cut != 13) {
            assert!(decode(&payload[..cut]).is_none(), "cut at {cut}");
        }
    }
}
