//! Which frames the kernel has.

/// One bit for each chunk of a region: set while the frame is lent to the kernel by this end of a socket.
///
/// It is what makes the kernel's word checkable: an address it names becomes a frame again only if that very frame was lent. And it
/// says what to give back when the socket closes.
#[derive(Debug)]
pub(super) struct Lent {
    words: Box<[u64]>,
    count: u32,
}

impl Lent {
    pub(super) fn new(chunks: u32) -> Self {
        Self {
            words: vec![0; chunks.div_ceil(u64::BITS) as usize].into(),
            count: 0,
        }
    }

    /// Notes that the frame was lent; the caller held it.
    #[inline]
    pub(super) fn lend(&mut self, index: u32) {
        let (word, bit) = place(index);
        debug_assert_eq!(self.words[word] & bit, 0, "a frame is lent once");
        self.words[word] |= bit;
        self.count += 1;
    }

    /// Takes a frame back and returns whether it was lent at all.
    #[inline]
    #[must_use]
    pub(super) fn reclaim(&mut self, index: u32) -> bool {
        let (word, bit) = place(index);
        let was_lent = self.words.get(word).is_some_and(|lent| lent & bit != 0);
        if was_lent {
            self.words[word] &= !bit;
            self.count -= 1;
        }
        was_lent
    }

    /// Returns how many frames are lent.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Returns the frames that are lent.
    pub(super) fn indices(&self) -> impl Iterator<Item = u32> {
        self.words
            .iter()
            .zip(0_u32..)
            .flat_map(|(&word, position)| {
                (0..u64::BITS)
                    .filter(move |bit| word >> bit & 1 == 1)
                    .map(move |bit| position * u64::BITS + bit)
            })
    }
}

fn place(index: u32) -> (usize, u64) {
    ((index / u64::BITS) as usize, 1 << (index % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::Lent;

    #[test]
    fn a_frame_comes_back_once_and_only_if_it_was_lent() {
        let mut lent = Lent::new(130);
        [0, 64, 129].into_iter().for_each(|index| lent.lend(index));
        assert!(lent.reclaim(64));
        assert!(!lent.reclaim(64));
        assert!(!lent.reclaim(5));
        assert!(!lent.reclaim(100_000));
        assert_eq!(lent.indices().collect::<Vec<_>>(), [0, 129]);
        assert_eq!(lent.count(), 2);
    }
}
