//! A bounded ring of frames between two ports: one thread at each end, no lock, one publication a burst.

use std::io;

use portway_xdp::{Burst, Frame, Region};
use rtrb::{Consumer, Producer, RingBuffer};

use super::{Port, Receive, ReceiveCounts, Transmit, TransmitCounts};

/// Ports that are joined by rings in memory: what goes into one comes out of the other, without a copy.
#[derive(Debug)]
pub struct RingPort;

impl RingPort {
    /// Makes two ports, each by its name and the region of its empty frames. Either direction holds `capacity` frames.
    pub fn pair([near, far]: [(&str, &Region); 2], capacity: usize) -> (Port, Port) {
        let (near_sender, far_receiver) = ring(capacity);
        let (far_sender, near_receiver) = ring(capacity);
        let port = |(name, region), receiver, sender| {
            Port::new(
                name,
                region,
                Box::<RingReceiver>::new(receiver),
                Box::<RingSender>::new(sender),
            )
        };
        let near = port(near, near_receiver, near_sender);
        (near, port(far, far_receiver, far_sender))
    }

    /// Makes a port that receives what it sends. It holds `capacity` frames.
    pub fn alone(name: impl Into<String>, capacity: usize, region: &Region) -> Port {
        let (sender, receiver) = ring(capacity);
        Port::new(name, region, Box::new(receiver), Box::new(sender))
    }
}

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
