//! Puts the parts of the exit together.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use mio::{Registry, event::Event};
use portway_dataplane::Lane;

use super::{
    configuration::{ExitConfiguration, ExitMode},
    counters::{ExitCounters, ExitEvent},
    dials::Dials,
    host_addresses::HostAddresses,
    ledger::Ledger,
    policy::Policy,
    udp_flows::{UdpFlows, UdpPatience},
};
use crate::{
    InnerStack, PeerId,
    stack::{
        compose,
        connection::Patience,
        connections::Connections,
        deadlines::FlowId,
        packet::{self, Echo, EchoKind, FlowKey, Inbound},
    },
};

/// A user-space exit, to be driven by the data path.
///
/// It queues next to nothing between calls: a peer's bytes wait in the window of their
/// connection, datagrams in the host's sockets. A driver that hands in a whole batch of packets
/// before it polls lets a connection write the batch's bytes to its destination at once.
pub struct Exit {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) publish: BTreeMap<u16, SocketAddr>,
    mode: ExitMode,
    policy: Policy,
    host: HostAddresses,
    pub(super) ledger: Ledger,
    pub(super) dials: Dials,
    pub(super) connections: Connections,
    pub(super) udp: UdpFlows,
    pub(super) counters: Arc<ExitCounters>,
    pub(super) registry: Option<Registry>,
    next_flow: usize,
    udp_has_turn: bool,
}

/// A packet of a peer, and its flow.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) peer: PeerId,
    pub(super) key: FlowKey,
    pub(super) packet: &'a [u8],
}

/// Why a new flow is not opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Denied {
    /// A rule or a limit says so.
    Refused(ExitEvent),
    /// The host has no way there.
    Unanswered,
}

impl From<Denied> for ExitEvent {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(why) => why,
            Denied::Unanswered => Self::Unanswered,
        }
    }
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
            ledger: Ledger::new(configuration.limits.within(descriptors())),
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

    pub(super) fn judge(&mut self, destination: SocketAddr, now: Instant) -> Result<(), Denied> {
        if self.mode == ExitMode::Off {
            return Err(Denied::Refused(ExitEvent::RefusedOff));
        }
        // Closed when the host's addresses cannot be told from others.
        let host = self.host.fresh(now).map_err(|error| denial(&error))?;
        let verdict = self.policy.judge(destination, host);
        verdict.map_err(|refusal| Denied::Refused(refusal.into()))
    }

    /// Judges a destination again once the host has chosen the near end of the way there: where
    /// that is the destination's own address, the destination is the host itself, though the list
    /// of its addresses may be too old to say so.
    pub(super) fn judge_near_end(
        &self,
        destination: SocketAddr,
        near: io::Result<SocketAddr>,
    ) -> Result<(), Denied> {
        let address = destination.ip();
        let is_host = near.is_ok_and(|near| near.ip() == address);
        if !is_host || self.is_own(address) {
            return Ok(());
        }
        let host = BTreeSet::from([address, address.to_canonical()]);
        let verdict = self.policy.judge(destination, &host);
        verdict.map_err(|refusal| Denied::Refused(refusal.into()))
    }

    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    pub(super) fn fresh_flow(&mut self) -> FlowId {
        let id = FlowId(self.next_flow);
        self.next_flow += 1;
        id
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
}

impl InnerStack for Exit {
    fn attach(&mut self, registry: Registry, first_token: usize) -> io::Result<()> {
        self.registry = Some(registry);
        self.next_flow = first_token;
        Ok(())
    }

    fn handle_packet(&mut self, from: PeerId, packet: &[u8], now: Instant) {
        let peer = from;
        match packet::parse(packet) {
            Ok(Inbound::Tcp { key, segment }) => {
                self.handle_tcp(Arrival { peer, key, packet }, segment, now);
            }
            Ok(Inbound::Udp { key, payload }) => {
                self.handle_udp(Arrival { peer, key, packet }, payload, now);
            }
            Ok(Inbound::Echo(echo)) => self.handle_echo(&echo),
            Err(bad) => self.counters.increment(bad),
        }
    }

    fn handle_event(&mut self, event: &Event, now: Instant) {
        let id = FlowId(event.token().0);
        if !self.connections.handle_event(id, event) && !self.udp.handle_event(id) {
            self.settle_dial(id, event, now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.connections.handle_timeout(now);
        while let Some((id, dial)) = self.dials.pop_due(now) {
            self.give_up(id, &dial, Denied::Unanswered, now);
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

    fn relays(&self, destination: IpAddr) -> bool {
        self.mode != ExitMode::Off && !self.is_own(destination)
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

/// How many descriptors this process may open.
fn descriptors() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// What a failed call for a socket means: the host is out of something, or has no way there.
pub(super) fn denial(error: &io::Error) -> Denied {
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
pub(super) fn is_unicast(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_multicast() && !address.is_unspecified() && !broadcast
}
