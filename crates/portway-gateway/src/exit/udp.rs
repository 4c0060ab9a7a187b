//! UDP of the exit: datagrams to and from the flows' sockets, and the errors that answer them.

use std::{
    io::{self, ErrorKind},
    net::IpAddr,
    time::Instant,
};

use super::{
    counters::ExitEvent,
    engine::{Arrival, Denied, Exit, denial, is_unicast},
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
    pub(super) fn handle_udp(&mut self, arrival: Arrival<'_>, payload: &[u8], now: Instant) {
        let flow = self.udp_flow(arrival.peer, arrival.key, now);
        match flow {
            Ok(id) => {
                let sent = self.udp.send(id, payload, now);
                self.settle_sent(sent, arrival, now);
            }
            Err(why) => {
                self.counters.increment(why);
                let reason = match why {
                    Denied::Refused(ExitEvent::RefusedUnpublished) => Unreachable::Port,
                    Denied::Refused(_) => Unreachable::Prohibited,
                    Denied::Unanswered => Unreachable::Host,
                };
                self.answer_unreachable(reason, arrival, now);
            }
        }
    }

    fn settle_sent(&mut self, sent: io::Result<()>, arrival: Arrival<'_>, now: Instant) {
        match sent {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.answer_unreachable(Unreachable::Port, arrival, now);
            }
            Err(_) => self.counters.increment(ExitEvent::DroppedDatagramOut),
        }
    }

    /// The flow of a datagram, opened when there is none.
    fn udp_flow(&mut self, peer: PeerId, key: FlowKey, now: Instant) -> Result<FlowId, Denied> {
        if let Some(id) = self.udp.find(&key) {
            if self.ledger.owner(id) == Some(peer) {
                return Ok(id);
            }
            // The address went to another peer, and the flow did not.
            self.close_udp(id);
        }
        if self.is_own(key.destination.ip()) {
            return Err(Denied::Refused(ExitEvent::RefusedUnpublished));
        }
        self.judge(key.destination, now)?;
        self.open_udp(peer, key, now)
    }

    fn open_udp(&mut self, peer: PeerId, key: FlowKey, now: Instant) -> Result<FlowId, Denied> {
        let id = self.fresh_flow();
        let over_limit = |_| Denied::Refused(ExitEvent::RefusedLimit);
        self.ledger.begin_udp_flow(id, peer).map_err(over_limit)?;
        let opened = match &self.registry {
            Some(registry) => self.udp.open(id, key, registry, now),
            None => Err(ErrorKind::NotConnected.into()),
        };
        let allowed = opened
            .map_err(|error| denial(&error))
            .and_then(|near| self.judge_near_end(key.destination, Ok(near)));
        if let Err(denied) = allowed {
            self.udp.remove(id);
            self.ledger.release(id);
            return Err(denied);
        }
        self.counters.increment(ExitEvent::UdpOpened);
        Ok(id)
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
            let packet = &sample_datagram(key);
            let refused = Arrival { peer, key, packet };
            self.answer_unreachable(Unreachable::Port, refused, now);
        }
    }

    /// Tells a peer that a datagram cannot be delivered, as often as it may hear of such things.
    fn answer_unreachable(&mut self, reason: Unreachable, refused: Arrival<'_>, now: Instant) {
        let destination = refused.key.destination.ip();
        if !is_unicast(destination) {
            return;
        }
        if !self.ledger.may_answer_refusal(refused.peer, now) {
            self.counters.increment(ExitEvent::DroppedRefusal);
            return;
        }
        // A destination speaks for its ports, the gateway for its rules and its ways.
        let from = match reason {
            Unreachable::Port => destination,
            Unreachable::Host | Unreachable::Prohibited => self.own_address_like(destination),
        };
        let replies = &mut self.connections.lane.replies;
        compose::unreachable(reason, refused.packet, from, replies);
    }

    /// The gateway's address of the same IP version, or `address` itself where it has none.
    fn own_address_like(&self, address: IpAddr) -> IpAddr {
        let mut own = self.addresses.iter().copied();
        own.find(|own| own.is_ipv4() == address.is_ipv4())
            .unwrap_or(address)
    }
}
