//! Reads the packets of a peer: whole, unfragmented TCP, UDP and ICMP echo with right checksums,
//! or a named reason why not. Sans-IO.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::net::{IpAddr, SocketAddr};

use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv4Packet, Ipv6Packet,
        TcpPacket, UdpPacket,
    },
};

/// The two ends of a flow, as the peer's packets name them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct FlowKey {
    /// The end inside the tunnel.
    pub(crate) source: SocketAddr,
    /// The end that the peer talks to.
    pub(crate) destination: SocketAddr,
}

impl FlowKey {
    /// The same flow seen from its other end.
    pub(crate) const fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
        }
    }
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inbound<'a> {
    /// A TCP segment; smoltcp reads the rest of it.
    Tcp {
        /// Its flow.
        key: FlowKey,
        /// What it is to a connection.
        segment: Segment,
    },
    /// A UDP datagram.
    Udp {
        /// Its flow.
        key: FlowKey,
        /// What it carries.
        payload: &'a [u8],
    },
    /// An ICMP echo message.
    Echo(Echo<'a>),
}

/// What a TCP segment is to a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Segment {
    /// A SYN alone: it asks for a new one.
    Opening,
    /// It belongs to one that there should be already.
    Later,
}

/// Which of the two echo messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EchoKind {
    Request,
    Reply,
}

/// An ICMP echo message of either IP version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Echo<'a> {
    pub(crate) kind: EchoKind,
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) identifier: u16,
    pub(crate) sequence: u16,
    pub(crate) data: &'a [u8],
}

/// Why a packet is dropped unread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BadPacket {
    /// It ends before its headers say so, or its headers contradict each other.
    Malformed,
    /// A checksum is wrong.
    Checksum,
    /// It is a fragment. Peers keep to the tunnel's MTU, so none is put together again.
    Fragment,
    /// It carries another protocol, or another ICMP message.
    Protocol,
    /// No answer could ever reach its source.
    Source,
}

/// Reads one packet.
pub(crate) fn parse(packet: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    match packet.first().map(|first| first >> 4) {
        Some(4) => parse_version_four(packet),
        Some(6) => parse_version_six(packet),
        _ => Err(BadPacket::Malformed),
    }
}

fn parse_version_four(packet: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    let header = Ipv4Packet::new_checked(packet).map_err(|_| BadPacket::Malformed)?;
    if !header.verify_checksum() {
        return Err(BadPacket::Checksum);
    }
    if header.more_frags() || header.frag_offset() != 0 {
        return Err(BadPacket::Fragment);
    }
    let ends = Ends::new(header.src_addr().into(), header.dst_addr().into())?;
    match header.next_header() {
        IpProtocol::Tcp => parse_tcp(ends, header.payload()),
        IpProtocol::Udp => parse_udp(ends, header.payload()),
        IpProtocol::Icmp => parse_icmp_four(ends, header.payload()),
        _ => Err(BadPacket::Protocol),
    }
}

fn parse_version_six(packet: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    let header = Ipv6Packet::new_checked(packet).map_err(|_| BadPacket::Malformed)?;
    let ends = Ends::new(header.src_addr().into(), header.dst_addr().into())?;
    match header.next_header() {
        IpProtocol::Tcp => parse_tcp(ends, header.payload()),
        IpProtocol::Udp => parse_udp(ends, header.payload()),
        IpProtocol::Icmpv6 => parse_icmp_six(ends, header.payload()),
        IpProtocol::Ipv6Frag => Err(BadPacket::Fragment),
        _ => Err(BadPacket::Protocol),
    }
}

#[derive(Clone, Copy)]
struct Ends {
    source: IpAddr,
    destination: IpAddr,
}

impl Ends {
    fn new(source: IpAddr, destination: IpAddr) -> Result<Self, BadPacket> {
        let broadcast = matches!(source, IpAddr::V4(address) if address.is_broadcast());
        if source.is_unspecified() || source.is_multicast() || broadcast {
            return Err(BadPacket::Source);
        }
        Ok(Self {
            source,
            destination,
        })
    }

