//! How an entry lies in its slot.
//!
//! ```text
//! segment (4) | key length (1 to 5) | value length (1 to 5) | key | value
//! ```
//! Lengths have seven bits a byte, the lowest first; the highest bit says that there are more.

use crate::engine::journal::Segment;

/// Bytes of the segment's number.
const SEGMENT_LENGTH: usize = 4;

const MORE: u8 = 0x80;

/// A key, its value, and the segment of the journal that the value was last written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) segment: Segment,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Bytes that it takes.
    pub(super) fn length(self) -> usize {
        let (key, value) = (self.key.len(), self.value.len());
        SEGMENT_LENGTH + length_bytes(key) + length_bytes(value) + key + value
    }

    /// Writes it to the beginning of a slot.
    pub(super) fn write(self, slot: &mut [u8]) {
        slot[..SEGMENT_LENGTH].copy_from_slice(&self.segment.0.to_le_bytes());
        let mut rest = &mut slot[SEGMENT_LENGTH..];
        rest = write_length(self.key.len(), rest);
        rest = write_length(self.value.len(), rest);
        let (key, rest) = rest.split_at_mut(self.key.len());
        key.copy_from_slice(self.key);
        rest[..self.value.len()].copy_from_slice(self.value);
    }

    /// The key alone of what [`write`](Self::write) has written.
    pub(super) fn key(slot: &'a [u8]) -> &'a [u8] {
        let (key_length, rest) = read_length(&slot[SEGMENT_LENGTH..]);
        let (_, rest) = read_length(rest);
        &rest[..key_length]
    }

    /// Reads what [`write`](Self::write) has written.
    pub(super) fn read(slot: &'a [u8]) -> Self {
        let (segment, rest) = slot.split_at(SEGMENT_LENGTH);
        let segment = segment.iter().rev();
        let segment = segment.fold(0, |number, byte| number << 8 | u32::from(*byte));
        let (key_length, rest) = read_length(rest);
        let (value_length, rest) = read_length(rest);
        let (key, rest) = rest.split_at(key_length);
        Self {
            segment: Segment(segment),
            key,
            value: &rest[..value_length],
        }
    }
}

fn length_bytes(length: usize) -> usize {
    let bits = usize::BITS - length.leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

fn write_length(length: usize, slot: &mut [u8]) -> &mut [u8] {
    let (bytes, rest) = slot.split_at_mut(length_bytes(length));
    let mut left = length;
    for byte in bytes.iter_mut() {
        *byte = left as u8 | MORE;
        left >>= 7;
    }
    if let Some(last) = bytes.last_mut() {
        *last &= !MORE;
    }
    rest
}

fn read_length(slot: &[u8]) -> (usize, &[u8]) {
    // Nearly all keys and most values are this short.
    if let Some((first, rest)) = slot.split_first()
        && first & MORE == 0
    {
        return (usize::from(*first), rest);
    }
    let more = slot.iter().take_while(|byte| *byte & MORE != 0).count();
    let (bytes, rest) = slot.split_at(more + 1);
    let bits = bytes.iter().rev().map(|byte| usize::from(byte & !MORE));
    (bits.fold(0, |length, bits| length << 7 | bits), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_from_a_slot_that_is_longer() {
        let bytes = vec![7; 70_000];
        for key_length in [0, 1, 127, 128, 16_384, 70_000] {
            for value_length in [0, 127, 128, 16_383, 16_384] {
                let entry = Entry {
                    segment: Segment(0x0102_0304),
                    key: &bytes[..key_length],
                    value: &bytes[..value_length],
                };
                let mut slot = vec![0xff; entry.length() + 9];
                entry.write(&mut slot);
                assert_eq!(Entry::read(&slot), entry);
                assert_eq!(Entry::key(&slot), entry.key);
                assert!(slot[entry.length()..].iter().all(|byte| *byte == 0xff));
            }
        }
    }
}
