//! The modes that look at Ethernet addresses alone.

use portway_xdp::{Burst, Frame};

use super::{Arrival, DiscardReason, Mode, Outputs};

/// Destination and source address.
const MACS: usize = 12;

/// Discards what it receives (`drop`, `rx-only`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sink;

impl Mode for Sink {
    fn name(&self) -> &'static str {
        "drop"
    }

    #[inline]
    fn handle(&mut self, burst: &mut Burst, _: Arrival, outputs: &mut Outputs) {
        outputs.discard_all(burst, DiscardReason::AsAsked);
    }

    fn reads(&self) -> bool {
        false
    }
}

/// Receives nothing: for a port that others send to and no thread serves.
#[derive(Clone, Copy, Debug, Default)]
pub struct SendOnly;

impl Mode for SendOnly {
    fn name(&self) -> &'static str {
        "send-only"
    }

    fn handle(&mut self, burst: &mut Burst, _: Arrival, outputs: &mut Outputs) {
        outputs.discard_all(burst, DiscardReason::AsAsked);
    }

    fn receives(&self) -> bool {
        false
    }
}

/// Swaps the Ethernet addresses and sends out of the port that a packet came in on (`loopback`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Loopback;

impl Mode for Loopback {
    fn name(&self) -> &'static str {
        "loopback"
    }

    #[inline]
    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs) {
        let simple = |frame: &Frame| frame.len() >= MACS && !frame.continues();
        if burst.iter().all(simple) {
            burst.iter_mut().for_each(swap_macs);
            return outputs.send_all(arrival.port, burst);
        }
        each_packet(burst, outputs, |frame, outputs| {
            send_back(frame, arrival, outputs);
        });
    }
}

/// Sends out of the port whose index is the last byte of the destination address, or back where there is no such
/// port, with the Ethernet addresses swapped (`fwd`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Forward;

impl Mode for Forward {
    fn name(&self) -> &'static str {
        "fwd"
    }

    #[inline]
    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs) {
        each_packet(burst, outputs, |frame, outputs| {
            forward(frame, arrival, outputs);
        });
    }
}

/// Decides about the first frame of each packet; those that continue it follow.
#[inline]
fn each_packet(burst: &mut Burst, outputs: &mut Outputs, decide: impl Fn(Frame, &mut Outputs)) {
    let mut begins = true;
    for frame in burst.drain(burst.len()) {
        let continues = frame.continues();
        if begins {
            decide(frame, outputs);
        } else {
            outputs.follow(frame);
        }
        begins = !continues;
    }
}

/// Sends one packet as [`Forward`] does.
#[inline]
pub(super) fn forward(mut frame: Frame, arrival: Arrival, outputs: &mut Outputs) {
    match frame.get(MACS / 2 - 1).copied().map(usize::from) {
        Some(port) if frame.len() >= MACS && outputs.has_port(port) => {
            swap_macs(&mut frame);
            outputs.send(port, frame);
        }
        _ => send_back(frame, arrival, outputs),
    }
}

#[inline]
fn send_back(mut frame: Frame, arrival: Arrival, outputs: &mut Outputs) {
    if frame.len() < MACS {
        return outputs.discard(frame, DiscardReason::Malformed);
    }
    swap_macs(&mut frame);
    outputs.send(arrival.port, frame);
}

/// Sends everything out of one port, unchanged: into a capture file, or from one to the wire.
#[derive(Clone, Copy, Debug)]
pub struct Steer {
    port: usize,
    waits: bool,
    name: &'static str,
}

impl Steer {
    /// Discards what finds no room, as packets from the wire must be.
    pub fn to(port: usize) -> Self {
        Self {
            port,
            waits: false,
            name: "steer",
        }
    }

    /// Receives nothing while there is no room, as for packets that come from a file.
    pub fn patiently_to(port: usize) -> Self {
        Self {
            waits: true,
            ..Self::to(port)
        }
    }

    /// Goes by this name in statistics.
    #[must_use]
    pub fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

impl Mode for Steer {
    fn name(&self) -> &'static str {
        self.name
    }

    #[inline]
    fn handle(&mut self, burst: &mut Burst, _: Arrival, outputs: &mut Outputs) {
        outputs.send_all(self.port, burst);
    }

    fn waits_for_room(&self) -> Option<usize> {
        self.waits.then_some(self.port)
    }

    fn reads(&self) -> bool {
        false
    }
}

/// Swaps the Ethernet addresses of a frame that has them.
#[inline]
fn swap_macs(frame: &mut Frame) {
    if let Some(macs) = frame.get_mut(..MACS) {
        let (destination, source) = macs.split_at_mut(MACS / 2);
        destination.swap_with_slice(source);
    }
}
