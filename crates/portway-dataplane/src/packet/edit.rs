//! Changes in place that keep the checksums true without reading the packet again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::EthernetAddress;

use super::{Fragment, Network, Packet, Transport, checksum};

const MAC: usize = 6;
const IPV4_TIME_TO_LIVE: usize = 8;
const IPV4_CHECKSUM: usize = 10;
const IPV4_SOURCE: usize = 12;
const IPV4_DESTINATION: usize = 16;
const IPV6_HOP_LIMIT: usize = 7;
const IPV6_SOURCE: usize = 8;
const IPV6_DESTINATION: usize = 24;
const UDP_CHECKSUM: usize = 6;
const TCP_CHECKSUM: usize = 16;
const ICMPV6_CHECKSUM: usize = 2;
const SOURCE_PORT: usize = 0;
const DESTINATION_PORT: usize = 2;

/// Which end of a packet.
#[derive(Clone, Copy)]
enum End {
    Source,
    Destination,
}

impl Packet<'_> {
    /// Swaps the Ethernet addresses; nothing happens to a packet that begins with IP.
    #[inline]
    pub fn swap_macs(&mut self) {
        if self.has_ethernet {
            swap::<MAC>(self.bytes, 0);
        }
    }

    /// Sets the Ethernet addresses; nothing happens to a packet that begins with IP.
    #[inline]
    pub fn set_macs(&mut self, source: EthernetAddress, destination: EthernetAddress) {
        if self.has_ethernet {
            self.bytes[..MAC].copy_from_slice(destination.as_bytes());
            self.bytes[MAC..2 * MAC].copy_from_slice(source.as_bytes());
        }
    }

    /// Swaps the IP addresses, and the ports of UDP and TCP: the packet goes back to where it came from. No checksum
    /// changes by that.
    #[inline]
    pub fn swap_ends(&mut self) {
        let network_at = usize::from(self.layout.network_at);
        match self.layout.network {
            Network::Ipv4 => swap::<4>(self.bytes, network_at + IPV4_SOURCE),
            Network::Ipv6 => swap::<16>(self.bytes, network_at + IPV6_SOURCE),
            _ => return,
        }
        if matches!(self.layout.transport, Transport::Udp | Transport::Tcp) {
            swap::<2>(self.bytes, usize::from(self.layout.transport_at));
        }
    }

    /// Lowers the time to live or hop limit by one, with the checksum. Tells whether the packet may go on; where it may
    /// not, it stays as it is.
    #[inline]
    pub fn decrement_hop_limit(&mut self) -> bool {
        let header = &mut self.bytes[usize::from(self.layout.network_at)..];
        let at = match self.layout.network {
            Network::Ipv4 => IPV4_TIME_TO_LIVE,
            Network::Ipv6 => IPV6_HOP_LIMIT,
            _ => return false,
        };
        if header[at] <= 1 {
            return false;
        }
        header[at] -= 1;
        if self.layout.network == Network::Ipv4 {
            // The byte is the upper half of its word, which is one lower now.
            let lower = u16::from_be_bytes([header[at], header[at + 1]]);
            update_word(header, IPV4_CHECKSUM, lower.wrapping_add(0x0100), lower);
        }
        true
    }

    /// Sets the IP address that it comes from, with the checksums. Tells whether it could: the versions agree.
    pub fn set_source(&mut self, address: IpAddr) -> bool {
        self.set_address(End::Source, address)
    }

    /// Sets the IP address that it goes to, with the checksums. Tells whether it could: the versions agree.
    ///
    /// In a packet with an IPv6 routing header the checksum is that of the last destination (RFC 8200, section 8.1),
    /// which is not known here: [`fill_checksums`](Self::fill_checksums) and this one take the address of the IP header.
    pub fn set_destination(&mut self, address: IpAddr) -> bool {
        self.set_address(End::Destination, address)
    }

    /// Sets the port that it comes from, with the checksum. Tells whether it has ports.
    pub fn set_source_port(&mut self, port: u16) -> bool {
        self.set_port(SOURCE_PORT, port)
    }

    /// Sets the port that it goes to, with the checksum. Tells whether it has ports.
    pub fn set_destination_port(&mut self, port: u16) -> bool {
        self.set_port(DESTINATION_PORT, port)
    }

    fn set_address(&mut self, end: End, address: IpAddr) -> bool {
        match (self.layout.network, address) {
            (Network::Ipv4, IpAddr::V4(address)) => self.set_ipv4(end, address),
            (Network::Ipv6, IpAddr::V6(address)) => self.set_ipv6(end, address),
            _ => return false,
        }
        true
    }

    fn set_ipv4(&mut self, end: End, address: Ipv4Addr) {
        let at = match end {
            End::Source => IPV4_SOURCE,
            End::Destination => IPV4_DESTINATION,
        };
        let old: [u8; 4] = self.replace(at, address.octets());
        let header = &mut self.bytes[usize::from(self.layout.network_at)..];
        update_at(header, IPV4_CHECKSUM, &old, &address.octets());
        self.update_transport(&old, &address.octets());
    }

    fn set_ipv6(&mut self, end: End, address: Ipv6Addr) {
        let at = match end {
            End::Source => IPV6_SOURCE,
            End::Destination => IPV6_DESTINATION,
        };
        let old: [u8; 16] = self.replace(at, address.octets());
        self.update_transport(&old, &address.octets());
    }

    /// Writes bytes of the network header and gives those that were there.
    fn replace<const N: usize>(&mut self, at: usize, new: [u8; N]) -> [u8; N] {
        let first = usize::from(self.layout.network_at) + at;
        let mut old = new;
        old.swap_with_slice(&mut self.bytes[first..first + N]);
        old
    }

    fn set_port(&mut self, at: usize, port: u16) -> bool {
        let Some((source, destination)) = self.ports() else {
            return false;
        };
        let old = if at == SOURCE_PORT {
            source
        } else {
            destination
        };
        let first = usize::from(self.layout.transport_at) + at;
        self.bytes[first..first + 2].copy_from_slice(&port.to_be_bytes());
        self.update_transport(&old.to_be_bytes(), &port.to_be_bytes());
        true
    }

    /// Changes the transport checksum where it covers what changed: the addresses (all but ICMP for IPv4) or ports.
    fn update_transport(&mut self, old: &[u8], new: &[u8]) {
        let at = match self.layout.transport {
            Transport::Udp => UDP_CHECKSUM,
            Transport::Tcp => TCP_CHECKSUM,
            Transport::Icmpv6 => ICMPV6_CHECKSUM,
            _ => return,
        };
        let is_udp = self.layout.transport == Transport::Udp;
        let header = &mut self.bytes[usize::from(self.layout.transport_at)..];
        // Left out; it stays so.
        if is_udp && header[at..at + 2] == [0, 0] {
            return;
        }
        update_at(header, at, old, new);
        // Zero would say that it was left out (RFC 768).
        if is_udp && header[at..at + 2] == [0, 0] {
            header[at..at + 2].copy_from_slice(&[0xFF, 0xFF]);
        }
    }

    /// Whether the transport header is there in whole or in its first fragment.
    pub fn has_transport(&self) -> bool {
        self.layout.fragment != Fragment::Later && self.layout.transport != Transport::Absent
    }
}

/// Swaps two fields of one length that stand side by side.
#[inline]
fn swap<const LENGTH: usize>(bytes: &mut [u8], at: usize) {
    let fields = &mut bytes[at..at + 2 * LENGTH];
    if let ([first, second], _) = fields.as_chunks_mut::<LENGTH>() {
        std::mem::swap(first, second);
    }
}

fn update_word(header: &mut [u8], at: usize, old: u16, new: u16) {
    let before = u16::from_be_bytes([header[at], header[at + 1]]);
    let after = checksum::update(before, old, new);
    header[at..at + 2].copy_from_slice(&after.to_be_bytes());
}

fn update_at(header: &mut [u8], at: usize, old: &[u8], new: &[u8]) {
    let before = u16::from_be_bytes([header[at], header[at + 1]]);
    let after = checksum::update_bytes(before, old, new);
    header[at..at + 2].copy_from_slice(&after.to_be_bytes());
}
