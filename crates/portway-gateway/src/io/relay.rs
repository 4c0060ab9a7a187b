//! Packets from one peer to another, where the inner side leaves them to the data path.

use std::time::Instant;

use super::worker::Worker;
use crate::{
    PeerId,
    state::{destination_of, travel_on},
};

impl Worker {
    /// The peer that a packet of another one goes straight on to, if it does.
    pub(super) fn relay_target(&self, from: PeerId, packet: &[u8]) -> Option<PeerId> {
        let destination = destination_of(packet)?;
        if !self.inner.relays(destination) {
            return None;
        }
        // Back to where it came from it would travel until its hops are used up.
        self.device.route(destination).filter(|to| *to != from)
    }

    /// Puts a packet among those that go out; [`flush_outgoing`](Self::flush_outgoing) sends it.
    pub(super) fn relay(&mut self, to: PeerId, packet: &mut [u8], now: Instant) {
        if let Err(reason) = travel_on(packet) {
            return self.counters.count_drop(reason);
        }
        if !self.outgoing.has_room(1, packet.len()) {
            self.flush_outgoing(now);
        }
        self.outgoing.push(to, packet);
    }
}
