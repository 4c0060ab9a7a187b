//! UDP of the exit: datagrams to and from the flows' sockets, and the errors that answer them.

use std::{io::ErrorKind, time::Instant};

use super::{
    counters::ExitEvent,
    engine::{Denied, Exit, denial, is_unicast},
    udp_flows::{Received, sample_datagram},
};
use crate::{
    PeerId,
    stack::{
        compose::{self, Unreachable},
        deadlines::FlowId,
        packet::FlowKey,
    },
};

impl Exit {
    pub(super) fn handle_udp(
        &mut self,
        from: PeerId,
        packet: &[u8],
        (key, payload): (FlowKey, &[u8]),
        now: Instant,
    ) {
        let id = match self.udp_flow(from, key, now) {
            Ok(id) => id,
            Err(Denied::Refused(why)) => {
                self.counters.increment(why);
                let reason = match why {
                    ExitEvent::RefusedUnpublished => Unreachable::Port,
                    _ => Unreachable::Prohibited,
                };
                self.answer_unreachable(from, reason, packet, key, now);
                return;
            }
            Err(Denied::Unanswered) => {
                self.counters.increment(ExitEvent::DroppedDatagramOut);
                return;
            }
        };
        match self.udp.send(id, payload, now) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.answer_unreachable(from, Unreachable::Port, packet, key, now);
            }
            Err(_) => self.counters.increment(ExitEvent::DroppedDatagramOut),
        }
    }

    /// The flow of a datagram, opened when there is none.
    fn udp_flow(&mut self, from: PeerId, key: FlowKey, now: Instant) -> Result<FlowId, Denied> {
        if let Some(id) = self.udp.find(&key) {
            if self.ledger.owner(id) == Some(from) {
                return Ok(id);
            }
            self.close_udp(id);
        }
        if self.is_own(key.destination.ip()) {
            return Err(Denied::Refused(ExitEvent::RefusedUnpublished));
        }
        self.judge(key.destination, now)?;
        let id = self.fresh_flow();
        let over_limit = |_| Denied::Refused(ExitEvent::RefusedLimit);
        self.ledger.begin_udp_flow(id, from).map_err(over_limit)?;
        let opened = match &self.registry {
            Some(registry) => self.udp.open(id, key, registry, now),
            None => Err(ErrorKind::NotConnected.into()),
        };
        match opened {
            Ok(()) => {
                self.counters.increment(ExitEvent::UdpOpened);
                Ok(id)
            }
            Err(error) => {
                self.ledger.release(id);
                Err(denial(&error))
            }
        }
    }

    pub(super) fn close_udp(&mut self, id: FlowId) {
        self.udp.remove(id);
        self.ledger.release(id);
        self.counters.increment(ExitEvent::UdpClosed);
    }

    pub(super) fn poll_udp(&mut self, buffer: &mut [u8], now: Instant) -> Option<usize> {
        loop {
            match self.udp.receive(buffer, now)? {
                Received::Packet(length) => return Some(length),
                Received::TooLarge => self.counters.increment(ExitEvent::DroppedDatagramIn),
                Received::Refused(key) => self.pass_on_refusal(key, now),
            }
        }
    }

    fn pass_on_refusal(&mut self, key: FlowKey, now: Instant) {
        let peer = self.udp.find(&key).and_then(|id| self.ledger.owner(id));
        if let Some(peer) = peer {
            let datagram = sample_datagram(key);
            self.answer_unreachable(peer, Unreachable::Port, &datagram, key, now);
        }
    }

    /// Tells a peer that a datagram cannot be delivered, as often as it may hear of such things.
    fn answer_unreachable(
        &mut self,
        peer: PeerId,
        reason: Unreachable,
        packet: &[u8],
        key: FlowKey,
        now: Instant,
    ) {
        let destination = key.destination.ip();
        if !is_unicast(destination) {
            return;
        }
        if !self.ledger.may_answer_refusal(peer, now) {
            self.counters.increment(ExitEvent::DroppedRefusal);
            return;
        }
        // A destination speaks for its ports, the gateway for its rules.
        let own = self.addresses.iter().copied();
        let from = match reason {
            Unreachable::Port => Some(destination),
            Unreachable::Prohibited => own
                .into_iter()
                .find(|address| address.is_ipv4() == destination.is_ipv4()),
        };
        let replies = &mut self.connections.lane.replies;
        compose::unreachable(reason, packet, from.unwrap_or(destination), replies);
    }
}
