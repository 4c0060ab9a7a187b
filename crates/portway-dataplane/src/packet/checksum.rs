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
    // The sum is the same in any order of bytes (RFC 1071, section 2): four are read at once as this processor likes.
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    let sum = words
        .iter()
        .fold(u64::from(u32::from_ne_bytes(last)), |sum, word| {
            sum + u64::from(u32::from_ne_bytes(*word))
        });
    // At most 2^62 for the longest slice there can be; two foldings make it 32 bits and a carry, a third 32 bits.
    let sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    let sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
    let sum = (sum & 0xFFFF) + (sum >> 16);
    u16::from_be(!fold(sum as u32))
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_be_bytes(*pair))
}

fn fold(sum: u32) -> u16 {
    let sum = (sum & 0xFFFF) + (sum >> 16);
    ((sum & 0xFFFF) + (sum >> 16)) as u16
}
