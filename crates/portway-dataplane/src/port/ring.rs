//! A bounded ring of frames between two ports: one thread at each end, no lock, one publication a burst.

use std::io;

use portway_xdp::{Burst, Frame};
use rtrb::{Consumer, Producer, RingBuffer};

use super::{Receive, ReceiveCounts, Transmit, TransmitCounts};

/// One direction.
pub(super) fn ring(capacity: usize) -> (RingSender, RingReceiver) {
    let (sender, receiver) = RingBuffer::new(capacity);
    (RingSender(sender), RingReceiver(receiver))
}

#[derive(Debug)]
pub(super) struct RingReceiver(Consumer<Frame>);

impl RingReceiver {
    /// The next frame that waits.
    pub(super) fn pop(&mut self) -> Option<Frame> {
        self.0.pop().ok()
    }
}

impl Receive for RingReceiver {
    fn receive(&mut self, burst: &mut Burst, _: &mut ReceiveCounts) -> io::Result<()> {
        let count = burst.vacancy().min(self.0.slots());
        let Ok(chunk) = self.0.read_chunk(count) else {
            return Ok(());
        };
        for frame in chunk {
            // No more are taken than there is room for.
            let _ = burst.push(frame);
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct RingSender(Producer<Frame>);

impl Transmit for RingSender {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        let count = burst.len().min(self.0.slots());
        counts.count_sent(&burst[..count]);
        if let Ok(chunk) = self.0.write_chunk_uninit(count) {
            chunk.fill_from_iter(burst.drain(count));
        }
        Ok(())
    }
}
