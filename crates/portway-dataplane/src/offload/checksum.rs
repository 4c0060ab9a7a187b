//! The Internet checksum (RFC 1071), summed four bytes at a time in the machine's own order,
//! which the sum does not depend on.

/// Adds up a slice that begins at an even offset of what is summed in all.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(4);
    let whole = words.by_ref().map(|word| {
        let word: [u8; 4] = word.try_into().unwrap_or_default();
        u64::from(u32::from_ne_bytes(word))
    });
    let total: u64 = whole.sum();
    let rest = words.remainder();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    total + u64::from(u32::from_ne_bytes(last))
}

/// Folds a sum to 16 bits, as they stand in memory.
pub(super) fn fold(sum: u64) -> [u8; 2] {
    let mut folded = (sum & 0xffff_ffff) + (sum >> 32);
    while folded > 0xffff {
        folded = (folded & 0xffff) + (folded >> 16);
    }
    // The loop left at most 16 bits.
    (folded as u16).to_ne_bytes()
}

/// The checksum of a sum, as it stands in memory.
pub(super) fn finish(sum: u64) -> [u8; 2] {
    fold(sum).map(|byte| !byte)
}

/// Adds up the pseudo header: the addresses, the protocol and the length of what is transported.
pub(super) fn pseudo_header(addresses: &[u8], protocol: u8, length: usize) -> u64 {
    // The length of a packet fits, since its own field is no longer.
    let length = (length as u16).to_be_bytes();
    sum(addresses) + sum(&[0, protocol, length[0], length[1]])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 1071, word for word.
    fn naive(bytes: &[u8]) -> [u8; 2] {
        let mut sum: u32 = 0;
        for pair in bytes.chunks(2) {
            let low = pair.get(1).copied().unwrap_or(0);
            sum += u32::from(u16::from_be_bytes([pair[0], low]));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        (sum as u16).to_be_bytes()
    }

    proptest! {
        #[test]
        fn the_fast_sum_agrees_with_the_slow_one(
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            prop_assert_eq!(fold(sum(&bytes)), naive(&bytes));
        }
    }

    #[test]
    fn a_sum_with_its_checksum_is_all_ones() {
        let mut header =
            *b"\x45\x00\x00\x54\x12\x34\x40\x00\x40\x01\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02";
        let checksum = finish(sum(&header));
        header[10..12].copy_from_slice(&checksum);
        assert_eq!(fold(sum(&header)), [0xff, 0xff]);
    }
}
