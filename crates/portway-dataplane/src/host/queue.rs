//! The short queue of packets that answer other packets.

use std::collections::VecDeque;

use super::adapter::Sink;

/// How many answers wait at most. The driver fetches them after each packet it hands in, or after
/// a batch of those; more than a few batches is a flood, and answering it is not worth memory.
const QUEUE_PACKETS: usize = 256;

/// Buffers kept for the next answers, so that a steady flow of them allocates nothing.
const SPARE_BUFFERS: usize = 16;

/// Answers on their way to the driver: at most `QUEUE_PACKETS`, further ones are dropped and
/// counted.
#[derive(Debug, Default)]
pub struct PacketQueue {
    packets: VecDeque<Vec<u8>>,
    spare: Vec<Vec<u8>>,
    dropped: u64,
}

impl PacketQueue {
    /// Queues a packet of `length` zeros that `fill` writes.
    pub fn push_with<R>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        let mut packet = self.spare.pop().unwrap_or_default();
        packet.clear();
        packet.resize(length, 0);
        let result = fill(&mut packet);
        self.push(packet);
        result
    }

    /// Queues a packet.
    pub fn push(&mut self, packet: Vec<u8>) {
        if self.packets.len() < QUEUE_PACKETS {
            self.packets.push_back(packet);
        } else {
            self.dropped += 1;
            self.keep(packet);
        }
    }

    /// Moves the oldest packet into `buffer` and tells its length. One that does not fit is
    /// dropped and counted.
    pub fn pop_into(&mut self, buffer: &mut [u8]) -> Option<usize> {
        loop {
            let packet = self.packets.pop_front()?;
            let length = packet.len();
            if let Some(room) = buffer.get_mut(..length) {
                room.copy_from_slice(&packet);
                self.keep(packet);
                return Some(length);
            }
            self.dropped += 1;
        }
    }

    /// Tells how many were dropped since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn keep(&mut self, packet: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS {
            self.spare.push(packet);
        }
    }
}

/// It always has room: what is too much is dropped.
impl Sink for PacketQueue {
    fn has_room(&mut self) -> bool {
        true
    }

    fn write<R>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        self.push_with(length, fill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_leave_in_the_order_in_which_they_came() {
        let mut queue = PacketQueue::default();
        queue.push(vec![1]);
        queue.push_with(2, |packet| packet.fill(2));

        let mut buffer = [0; 8];
        assert_eq!(queue.pop_into(&mut buffer), Some(1));
        assert_eq!(buffer[0], 1);
        assert_eq!(queue.pop_into(&mut buffer), Some(2));
        assert_eq!(buffer[..2], [2, 2]);
        assert_eq!(queue.pop_into(&mut buffer), None);
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let mut queue = PacketQueue::default();
        for _ in 0..QUEUE_PACKETS + 3 {
            queue.push(vec![0; 20]);
        }
        assert_eq!(queue.take_dropped(), 3);
        assert_eq!(queue.take_dropped(), 0);
    }

    #[test]
    fn a_packet_that_does_not_fit_is_skipped_and_counted() {
        let mut queue = PacketQueue::default();
        queue.push(vec![1; 20]);
        queue.push(vec![2; 4]);

        let mut buffer = [0; 8];
        assert_eq!(queue.pop_into(&mut buffer), Some(4));
        assert_eq!(queue.take_dropped(), 1);
    }
}
