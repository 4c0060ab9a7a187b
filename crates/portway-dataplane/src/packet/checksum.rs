//! The Internet checksum: sums, and updates without reading the packet again.
//!
//! Whole checksums of packets are written and verified by smoltcp; what is here changes one where a field changed.

/// The checksum after a field changed from `old` to `new` (RFC 1624, equation 3).
///
/// ```
/// use portway_dataplane::checksum;
///
/// // The example of RFC 1624, section 4.
/// assert_eq!(checksum::update(0xDD2F, 0x5555, 0x3285), 0x0000);
/// ```
#[must_use]
pub fn update(checksum: u16, old: u16, new: u16) -> u16 {
    !fold(u32::from(!checksum) + u32::from(!old) + u32::from(new))
}

/// The checksum after bytes changed from `old` to `new`.
///
/// Both begin at an even distance from the start of what is summed, and are of one even length; a longer one is
/// taken as far as the shorter one goes.
#[must_use]
pub fn update_bytes(checksum: u16, old: &[u8], new: &[u8]) -> u16 {
    pairs(old)
        .zip(pairs(new))
        .fold(checksum, |sum, (old, new)| {
            if old == new {
                sum
            } else {
                update(sum, old, new)
            }
        })
}

/// The checksum of bytes: the one's complement of their one's complement sum.
#[must_use]
#[inline]
pub fn of(bytes: &[u8]) -> u16 {
    complement(sum(bytes))
}

/// A sum over bytes, for a checksum of several pieces: add those of the pieces, all but the last of which have an even
/// length, then take the [`complement`].
#[must_use]
#[inline]
pub fn sum(bytes: &[u8]) -> u64 {
    // Four bytes at a time, in the machine's order: a one's complement sum is the same in any, but for the order of its
    // own two bytes (RFC 1071, section 2).
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(0, |sum: u64, word| {
        sum + u64::from(u32::from_ne_bytes(*word))
    });
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    let sum = fold_wide(sum + u64::from(u32::from_ne_bytes(last)));
    u64::from(u16::from_be_bytes(sum.to_ne_bytes()))
}

/// The checksum that a sum leads to.
#[must_use]
#[inline]
pub fn complement(sum: u64) -> u16 {
    !fold_wide(sum)
}

/// Two foldings leave at most 17 bits of any sum of a slice, one more leaves 16.
#[inline]
fn fold_wide(sum: u64) -> u16 {
    let sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    let sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    fold(((sum & 0xFFFF) + (sum >> 16)) as u32)
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_be_bytes(*pair))
}

fn fold(sum: u32) -> u16 {
    let sum = (sum & 0xFFFF) + (sum >> 16);
    ((sum & 0xFFFF) + (sum >> 16)) as u16
}
