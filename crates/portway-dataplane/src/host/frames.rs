//! The frames of a port as smoltcp's source and sink: read and written where they lie.

use std::collections::VecDeque;

use portway_xdp::{Burst, Frame};

use super::{
    adapter::{Sink, Source},
    link::leaves_checksums,
};
use crate::{
    packet::request_checksums,
    port::{LinkType, PortReceiver, PortSender},
};

/// Frames that are fetched at once for what is to be sent.
const PREPARED: usize = 32;

/// What has been received and not yet read.
#[derive(Debug)]
pub(super) struct Incoming {
    receiver: PortReceiver,
    burst: Burst,
    waiting: VecDeque<Frame>,
}

impl Incoming {
    pub(super) fn new(receiver: PortReceiver) -> Self {
        Self {
            receiver,
            burst: Burst::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Asks the port for a burst once the last one was read; tells how many packets wait.
    pub(super) fn fill(&mut self) -> usize {
        if self.waiting.is_empty() {
            let count = self.receiver.rx_burst(&mut self.burst);
            self.waiting.extend(self.burst.drain(count));
        }
        self.waiting.len()
    }

    /// The port's half.
    pub(super) fn receiver(&self) -> &PortReceiver {
        &self.receiver
    }
}

impl Source for Incoming {
    type Packet = Frame;

    fn take(&mut self) -> Option<Frame> {
        self.waiting.pop_front()
    }
}

/// What is to be sent, and empty frames for more.
#[derive(Debug)]
pub(super) struct Outgoing {
    sender: PortSender,
    /// What packets begin with, where their checksums are left to the device.
    asks: Option<LinkType>,
    empty: Burst,
    full: Burst,
}

impl Outgoing {
    pub(super) fn new(sender: PortSender, link_type: LinkType) -> Self {
        Self {
            asks: leaves_checksums(sender.send_features()).then_some(link_type),
            sender,
            empty: Burst::with_limit(PREPARED),
            full: Burst::new(),
        }
    }

    /// The room of an empty frame, if there is a frame.
    pub(super) fn frame_room(&mut self) -> Option<usize> {
        self.prepare();
        self.empty.first().map(Frame::room)
    }

    /// Sends what was written; tells whether all of it went.
    pub(super) fn flush(&mut self) -> bool {
        if !self.full.is_empty() {
            self.sender.tx_burst(&mut self.full);
        }
        self.full.is_empty()
    }

    fn prepare(&mut self) {
        if self.empty.is_empty() {
            self.sender.prepare(&mut self.empty, PREPARED);
        }
    }
}

impl Sink for Outgoing {
    fn has_room(&mut self) -> bool {
        self.prepare();
        if self.full.is_full() {
            self.flush();
        }
        !self.empty.is_empty() && !self.full.is_full()
    }

    fn write<R>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        let mut frame = self.empty.pop().expect("there was room");
        let fits = frame.set_len(length);
        fits.expect("smoltcp keeps to the MTU, which was measured against the frames");
        // What was there before is nobody else's business.
        frame.fill(0);
        let result = fill(&mut frame);
        if let Some(link_type) = self.asks {
            let asked = request_checksums(&mut frame, link_type);
            asked.expect("what smoltcp writes is whole");
        }
        self.full.push(frame).expect("there was room");
        result
    }
}
