//! TCP of the exit: connections are made to their destinations first.

use std::{net::SocketAddr, time::Instant};

use mio::event::Event;

use super::{
    counters::ExitEvent,
    dials::{Dial, Outcome},
    engine::{Denied, Exit, denial, is_unicast},
};
use crate::{
    PeerId,
    stack::{connection::Connection, connections::Report, deadlines::FlowId, packet::FlowKey},
};

impl Exit {
    pub(super) fn handle_tcp(
        &mut self,
        from: PeerId,
        packet: &[u8],
        (key, opens): (FlowKey, bool),
        now: Instant,
    ) {
        if let Some(id) = self.connections.find(&key) {
            if self.ledger.owner(id) == Some(from) {
                self.connections.receive(id, packet, now);
                self.settle_reports();
                return;
            }
            // The address went to another peer, and the connection did not.
            self.connections.remove(id);
            self.settle_reports();
        }
        if self.dials.find(&key).is_some() {
            return;
        }
        if !opens {
            self.reset(from, packet, key, now);
            return;
        }
        match self.dial(from, packet, key, now) {
            Ok(()) => {}
            Err(Denied::Refused(why)) => {
                self.counters.increment(why);
                self.reset(from, packet, key, now);
            }
            Err(Denied::Unanswered) => {
                self.counters.increment(ExitEvent::TcpUnanswered);
                self.reset(from, packet, key, now);
            }
        }
    }

    fn dial(&mut self, from: PeerId, syn: &[u8], key: FlowKey, now: Instant) -> Result<(), Denied> {
        let target = self.target(key.destination, now)?;
        let id = self.fresh_flow();
        let over_limit = |_| Denied::Refused(ExitEvent::RefusedLimit);
        self.ledger.begin_connection(id, from).map_err(over_limit)?;
        let Some(registry) = &self.registry else {
            self.ledger.release(id);
            return Err(Denied::Refused(ExitEvent::RefusedNoSocket));
        };
        let started = self.dials.start(id, target, (key, syn), registry, now);
        started.map_err(|error| {
            self.ledger.release(id);
            denial(&error)
        })
    }

    /// Where a TCP connection to `destination` really goes.
    fn target(&mut self, destination: SocketAddr, now: Instant) -> Result<SocketAddr, Denied> {
        if self.is_own(destination.ip()) {
            let target = self.publish.get(&destination.port()).copied();
            return target.ok_or(Denied::Refused(ExitEvent::RefusedUnpublished));
        }
        self.judge(destination, now).map(|()| destination)
    }

    pub(super) fn settle_dial(&mut self, id: FlowId, event: &Event, now: Instant) {
        match self.dials.check(id) {
            Outcome::Pending => {}
            Outcome::Connected(dial) => {
                self.accept(id, dial, now);
                // The same event may tell that the destination has ended already: only once.
                self.connections.handle_event(id, event);
            }
            Outcome::Failed(dial) => self.give_up(id, &dial, now),
        }
    }

    /// Lets the peer's handshake begin, now that the destination has accepted.
    fn accept(&mut self, id: FlowId, dial: Dial, now: Instant) {
        let Some(sizes) = self.ledger.buffers(id) else {
            return;
        };
        let connection = Connection::listening(dial.key, dial.stream, sizes, now);
        self.connections.insert(id, connection);
        self.connections.receive(id, &dial.syn, now);
        self.counters.increment(ExitEvent::TcpOpened);
    }

    pub(super) fn give_up(&mut self, id: FlowId, dial: &Dial, now: Instant) {
        let peer = self.ledger.owner(id);
        self.ledger.release(id);
        self.counters.increment(ExitEvent::TcpUnanswered);
        if let Some(peer) = peer {
            self.reset(peer, &dial.syn, dial.key, now);
        }
    }

    /// Answers a segment nobody wants, as often as the peer may have such answers.
    fn reset(&mut self, peer: PeerId, packet: &[u8], key: FlowKey, now: Instant) {
        if !is_unicast(key.destination.ip()) {
            return;
        }
        if self.ledger.may_answer_refusal(peer, now) {
            self.connections.lane.reset(packet, now);
        } else {
            self.counters.increment(ExitEvent::DroppedRefusal);
        }
    }

    pub(super) fn settle_reports(&mut self) {
        while let Some(report) = self.connections.poll_report() {
            match report {
                Report::Established(id) => self.ledger.complete_connection(id),
                Report::Closed(id) => {
                    self.ledger.release(id);
                    self.counters.increment(ExitEvent::TcpClosed);
                }
            }
        }
        let dropped = self.connections.lane.replies.take_dropped();
        if dropped > 0 {
            self.counters.add(ExitEvent::DroppedAnswer, dropped);
        }
    }

    pub(super) fn poll_tcp(&mut self, buffer: &mut [u8], now: Instant) -> Option<usize> {
        let length = self.connections.transmit(buffer, now);
        self.settle_reports();
        length
    }
}
