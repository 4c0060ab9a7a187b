//! TCP of the exit: connections are made to their destinations first.

use std::{io::ErrorKind, net::SocketAddr, time::Instant};

use mio::event::Event;

use super::{
    counters::ExitEvent,
    dials::{Dial, Outcome},
    engine::{Arrival, Denied, Exit, denial, is_unicast},
};
use crate::stack::{
    connection::Connection, connections::Report, deadlines::FlowId, packet::Segment,
};

impl Exit {
    pub(super) fn handle_tcp(&mut self, arrival: Arrival<'_>, segment: Segment, now: Instant) {
        if let Some(id) = self.connections.find(&arrival.key) {
            if self.ledger.owner(id) == Some(arrival.peer) {
                self.connections.receive(id, arrival.packet, now);
                self.settle_reports();
                return;
            }
            // The address went to another peer, and the connection did not.
            self.connections.remove(id);
            self.settle_reports();
        }
        match segment {
            // A repeated SYN: its destination was asked already.
            Segment::Opening if self.dials.has(&arrival.key) => {}
            Segment::Opening => self.open_tcp(arrival, now),
            Segment::Later => self.reset(arrival, now),
        }
    }

    fn open_tcp(&mut self, syn: Arrival<'_>, now: Instant) {
        if let Err(why) = self.dial(syn, now) {
            self.counters.increment(why);
            self.reset(syn, now);
        }
    }

    fn dial(&mut self, syn: Arrival<'_>, now: Instant) -> Result<(), Denied> {
        let target = self.target(syn.key.destination, now)?;
        let id = self.fresh_flow();
        let over_limit = |_| Denied::Refused(ExitEvent::RefusedLimit);
        self.ledger
            .begin_connection(id, syn.peer)
            .map_err(over_limit)?;
        let started = match &self.registry {
            Some(registry) => self.dials.start(id, target, syn, registry, now),
            None => Err(ErrorKind::NotConnected.into()),
        };
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
            Outcome::Failed(dial) => self.give_up(id, &dial, Denied::Unanswered, now),
        }
    }

    /// Lets the peer's handshake begin, now that the destination has accepted.
    fn accept(&mut self, id: FlowId, dial: Dial, now: Instant) {
        let near = dial.stream.local_addr();
        if let Err(denied) = self.judge_near_end(dial.key.destination, near) {
            self.give_up(id, &dial, denied, now);
            return;
        }
        let Some(sizes) = self.ledger.buffers(id) else {
            return;
        };
        let connection = Connection::listening(dial.key, dial.stream, sizes, now);
        self.connections.insert(id, connection);
        self.connections.receive(id, &dial.syn, now);
        self.counters.increment(ExitEvent::TcpOpened);
    }

    pub(super) fn give_up(&mut self, id: FlowId, dial: &Dial, why: Denied, now: Instant) {
        self.ledger.release(id);
        self.counters.increment(why);
        let syn = Arrival {
            peer: dial.peer,
            key: dial.key,
            packet: &dial.syn,
        };
        self.reset(syn, now);
    }

    /// Answers a segment nobody wants, as often as the peer may have such answers.
    fn reset(&mut self, unwanted: Arrival<'_>, now: Instant) {
        if !is_unicast(unwanted.key.destination.ip()) {
            return;
        }
        if self.ledger.may_answer_refusal(unwanted.peer, now) {
            self.connections.lane.reset(unwanted.packet, now);
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