    fn key(self, source_port: u16, destination_port: u16) -> Result<FlowKey, BadPacket> {
        if source_port == 0 || destination_port == 0 {
            return Err(BadPacket::Malformed);
        }
        Ok(FlowKey {
            source: SocketAddr::new(self.source, source_port),
            destination: SocketAddr::new(self.destination, destination_port),
        })
    }
}

fn parse_tcp(ends: Ends, payload: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    let header = TcpPacket::new_checked(payload).map_err(|_| BadPacket::Malformed)?;
    if !header.verify_checksum(&ends.source.into(), &ends.destination.into()) {
        return Err(BadPacket::Checksum);
    }
    let key = ends.key(header.src_port(), header.dst_port())?;
    let opens = header.syn() && !header.ack() && !header.rst() && !header.fin();
    let segment = if opens {
        Segment::Opening
    } else {
        Segment::Later
    };
    Ok(Inbound::Tcp { key, segment })
}

fn parse_udp(ends: Ends, payload: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    let datagram = UdpPacket::new_checked(payload).map_err(|_| BadPacket::Malformed)?;
    // Only IPv4 may leave it out (RFC 8200, 8.1).
    let left_out = datagram.checksum() == 0 && ends.source.is_ipv6();
    if left_out || !datagram.verify_checksum(&ends.source.into(), &ends.destination.into()) {
        return Err(BadPacket::Checksum);
    }
    let key = ends.key(datagram.src_port(), datagram.dst_port())?;
    let payload = datagram.payload();
    Ok(Inbound::Udp { key, payload })
}

fn parse_icmp_four(ends: Ends, payload: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    let message = Icmpv4Packet::new_checked(payload).map_err(|_| BadPacket::Malformed)?;
    if !message.verify_checksum() {
        return Err(BadPacket::Checksum);
    }
    match Icmpv4Repr::parse(&message, &ChecksumCapabilities::ignored()) {
        Ok(Icmpv4Repr::EchoRequest {
            ident,
            seq_no,
            data,
        }) => Ok(echo(ends, EchoKind::Request, (ident, seq_no), data)),
        Ok(Icmpv4Repr::EchoReply {
            ident,
            seq_no,
            data,
        }) => Ok(echo(ends, EchoKind::Reply, (ident, seq_no), data)),
        _ => Err(BadPacket::Protocol),
    }
}

fn parse_icmp_six(ends: Ends, payload: &[u8]) -> Result<Inbound<'_>, BadPacket> {
    let (IpAddr::V6(source), IpAddr::V6(destination)) = (ends.source, ends.destination) else {
        return Err(BadPacket::Malformed);
    };
    let message = Icmpv6Packet::new_checked(payload).map_err(|_| BadPacket::Protocol)?;
    if !message.verify_checksum(&source, &destination) {
        return Err(BadPacket::Checksum);
    }
    let unchecked = ChecksumCapabilities::ignored();
    match Icmpv6Repr::parse(&source, &destination, &message, &unchecked) {
        Ok(Icmpv6Repr::EchoRequest {
            ident,
            seq_no,
            data,
        }) => Ok(echo(ends, EchoKind::Request, (ident, seq_no), data)),
        Ok(Icmpv6Repr::EchoReply {
            ident,
            seq_no,
            data,
        }) => Ok(echo(ends, EchoKind::Reply, (ident, seq_no), data)),
        _ => Err(BadPacket::Protocol),
    }
}

fn echo(
    ends: Ends,
    kind: EchoKind,
    (identifier, sequence): (u16, u16),
    data: &[u8],
) -> Inbound<'_> {
    Inbound::Echo(Echo {
        kind,
        source: ends.source,
        destination: ends.destination,
        identifier,
        sequence,
        data,
    })
}
