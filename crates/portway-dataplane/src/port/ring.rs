//! A bounded ring of frames between two ports: one thread at each end, no lock, one publication a burst.

use std::io;

use portway_xdp::{Burst, FrameReceiver, FrameSender, Region, frame_queue};

use super::{Port, Receive, ReceiveCounts, Transmit, TransmitCounts, statistics::sum};

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
    let (sender, receiver) = frame_queue(capacity);
    (RingSender(sender), RingReceiver(receiver))
}

#[derive(Debug)]
pub(super) struct RingReceiver(FrameReceiver);

impl RingReceiver {
    /// Appends frames that wait to a burst.
    #[inline]
    pub(super) fn take(&mut self, burst: &mut Burst) {
        self.0.receive(burst);
    }
}

impl Receive for RingReceiver {
    fn receive(&mut self, burst: &mut Burst, _: &mut ReceiveCounts) -> io::Result<()> {
        self.take(burst);
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct RingSender(FrameSender);

impl Transmit for RingSender {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        let before = sum(burst);
        self.0.send(burst);
        let left = sum(burst);
        counts.out_packets += before.0 - left.0;
        counts.out_bytes += before.1 - left.1;
        Ok(())
    }
}
