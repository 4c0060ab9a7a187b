//! The router: `l3fwd`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use portway_xdp::{Burst, Frame, MAXIMUM_BURST};
use smoltcp::wire::{Ipv4Packet, Ipv6Packet};

use super::{NextHop, RouteTable, budget::Budget, expired, is_martian_v4, is_martian_v6};
use crate::{
    checksum,
    modes::{Arrival, DiscardReason, Identity, Mode, Outputs, responder::Role},
};

const ETHERNET_HEADER: usize = 14;
const MACS: usize = 12;
const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xDD];
/// An IPv4 header without options.
const SIMPLE_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const IPV4_TIME_TO_LIVE: usize = 8;
const IPV4_CHECKSUM: usize = 10;
const IPV6_HOP_LIMIT: usize = 7;

/// Forwards IPv4 and IPv6 packets by the longest prefix of their destination.
///
/// Both Ethernet addresses are rewritten: the destination to that of the route, the source to that of the port that the
/// packet leaves by. The hop limit is lowered, and IPv4's checksum with it; a packet whose hop limit ends here is answered
/// by ICMP "time exceeded", up to 1000 times a second a port. What is for the router itself (ARP and neighbour
/// solicitations for its addresses, pings to them) is answered.
///
/// Frames with a VLAN tag are discarded. Packets are not fragmented: one that is too long for a port is dropped there.
#[derive(Debug)]
pub struct Router {
    routes: Arc<RouteTable>,
    /// By the value of a route: what it does to a packet.
    rewrites: Vec<Rewrite>,
    /// By port.
    identities: Arc<[Identity]>,
    /// The addresses of all ports.
    own_v4: Vec<Ipv4Addr>,
    own_v6: Vec<Ipv6Addr>,
    budget: Budget,
    /// What is to be done with each frame of the burst.
    found: Vec<Found>,
}

/// What a route does to a packet.
#[derive(Clone, Copy, Debug)]
struct Rewrite {
    /// Destination and source.
    macs: [u8; MACS],
    port: usize,
}

impl Rewrite {
    fn new(next: &NextHop, identities: &[Identity]) -> Self {
        let mac = identities.get(next.port).and_then(|identity| identity.mac);
        let mut macs = [0; MACS];
        macs[..6].copy_from_slice(next.mac.as_bytes());
        macs[6..].copy_from_slice(mac.unwrap_or_default().as_bytes());
        let port = next.port;
        Self { macs, port }
    }
}

/// What was found out about a frame while the table was read.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// Its destination, and then the value of its route.
    V4(u32),
    /// The value of its route.
    V6(u32),
    /// It may be for the router itself.
    Own,
    Expired,
    Bad(DiscardReason),
}

