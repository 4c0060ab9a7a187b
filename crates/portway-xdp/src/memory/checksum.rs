//! The Internet checksum (RFC 1071), over bytes that lie in several pieces.

/// A one's complement sum.
#[derive(Debug, Default)]
pub(super) struct Sum {
    /// Of big-endian words. Room for the sum of 2⁴⁸ of them, more than any packet has.
    total: u64,
    /// Whether an odd number of bytes was summed: the next one is the lower half of a word.
    odd: bool,
}

impl Sum {
    /// Adds the bytes that come next.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let sum = fold(sum(bytes));
        // The sum of bytes at odd places is that of even ones with its halves swapped (RFC 1071, section 2 B).
        self.total += u64::from(if self.odd { sum.swap_bytes() } else { sum });
        self.odd ^= bytes.len() % 2 == 1;
    }

    /// Returns the checksum as it stands in the packet. Zero is written as its other form, as the kernel does: in UDP it
    /// would say that there is none (RFC 768), and for all others both are the same.
    pub(super) fn checksum(&self) -> [u8; 2] {
        match !fold(self.total) {
            0 => [0xff, 0xff],
            checksum => checksum.to_be_bytes(),
        }
    }
}

fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let words = words
        .iter()
        .map(|word| u64::from(u32::from_be_bytes(*word)));
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    words.sum::<u64>() + u64::from(u32::from_be_bytes(last))
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Sum;

    /// RFC 1071, word for word.
    fn naive(bytes: &[u8]) -> [u8; 2] {
        let mut sum: u32 = 0;
        for pair in bytes.chunks(2) {
            let low = pair.get(1).copied().unwrap_or(0);
            sum += u32::from(u16::from_be_bytes([pair[0], low]));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        match !(sum as u16) {
            0 => [0xff, 0xff],
            checksum => checksum.to_be_bytes(),
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_length_sum_up_as_one(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        ) {
            let mut sum = Sum::default();
            pieces.iter().for_each(|piece| sum.add(piece));
            prop_assert_eq!(sum.checksum(), naive(&pieces.concat()));
        }
    }
}
