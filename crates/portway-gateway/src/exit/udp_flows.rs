//! UDP flows of peers, each through a connected socket of the host.
//!
//! Nothing is queued here: a peer's datagram goes out at once or is dropped, and a datagram for a
//! peer stays in the host's socket until there is room for it in the driver's buffer.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::UdpSocket};

use crate::stack::{
    compose,
    deadlines::{Deadlines, FlowId},
    packet::FlowKey,
};

/// How long a flow may be silent.
#[derive(Clone, Copy, Debug)]
pub(super) struct UdpPatience {
    /// Once the destination has answered.
    pub(super) answered: Duration,
    /// Before that.
    pub(super) unanswered: Duration,
}

/// What came out of the host's sockets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Received {
    /// A packet of this length was written for the peer.
    Packet(usize),
    /// A datagram did not fit into the tunnel's MTU and was dropped.
    TooLarge,
    /// The destination of this flow refuses datagrams.
    Refused(FlowKey),
}

#[derive(Debug)]
struct UdpFlow {
    key: FlowKey,
    socket: UdpSocket,
    answered: bool,
    queued: bool,
    last_moved: Instant,
}

/// All UDP flows.
#[derive(Debug)]
pub(super) struct UdpFlows {
    mtu: usize,
    patience: UdpPatience,
    // Ordered, so that a seeded run repeats.
    flows: BTreeMap<FlowId, UdpFlow>,
    by_key: HashMap<FlowKey, FlowId>,
    ready: VecDeque<FlowId>,
    deadlines: Deadlines,
    scratch: Vec<u8>,
}

impl UdpFlows {
    /// Sends packets of at most `mtu` bytes to peers.
    pub(super) fn new(mtu: usize, patience: UdpPatience) -> Self {
        Self {
            mtu,
            patience,
            flows: BTreeMap::new(),
            by_key: HashMap::new(),
            ready: VecDeque::new(),
            deadlines: Deadlines::default(),
            scratch: vec![0; mtu],
        }
    }

    /// The flow that a datagram belongs to.
    pub(super) fn find(&self, key: &FlowKey) -> Option<FlowId> {
        self.by_key.get(key).copied()
    }

    /// Whether a flow is one of these.
    pub(super) fn contains(&self, id: FlowId) -> bool {
        self.flows.contains_key(&id)
    }

    /// Opens a flow and tells its near end.
    ///
    /// # Errors
    ///
    /// Fails when the host gives no socket or has no way to the destination.
    pub(super) fn open(
        &mut self,
        id: FlowId,
        key: FlowKey,
        registry: &Registry,
        now: Instant,
    ) -> io::Result<SocketAddr> {
        let mut socket = UdpSocket::bind(any_port_towards(key.destination))?;
        socket.connect(key.destination)?;
        let near = socket.local_addr()?;
        registry.register(&mut socket, Token(id.0), Interest::READABLE)?;
        let flow = UdpFlow {
            key,
            socket,
            answered: false,
            queued: false,
            last_moved: now,
        };
        self.flows.insert(id, flow);
        self.by_key.insert(key, id);
        self.deadlines
            .no_later_than(id, now + self.patience.unanswered);
        Ok(near)
    }

    /// Sends a datagram of the peer.
    ///
    /// # Errors
    ///
    /// Fails when the host does not take it; `ConnectionRefused` says that the destination
    /// refused an earlier one.
    pub(super) fn send(&mut self, id: FlowId, payload: &[u8], now: Instant) -> io::Result<()> {
        let Some(flow) = self.flows.get_mut(&id) else {
            return Ok(());
        };
        flow.last_moved = now;
        flow.socket.send(payload).map(|_| ())
    }

    /// Notes that a flow's socket has something; tells whether it is one of these flows.
    pub(super) fn handle_event(&mut self, id: FlowId) -> bool {
        let Some(flow) = self.flows.get_mut(&id) else {
            return false;
        };
        if !flow.queued {
            flow.queued = true;
            self.ready.push_back(id);
        }
        true
    }

    /// Reads the next datagram for a peer into `buffer`; flows that have several take turns.
    pub(super) fn receive(&mut self, buffer: &mut [u8], now: Instant) -> Option<Received> {
        while let Some(id) = self.ready.pop_front() {
            let Some(flow) = self.flows.get_mut(&id) else {
                continue;
            };
            match flow
                .socket
                .recv(room_and_one(&mut self.scratch, flow.key, self.mtu))
            {
                Ok(length) => {
                    self.ready.push_back(id);
                    flow.last_moved = now;
                    flow.answered = true;
                    let payload = &self.scratch[..length];
                    return Some(write(flow.key, payload, buffer, self.mtu));
                }
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    self.ready.push_back(id);
                    return Some(Received::Refused(flow.key));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => self.ready.push_back(id),
                Err(_) => flow.queued = false,
            }
        }
        None
    }

    /// Closes the next flow that was silent for too long and names it.
    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<FlowId> {
        while let Some(id) = self.deadlines.pop_due(now) {
            let Some(flow) = self.flows.get(&id) else {
                continue;
            };
            let patience = if flow.answered {
                self.patience.answered
            } else {
                self.patience.unanswered
            };
            let end = flow.last_moved + patience;
            if end <= now {
                self.remove(id);
                return Some(id);
            }
            self.deadlines.no_later_than(id, end);
        }
        None
    }

    /// When [`pop_expired`](Self::pop_expired) has something, at the earliest.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Closes a flow.
    pub(super) fn remove(&mut self, id: FlowId) {
        if let Some(flow) = self.flows.remove(&id) {
            self.by_key.remove(&flow.key);
            self.deadlines.remove(id);
        }
    }
}

/// The error that answers a flow's datagrams is about a packet like this one: its headers alone,
/// which is all that goes back.
pub(super) fn sample_datagram(key: FlowKey) -> Vec<u8> {
    let mut packet = vec![0; compose::udp_overhead(key.source.ip())];
    let length = compose::udp(key, &[], &mut packet).unwrap_or(0);
    packet.truncate(length);
    packet
}

fn any_port_towards(destination: SocketAddr) -> SocketAddr {
    let address = match destination.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(address, 0)
}

/// Room for the greatest payload that fits, and for one byte more: a datagram that fills it all
/// was greater, and cut off.
fn room_and_one(scratch: &mut [u8], key: FlowKey, mtu: usize) -> &mut [u8] {
    &mut scratch[..=mtu - compose::udp_overhead(key.source.ip())]
}

fn write(key: FlowKey, payload: &[u8], buffer: &mut [u8], mtu: usize) -> Received {
    if payload.len() + compose::udp_overhead(key.source.ip()) > mtu {
        return Received::TooLarge;
    }
    match compose::udp(key.reversed(), payload, buffer) {
        Some(length) => Received::Packet(length),
        None => Received::TooLarge,
    }
}
