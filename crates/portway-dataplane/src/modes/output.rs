//! Where a mode puts the frames that it has decided about.

use portway_xdp::{Burst, Frame};

use super::{DiscardReason, Discards};

/// The frames that leave, by port, and the count of those that do not.
///
/// Ports are named by their index in the configuration. A packet of several frames goes the way of its first one.
#[derive(Debug)]
pub struct Outputs {
    bursts: Vec<Burst>,
    /// Ports that cannot send any more.
    closed: Vec<bool>,
    /// Frames that nobody wants: they are given back together.
    refuse: Burst,
    discards: Discards,
    /// Where the frames that continue a packet go.
    last: Destination,
}

#[derive(Clone, Copy, Debug)]
enum Destination {
    Port(usize),
    Nowhere(DiscardReason),
}

impl Outputs {
    /// Makes outputs for so many ports.
    pub fn new(ports: usize) -> Self {
        Self {
            bursts: (0..ports).map(|_| Burst::new()).collect(),
            closed: vec![false; ports],
            refuse: Burst::new(),
            discards: Discards::default(),
            last: Destination::Nowhere(DiscardReason::AsAsked),
        }
    }

    /// How many ports there are.
    pub fn ports(&self) -> usize {
        self.bursts.len()
    }

    /// Whether there is a port of this index that still sends.
    #[inline]
    pub fn has_port(&self, port: usize) -> bool {
        self.closed.get(port) == Some(&false)
    }

    /// Says that a port sends no more; what waits for it is discarded.
    pub fn close(&mut self, port: usize) {
        if let Some(closed) = self.closed.get_mut(port) {
            *closed = true;
            let waiting = packets(&self.bursts[port]);
            self.discards[DiscardReason::NoPort] += waiting;
            self.bursts[port].clear();
        }
    }

    /// Sends a frame out of a port, or discards it where the port does not exist or has no room.
    #[inline]
    pub fn send(&mut self, port: usize, frame: Frame) {
        if !self.has_port(port) {
            return self.discard(frame, DiscardReason::NoPort);
        }
        self.last = Destination::Port(port);
        if let Err(frame) = self.bursts[port].push(frame) {
            self.discard(frame, DiscardReason::OutputFull);
        }
    }

    /// Sends a whole burst out of a port, in its order.
    #[inline]
    pub fn send_all(&mut self, port: usize, burst: &mut Burst) {
        if !self.has_port(port) {
            return self.discard_all(burst, DiscardReason::NoPort);
        }
        self.bursts[port].append(burst);
        self.discard_all(burst, DiscardReason::OutputFull);
    }

    /// Gives a frame back and counts its packet.
    #[inline]
    pub fn discard(&mut self, frame: Frame, reason: DiscardReason) {
        self.last = Destination::Nowhere(reason);
        self.discards[reason] += u64::from(!frame.continues());
        self.give_back(frame);
    }

    /// Gives a whole burst back and counts its packets.
    #[inline]
    pub fn discard_all(&mut self, burst: &mut Burst, reason: DiscardReason) {
        if !burst.is_empty() {
            self.discards[reason] += packets(burst);
            self.refuse.append(burst);
            burst.clear();
        }
    }

    /// Discards packets of several frames, for modes that can only read what is in one.
    #[inline]
    pub(super) fn discard_divided(&mut self, burst: &mut Burst) {
        if burst.iter().any(Frame::continues) {
            self.discard_each_divided(burst);
        }
    }

    #[cold]
    fn discard_each_divided(&mut self, burst: &mut Burst) {
        let mut inside = false;
        let mut divided = 0;
        burst.retain(|frame| {
            let belongs = inside || frame.continues();
            divided += u64::from(inside && !frame.continues());
            inside = frame.continues();
            !belongs
        });
        self.discards[DiscardReason::Unsupported] += divided;
    }

    /// Lets a frame that continues a packet go where the frame before it went.
    #[inline]
    pub(super) fn follow(&mut self, frame: Frame) {
        match self.last {
            Destination::Port(port) => self.send(port, frame),
            Destination::Nowhere(reason) => self.discard(frame, reason),
        }
    }

    /// Counts packets that are gone already.
    pub(crate) fn count(&mut self, reason: DiscardReason, packets: u64) {
        self.discards[reason] += packets;
    }

    fn give_back(&mut self, frame: Frame) {
        if let Err(frame) = self.refuse.push(frame) {
            self.refuse.clear();
            // There is room now.
            let _ = self.refuse.push(frame);
        }
    }

    /// Gives all discarded frames back to their region.
    pub fn release(&mut self) {
        self.refuse.clear();
    }

    /// The discarded frames, for a port that receives into them again.
    pub(crate) fn refuse(&mut self) -> &mut Burst {
        &mut self.refuse
    }

    /// The frames that wait for a port, to be sent.
    ///
    /// # Panics
    ///
    /// If there is no such port.
    pub fn burst(&mut self, port: usize) -> &mut Burst {
        &mut self.bursts[port]
    }

    /// Frames that wait in all ports together.
    pub(crate) fn waiting(&self) -> usize {
        self.bursts.iter().map(|burst| burst.len()).sum()
    }

    /// Puts other counts in the place of these, so that each port has its own.
    pub(crate) fn exchange_discards(&mut self, discards: &mut Discards) {
        std::mem::swap(&mut self.discards, discards);
    }

    /// What was discarded so far.
    pub fn discards(&self) -> &Discards {
        &self.discards
    }
}

/// Packets in a burst; one of several frames counts once.
pub(crate) fn packets(burst: &Burst) -> u64 {
    burst.iter().filter(|frame| !frame.continues()).count() as u64
}
