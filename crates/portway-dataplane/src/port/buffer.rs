//! Buffered transmit: single frames gather until a burst is worth its price.

use portway_xdp::{Burst, Frame};

use super::PortSender;

/// Gathers frames for one port.
///
/// A worker that decides for each packet where it goes has one for each port, adds to it, and flushes all at the end
/// of its turn.
#[derive(Debug)]
pub struct TransmitBuffer {
    burst: Burst,
}

impl TransmitBuffer {
    /// Gathers up to `limit` frames, at most [`MAXIMUM_BURST`](portway_xdp::MAXIMUM_BURST).
    pub fn new(limit: usize) -> Self {
        Self {
            burst: Burst::with_limit(limit),
        }
    }

    /// Adds a frame, and sends what has gathered once that is a burst.
    ///
    /// Where the port takes nothing and the buffer is full, the frame that was added is dropped and counted as
    /// `out_dropped`, as a full ring would do.
    pub fn add(&mut self, frame: Frame, port: &mut PortSender) {
        if let Err(frame) = self.burst.push(frame) {
            self.flush(port);
            self.add_or_drop(frame, port);
        }
        if self.burst.is_full() {
            self.flush(port);
        }
    }

    fn add_or_drop(&mut self, frame: Frame, port: &mut PortSender) {
        if let Err(frame) = self.burst.push(frame) {
            let mut refused = Burst::with_limit(1);
            // A new burst has room for one.
            let _ = refused.push(frame);
            port.drop_unsent(&mut refused);
        }
    }

    /// Sends what has gathered and tells how many frames the port took; the others stay.
    pub fn flush(&mut self, port: &mut PortSender) -> usize {
        if self.burst.is_empty() {
            return 0;
        }
        port.tx_burst(&mut self.burst)
    }

    /// How many frames have gathered.
    pub fn len(&self) -> usize {
        self.burst.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.burst.is_empty()
    }

    /// Drops what has gathered, counted as `out_dropped` of the port.
    pub fn discard(&mut self, port: &mut PortSender) {
        port.drop_unsent(&mut self.burst);
    }
}
