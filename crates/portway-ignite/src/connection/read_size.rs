//! How much to read at once.

use bytes::BytesMut;

/// Several small answers, and little memory while a connection is idle.
const LEAST: usize = 16 * 1024;
/// Few system calls for what thousands of requests in flight bring.
const GREATEST: usize = 256 * 1024;

/// The room for one system call of reading: it grows while reads fill it, and shrinks again.
#[derive(Debug)]
pub(crate) struct ReadSize(usize);

impl Default for ReadSize {
    fn default() -> Self {
        Self(LEAST)
    }
}

impl ReadSize {
    /// Makes room in a buffer, and answers how much there is.
    pub(crate) fn make_room(&self, input: &mut BytesMut) -> usize {
        if input.is_empty() && input.capacity() > GREATEST {
            // One long message made it so; that is not kept.
            *input = BytesMut::new();
        }
        let spare = input.capacity() - input.len();
        if spare < self.0 / 2 {
            // What is left of the old memory belongs to answers that were handed out.
            input.reserve(self.0);
        }
        input.capacity() - input.len()
    }

    /// Takes into account that a read brought `count` bytes where there was `room`.
    pub(crate) fn learn(&mut self, count: usize, room: usize) {
        if count == room {
            self.0 = (self.0 * 2).min(GREATEST);
        } else if count < self.0 / 8 {
            self.0 = (self.0 / 2).max(LEAST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_reads_make_it_grow_and_short_ones_make_it_shrink_within_bounds() {
        let mut size = ReadSize::default();
        for _ in 0..10 {
            size.learn(100, 100);
        }
        assert_eq!(size.0, GREATEST);
        for _ in 0..10 {
            size.learn(10, GREATEST);
        }
        assert_eq!(size.0, LEAST);
    }

    #[test]
    fn the_memory_of_one_long_message_is_not_kept() {
        let mut input = BytesMut::with_capacity(4 * GREATEST);
        let room = ReadSize::default().make_room(&mut input);
        assert!((LEAST..=GREATEST).contains(&room), "{room}");
    }
}
