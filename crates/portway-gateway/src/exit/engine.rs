//! Puts the parts of the exit together.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use mio::{Registry, event::Event};

use super::{
    configuration::{ExitConfiguration, ExitMode},
    counters::{ExitCounters, ExitEvent},
    dials::{Dial, Dials, Outcome},
    host_addresses::HostAddresses,
    ledger::Ledger,
    policy::Policy,
    udp::{Received, UdpFlows, UdpPatience, sample_datagram},
};
use crate::{
    InnerStack, PeerId,
    stack::{
        compose::{self, Unreachable},
        connection::{Connection, Patience},
        connections::{Connections, Report},
        deadlines::FlowId,
        lane::Lane,
        packet::{self, Echo, EchoKind, FlowKey, Inbound},
    },
};

/// A user-space exit, to be driven by the data path.
///
/// It queues next to nothing between calls: a peer's bytes wait in the window of their
/// connection, datagrams in the host's sockets. A driver that hands in a whole batch of packets
/// before it polls lets a connection write the batch's bytes to its destination at once.
pub struct Exit {
    addresses: Vec<IpAddr>,
    publish: BTreeMap<u16, SocketAddr>,
    mode: ExitMode,
    policy: Policy,
    host: HostAddresses,
    ledger: Ledger,
    dials: Dials,
    connections: Connections,
    udp: UdpFlows,
    counters: Arc<ExitCounters>,
    registry: Option<Registry>,
    next_flow: usize,
    udp_has_turn: bool,
}

/// Why a new flow is not opened.
enum Denied {
    /// A rule or a limit says so.
    Refused(ExitEvent),
    /// The host has no way there.
    Unanswered,
}

impl Exit {
    /// Makes an exit; it does nothing until it is driven.
    #[must_use]
    pub fn new(configuration: ExitConfiguration) -> Self {
        let policy = Policy::new(
            configuration.mode,
            configuration.networks.clone(),
            configuration.own_listeners.clone(),
        );
        Self::with_policy(configuration, policy)
    }

    /// Makes an exit with rules of the caller's own.
    pub(super) fn with_policy(configuration: ExitConfiguration, policy: Policy) -> Self {
        let timeouts = configuration.timeouts;
        let lane = Lane::new(configuration.mtu, configuration.seed);
        let udp_patience = UdpPatience {
            answered: timeouts.udp,
            unanswered: timeouts.udp_unanswered,
        };
        let patience = Patience {
            opening: timeouts.half_open,
            idle: timeouts.idle,
            closing: timeouts.closing,
        };
        let services = configuration.publish.iter();
        Self {
            addresses: configuration.addresses,
            publish: services
                .map(|service| (service.port, service.target))
                .collect(),
            mode: configuration.mode,
            policy,
            host: HostAddresses::default(),
            ledger: Ledger::new(configuration.limits),
            dials: Dials::new(timeouts.half_open),
            udp: UdpFlows::new(lane.mtu(), udp_patience),
            connections: Connections::new(lane, patience),
            counters: Arc::new(ExitCounters::new()),
            registry: None,
            next_flow: 0,
            udp_has_turn: false,
        }
    }

    /// What this exit counts; readable while another thread drives it.
    #[must_use]
    pub fn counters(&self) -> Arc<ExitCounters> {
        Arc::clone(&self.counters)
    }