impl Router {
    /// Forwards by these routes. `identities` says who the router is on each port, in their order.
    pub fn new(routes: Arc<RouteTable>, identities: Arc<[Identity]>) -> Self {
        let addresses = || identities.iter().flat_map(|identity| &identity.addresses);
        let v4 = |address: &IpAddr| match address {
            IpAddr::V4(address) => Some(*address),
            IpAddr::V6(_) => None,
        };
        let v6 = |address: &IpAddr| match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => Some(*address),
        };
        Self {
            own_v4: addresses().filter_map(v4).collect(),
            own_v6: addresses().filter_map(v6).collect(),
            rewrites: routes
                .next_hops()
                .iter()
                .map(|next| Rewrite::new(next, &identities))
                .collect(),
            routes,
            identities,
            budget: Budget::default(),
            found: Vec::with_capacity(MAXIMUM_BURST),
        }
    }

    /// Reads the destination of a frame and its route.
    #[inline]
    fn find(&self, frame: &Frame) -> Found {
        let Some((link, packet)) = frame.split_first_chunk::<ETHERNET_HEADER>() else {
            return Found::Bad(DiscardReason::Malformed);
        };
        let found = match [link[MACS], link[MACS + 1]] {
            IPV4 => self.find_v4(packet),
            IPV6 => self.find_v6(packet),
            // ARP, or something else that the responder tells apart.
            _ => Ok(Found::Own),
        };
        let found = found.unwrap_or_else(Found::Bad);
        // What was sent to everybody is forwarded by nobody (RFC 1812, section 5.3.4).
        if link[0] & 1 != 0 && !matches!(found, Found::Own) {
            return Found::Bad(DiscardReason::Martian);
        }
        found
    }

    #[inline]
    fn find_v4(&self, packet: &[u8]) -> Result<Found, DiscardReason> {
        let header = Ipv4Packet::new_checked(packet).map_err(|_| DiscardReason::Malformed)?;
        if header.version() != 4 {
            return Err(DiscardReason::Malformed);
        }
        if !is_sound(packet, usize::from(header.header_len())) {
            return Err(DiscardReason::Checksum);
        }
        let (source, destination) = (header.src_addr(), header.dst_addr());
        if self.own_v4.contains(&destination) {
            return Ok(Found::Own);
        }
        if is_martian_v4(source) || is_martian_v4(destination) {
            return Err(DiscardReason::Martian);
        }
        if header.hop_limit() <= 1 {
            return Ok(Found::Expired);
        }
        Ok(Found::V4(destination.to_bits()))
    }

    #[inline]
    fn find_v6(&self, packet: &[u8]) -> Result<Found, DiscardReason> {
        let header = Ipv6Packet::new_checked(packet).map_err(|_| DiscardReason::Malformed)?;
        if header.version() != 6 {
            return Err(DiscardReason::Malformed);
        }
        let (source, destination) = (header.src_addr(), header.dst_addr());
        // Neighbours are looked for by multicast.
        if destination.is_multicast() || self.own_v6.contains(&destination) {
            return Ok(Found::Own);
        }
        if is_martian_v6(source) || is_martian_v6(destination) {
            return Err(DiscardReason::Martian);
        }
        if header.hop_limit() <= 1 {
            return Ok(Found::Expired);
        }
        Ok(Found::V6(self.routes.find_v6(destination)))
    }

    /// Rewrites the frame and sends it. `pass` lowers the hop limit, which is above 1, in the first bytes of the header.
    #[inline]
    fn forward<const HEADER: usize>(
        &self,
        mut frame: Frame,
        route: u32,
        outputs: &mut Outputs,
        pass: impl Fn(&mut [u8; HEADER]),
    ) {
        let Some(rewrite) = self.rewrites.get((route as usize).wrapping_sub(1)) else {
            return outputs.discard(frame, DiscardReason::NoRoute);
        };
        if let Some((link, packet)) = frame.split_first_chunk_mut::<ETHERNET_HEADER>()
            && let Some(header) = packet.first_chunk_mut()
        {
            link[..MACS].copy_from_slice(&rewrite.macs);
            pass(header);
        }
        outputs.send(rewrite.port, frame);
    }

    /// Answers what is for the router itself.
    #[cold]
    fn answer(&self, mut frame: Frame, arrival: Arrival, outputs: &mut Outputs) {
        let v4 = self.own_v4.iter().copied().map(IpAddr::V4);
        let v6 = self.own_v6.iter().copied().map(IpAddr::V6);
        let identity = Identity {
            mac: self
                .identities
                .get(arrival.port)
                .and_then(|identity| identity.mac),
            addresses: v4.chain(v6).collect(),
        };
        // Without an address nothing is its own.
        if identity.addresses.is_empty() {
            return outputs.discard(frame, DiscardReason::Unsupported);
        }
        match identity.answer(&mut frame, Role::Router) {
            Ok(()) => outputs.send(arrival.port, frame),
            Err(reason) => outputs.discard(frame, reason),
        }
    }

    #[cold]
    fn expire(&mut self, mut frame: Frame, arrival: Arrival, outputs: &mut Outputs) {
        let Some(identity) = self.identities.get(arrival.port) else {
            return outputs.discard(frame, DiscardReason::Expired);
        };
        if !self.budget.take(arrival.now) {
            return outputs.discard(frame, DiscardReason::Expired);
        }
        match expired::answer(&mut frame, identity) {
            Ok(()) => {
                outputs.count(DiscardReason::Expired, 1);
                outputs.send(arrival.port, frame);
            }
            Err(reason) => outputs.discard(frame, reason),
        }
    }
}

impl Mode for Router {
    fn name(&self) -> &'static str {
        "l3fwd"
    }

    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs) {
        outputs.discard_divided(burst);
        // First all are read, then all are looked up, then all are changed: so the processor waits for the memory of
        // many routes at once.
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        found.extend(burst.iter().map(|frame| self.find(frame)));
        for found in &mut found {
            if let Found::V4(value) = found {
                *value = self.routes.find_v4((*value).into());
            }
        }
        for (frame, found) in burst.drain(burst.len()).zip(&found) {
            match *found {
                Found::V4(route) => self.forward(frame, route, outputs, pass_v4),
                Found::V6(route) => self.forward(frame, route, outputs, pass_v6),
                Found::Own => self.answer(frame, arrival, outputs),
                Found::Expired => self.expire(frame, arrival, outputs),
                Found::Bad(reason) => outputs.discard(frame, reason),
            }
        }
        self.found = found;
    }
}

/// Whether the checksum of the header is right. Options are rare, and a length that is known is summed faster.
#[inline]
fn is_sound(packet: &[u8], length: usize) -> bool {
    match packet.first_chunk::<SIMPLE_HEADER>() {
        Some(header) if length == SIMPLE_HEADER => checksum::of(header) == 0,
        _ => checksum::of(&packet[..length]) == 0,
    }
}

/// Lowers the time to live, and the checksum with it.
#[inline]
fn pass_v4(header: &mut [u8; SIMPLE_HEADER]) {
    let (hops, protocol) = (header[IPV4_TIME_TO_LIVE], header[IPV4_TIME_TO_LIVE + 1]);
    let sum = u16::from_be_bytes([header[IPV4_CHECKSUM], header[IPV4_CHECKSUM + 1]]);
    let word = |hops| u16::from_be_bytes([hops, protocol]);
    let sum = checksum::update(sum, word(hops), word(hops - 1));
    header[IPV4_TIME_TO_LIVE] = hops - 1;
    header[IPV4_CHECKSUM..IPV4_CHECKSUM + 2].copy_from_slice(&sum.to_be_bytes());
}

#[inline]
fn pass_v6(header: &mut [u8; IPV6_HEADER]) {
    header[IPV6_HOP_LIMIT] -= 1;
}
