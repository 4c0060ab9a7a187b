//! Frames on their way to a port of another thread.

use std::sync::Arc;

use portway_xdp::Frame;
use rtrb::{Consumer, Producer, RingBuffer};

use super::bell::Bell;
use crate::modes::Outputs;

/// Frames that one thread may have under way to another one: four of the largest bursts.
const RING: usize = 1024;

/// A frame and the port that it is for.
#[derive(Debug)]
pub(super) struct Parcel {
    port: usize,
    frame: Frame,
}

/// The way to another thread.
#[derive(Debug)]
pub(super) struct Outbound {
    ring: Producer<Parcel>,
    bell: Arc<Bell>,
    /// The ports of that thread.
    ports: Vec<usize>,
}

/// The way from another thread.
#[derive(Debug)]
pub(super) struct Inbound(Consumer<Parcel>);

pub(super) fn way(bell: &Arc<Bell>, ports: &[usize]) -> (Outbound, Inbound) {
    let (sender, receiver) = RingBuffer::new(RING);
    let outbound = Outbound {
        ring: sender,
        bell: Arc::clone(bell),
        ports: ports.to_owned(),
    };
    (outbound, Inbound(receiver))
}

impl Outbound {
    /// Hands over what waits for the ports of that thread; what finds no place waits on.
    #[inline]
    pub(super) fn flush(&mut self, outputs: &mut Outputs) {
        let mut sent = false;
        for port in &self.ports {
            let burst = outputs.burst(*port);
            let count = burst.len().min(self.ring.slots());
            if count == 0 {
                continue;
            }
            if let Ok(chunk) = self.ring.write_chunk_uninit(count) {
                let port = *port;
                chunk.fill_from_iter(burst.drain(count).map(|frame| Parcel { port, frame }));
                sent = true;
            }
        }
        if sent {
            self.bell.ring();
        }
    }
}

impl Inbound {
    /// Puts what came to the outputs of this thread, as far as there is room. Tells whether there was something.
    #[inline]
    pub(super) fn take(&mut self, outputs: &mut Outputs) -> bool {
        let mut took = false;
        while let Ok(parcel) = self.0.peek() {
            let is_full = outputs.has_port(parcel.port) && outputs.burst(parcel.port).is_full();
            if is_full {
                break;
            }
            let Ok(Parcel { port, frame }) = self.0.pop() else {
                break;
            };
            outputs.send(port, frame);
            took = true;
        }
        took
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