    fn handle_tcp(
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

    fn judge(&mut self, destination: SocketAddr, now: Instant) -> Result<(), Denied> {
        if self.mode == ExitMode::Off {
            return Err(Denied::Refused(ExitEvent::RefusedOff));
        }
        // Closed when the host's addresses cannot be told from others.
        let host = self.host.fresh(now).map_err(|error| denial(&error))?;
        let verdict = self.policy.judge(destination, host);
        verdict.map_err(|refusal| Denied::Refused(refusal.into()))
    }

    fn is_own(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    fn fresh_flow(&mut self) -> FlowId {
        let id = FlowId(self.next_flow);
        self.next_flow += 1;
        id
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

    fn settle_dial(&mut self, id: FlowId, now: Instant) {
        match self.dials.check(id) {
            Outcome::Pending => {}
            Outcome::Connected(dial) => self.accept(id, dial, now),
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

    fn give_up(&mut self, id: FlowId, dial: &Dial, now: Instant) {
        let peer = self.ledger.owner(id);
        self.ledger.release(id);
        self.counters.increment(ExitEvent::TcpUnanswered);
        if let Some(peer) = peer {
            self.reset(peer, &dial.syn, dial.key, now);
        }
    }

    fn settle_reports(&mut self) {
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

    fn handle_udp(
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

    fn close_udp(&mut self, id: FlowId) {
        self.udp.remove(id);
        self.ledger.release(id);
        self.counters.increment(ExitEvent::UdpClosed);
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

    fn handle_echo(&mut self, echo: &Echo<'_>) {
        if echo.kind != EchoKind::Request || !self.is_own(echo.destination) {
            self.counters.increment(ExitEvent::EchoDropped);
            return;
        }
        let reply = Echo {
            kind: EchoKind::Reply,
            source: echo.destination,
            destination: echo.source,
            ..*echo
        };
        compose::echo(&reply, &mut self.connections.lane.replies);
        self.counters.increment(ExitEvent::EchoAnswered);
    }

    fn poll_udp(&mut self, buffer: &mut [u8], now: Instant) -> Option<usize> {
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

    fn poll_tcp(&mut self, buffer: &mut [u8], now: Instant) -> Option<usize> {
        let length = self.connections.transmit(buffer, now);
        self.settle_reports();
        length
    }
}

impl InnerStack for Exit {
    fn attach(&mut self, registry: Registry, first_token: usize) -> io::Result<()> {
        self.registry = Some(registry);
        self.next_flow = first_token;
        Ok(())
    }

    fn handle_packet(&mut self, from: PeerId, packet: &[u8], now: Instant) {
        match packet::parse(packet) {
            Ok(Inbound::Tcp { key, opens }) => self.handle_tcp(from, packet, (key, opens), now),
            Ok(Inbound::Udp { key, payload }) => self.handle_udp(from, packet, (key, payload), now),
            Ok(Inbound::Echo(echo)) => self.handle_echo(&echo),
            Err(bad) => self.counters.increment(bad),
        }
    }

    fn handle_event(&mut self, event: &Event, now: Instant) {
        let id = FlowId(event.token().0);
        if !self.connections.handle_event(id, event) && !self.udp.handle_event(id) {
            self.settle_dial(id, now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.connections.handle_timeout(now);
        while let Some((id, dial)) = self.dials.pop_due(now) {
            self.give_up(id, &dial, now);
        }
        while let Some(id) = self.udp.pop_expired(now) {
            self.close_udp(id);
        }
    }

    fn next_timeout(&mut self) -> Option<Instant> {
        let timeouts = [
            self.connections.next_timeout(),
            self.dials.next_timeout(),
            self.udp.next_timeout(),
        ];
        timeouts.into_iter().flatten().min()
    }

    fn poll_packet(&mut self, packet: &mut [u8], now: Instant) -> Option<usize> {
        // TCP and UDP take turns, so that a download does not hold up a name lookup.
        self.udp_has_turn = !self.udp_has_turn;
        if self.udp_has_turn {
            self.poll_udp(packet, now)
                .or_else(|| self.poll_tcp(packet, now))
        } else {
            self.poll_tcp(packet, now)
                .or_else(|| self.poll_udp(packet, now))
                .or_else(|| self.connections.lane.replies.pop_into(packet))
        }
    }

    fn forget_peer(&mut self, peer: PeerId) {
        for id in self.ledger.close_account(peer) {
            if self.dials.remove(id).is_some() {
                self.ledger.release(id);
            } else if self.udp.contains(id) {
                self.close_udp(id);
            } else {
                self.connections.remove(id);
            }
        }
        self.settle_reports();
    }
}

/// What a failed call for a socket means: the host is out of something, or has no way there.
fn denial(error: &io::Error) -> Denied {
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable
        | ErrorKind::TimedOut => Denied::Unanswered,
        _ => Denied::Refused(ExitEvent::RefusedNoSocket),
    }
}

/// Nothing that was sent to several is answered with an error (RFC 1122, 3.2.2).
fn is_unicast(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_multicast() && !address.is_unspecified() && !broadcast
}
