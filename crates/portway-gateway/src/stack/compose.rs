//! Writes packets to a peer: echo messages, unreachable messages and UDP datagrams. Sans-IO.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portway_dataplane::PacketQueue;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        Icmpv4DstUnreachable, Icmpv4Packet, Icmpv4Repr, Icmpv4TimeExceeded, Icmpv6DstUnreachable,
        Icmpv6Packet, Icmpv6Repr, Icmpv6TimeExceeded, IpProtocol, IpRepr, Ipv4Packet, Ipv4Repr,
        Ipv6Packet, Ipv6Repr, UDP_HEADER_LEN, UdpPacket, UdpRepr,
    },
};

use super::packet::{Echo, EchoKind, FlowKey};

/// How far our packets may travel: the default of the systems that we stand in for.
const HOP_LIMIT: u8 = 64;

/// How much of a refused packet behind its IP header goes back in an ICMP error: the ports and
/// the length, which is what RFC 792 asks for and all that a sender looks at.
const QUOTED_BYTES: usize = 8;

/// Why a destination cannot be reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unreachable {
    /// Nobody listens there.
    Port,
    /// There is no way to it.
    Host,
    /// The policy forbids it.
    Prohibited,
}

/// Why a router does not pass a packet on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// It has come too far.
    HopsUsedUp,
    /// It is longer than this, the MTU of the way on, and must not be cut.
    TooBig(usize),
}

/// Queues an echo message.
pub(crate) fn echo(message: &Echo<'_>, queue: &mut PacketQueue) {
    match (message.source, message.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            push_icmp_four(source, destination, &echo_four(message), queue);
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            push_icmp_six(source, destination, &echo_six(message), queue);
        }
        _ => {}
    }
}

/// Queues the error that answers `refused`, a whole IP packet, as from the address `from` (of the
/// same version, or nothing is sent).
pub(crate) fn unreachable(
    reason: Unreachable,
    refused: &[u8],
    from: IpAddr,
    queue: &mut PacketQueue,
) {
    match from {
        IpAddr::V4(from) => unreachable_four(reason, refused, from, queue),
        IpAddr::V6(from) => unreachable_six(reason, refused, from, queue),
    }
}

/// Queues the error by which a router at `from` tells the sender of `refused` why it goes no further. Errors and later
/// fragments are not answered, nor what comes from no single host (RFC 1122, 3.2.2; RFC 4443, 2.4).
pub(crate) fn refusal(why: Refusal, refused: &[u8], from: IpAddr, queue: &mut PacketQueue) {
    match from {
        IpAddr::V4(from) => drop(refusal_four(why, refused, from, queue)),
        IpAddr::V6(from) => drop(refusal_six(why, refused, from, queue)),
    }
}

fn refusal_four(
    why: Refusal,
    refused: &[u8],
    from: Ipv4Addr,
    queue: &mut PacketQueue,
) -> Option<()> {
    let packet = Ipv4Packet::new_checked(refused).ok()?;
    let header = Ipv4Repr::parse(&packet, &ChecksumCapabilities::ignored()).ok()?;
    // Echo request and reply are no errors; other messages are rare enough to go unanswered.
    let first = packet.payload().first().copied();
    let is_error = header.next_header == IpProtocol::Icmp && !matches!(first, Some(0 | 8));
    let source = header.src_addr;
    let is_nobody = source.is_unspecified() || source.is_multicast() || source.is_broadcast();
    if is_error || is_nobody || packet.frag_offset() != 0 {
        return None;
    }
    let data = quoted(packet.payload());
    let message = match why {
        Refusal::HopsUsedUp => Icmpv4Repr::TimeExceeded {
            reason: Icmpv4TimeExceeded::TtlExpired,
            header,
            data,
        },
        Refusal::TooBig(_) => Icmpv4Repr::DstUnreachable {
            reason: Icmpv4DstUnreachable::FragRequired,
            header,
            data,
        },
    };
    push_icmp_four_and(from, source, &message, queue, |body| {
        if let Refusal::TooBig(mtu) = why {
            // RFC 1191, section 4: the lower half of the unused word.
            body[6..8].copy_from_slice(&(mtu as u16).to_be_bytes());
            Icmpv4Packet::new_unchecked(body).fill_checksum();
        }
    });
    Some(())
}

fn refusal_six(
    why: Refusal,
    refused: &[u8],
    from: Ipv6Addr,
    queue: &mut PacketQueue,
) -> Option<()> {
    let packet = Ipv6Packet::new_checked(refused).ok()?;
    let header = Ipv6Repr::parse(&packet).ok()?;
    let first = packet.payload().first().copied().unwrap_or(0);
    // Messages below 128 are errors.
    let is_error = header.next_header == IpProtocol::Icmpv6 && first < 128;
    let source = header.src_addr;
    if is_error || source.is_unspecified() || source.is_multicast() {
        return None;
    }
    let data = quoted(packet.payload());
    let message = match why {
        Refusal::HopsUsedUp => Icmpv6Repr::TimeExceeded {
            reason: Icmpv6TimeExceeded::HopLimitExceeded,
            header,
            data,
        },
        Refusal::TooBig(mtu) => Icmpv6Repr::PktTooBig {
            mtu: mtu as u32,
            header,
            data,
        },
    };
    push_icmp_six(from, source, &message, queue);
    Some(())
}

/// Writes a UDP datagram into `packet` and tells its length; none when it does not fit or its ends
/// are of different IP versions.
pub(crate) fn udp(key: FlowKey, payload: &[u8], packet: &mut [u8]) -> Option<usize> {
    if key.source.is_ipv4() != key.destination.is_ipv4() {
        return None;
    }
    let (source, destination) = (key.source.ip().into(), key.destination.ip().into());
    let length = UDP_HEADER_LEN + payload.len();
    let ip = IpRepr::new(source, destination, IpProtocol::Udp, length, HOP_LIMIT);
    let packet = packet.get_mut(..ip.buffer_len())?;
    let checksums = ChecksumCapabilities::default();
    ip.emit(&mut *packet, &checksums);
    let udp = UdpRepr {
        src_port: key.source.port(),
        dst_port: key.destination.port(),
    };
    udp.emit(
        &mut UdpPacket::new_unchecked(&mut packet[ip.header_len()..]),
        &source,
        &destination,
        payload.len(),
        |room| room.copy_from_slice(payload),
        &checksums,
    );
    Some(ip.buffer_len())
}

/// The bytes that a UDP datagram needs beside its payload.
pub(crate) const fn udp_overhead(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => smoltcp::wire::IPV4_HEADER_LEN + UDP_HEADER_LEN,
        IpAddr::V6(_) => smoltcp::wire::IPV6_HEADER_LEN + UDP_HEADER_LEN,
    }
}

fn echo_four<'a>(message: &Echo<'a>) -> Icmpv4Repr<'a> {
    let (ident, seq_no, data) = (message.identifier, message.sequence, message.data);
    match message.kind {
        EchoKind::Request => Icmpv4Repr::EchoRequest {
            ident,
            seq_no,
            data,
        },
        EchoKind::Reply => Icmpv4Repr::EchoReply {
            ident,
            seq_no,
            data,
        },
    }
}

fn echo_six<'a>(message: &Echo<'a>) -> Icmpv6Repr<'a> {
    let (ident, seq_no, data) = (message.identifier, message.sequence, message.data);
    match message.kind {
        EchoKind::Request => Icmpv6Repr::EchoRequest {
            ident,
            seq_no,
            data,
        },
        EchoKind::Reply => Icmpv6Repr::EchoReply {
            ident,
            seq_no,
            data,
        },
    }
}

fn unreachable_four(reason: Unreachable, refused: &[u8], from: Ipv4Addr, queue: &mut PacketQueue) {
    let Ok(packet) = Ipv4Packet::new_checked(refused) else {
        return;
    };
    let Ok(header) = Ipv4Repr::parse(&packet, &ChecksumCapabilities::ignored()) else {
        return;
    };
    let reason = match reason {
        Unreachable::Port => Icmpv4DstUnreachable::PortUnreachable,
        Unreachable::Host => Icmpv4DstUnreachable::HostUnreachable,
        Unreachable::Prohibited => Icmpv4DstUnreachable::CommProhibited,
    };
    let data = quoted(packet.payload());
    let message = Icmpv4Repr::DstUnreachable {
        reason,
        header,
        data,
    };
    push_icmp_four(from, header.src_addr, &message, queue);
}

fn unreachable_six(reason: Unreachable, refused: &[u8], from: Ipv6Addr, queue: &mut PacketQueue) {
    let Ok(packet) = Ipv6Packet::new_checked(refused) else {
        return;
    };
    let Ok(header) = Ipv6Repr::parse(&packet) else {
        return;
    };
    let reason = match reason {
        Unreachable::Port => Icmpv6DstUnreachable::PortUnreachable,
        Unreachable::Host => Icmpv6DstUnreachable::NoRoute,
        Unreachable::Prohibited => Icmpv6DstUnreachable::AdminProhibit,
    };
    let data = quoted(packet.payload());
    let message = Icmpv6Repr::DstUnreachable {
        reason,
        header,
        data,
    };
    push_icmp_six(from, header.src_addr, &message, queue);
}

fn quoted(payload: &[u8]) -> &[u8] {
    payload.get(..QUOTED_BYTES).unwrap_or(payload)
}

fn push_icmp_four(
    source: Ipv4Addr,
    destination: Ipv4Addr,
    message: &Icmpv4Repr<'_>,
    queue: &mut PacketQueue,
) {
    push_icmp_four_and(source, destination, message, queue, |_| {});
}

/// The same; `finish` changes the message before it goes.
fn push_icmp_four_and(
    source: Ipv4Addr,
    destination: Ipv4Addr,
    message: &Icmpv4Repr<'_>,
    queue: &mut PacketQueue,
    finish: impl FnOnce(&mut [u8]),
) {
    let length = message.buffer_len();
    let ip = IpRepr::new(
        source.into(),
        destination.into(),
        IpProtocol::Icmp,
        length,
        HOP_LIMIT,
    );
    let checksums = ChecksumCapabilities::default();
    queue.push_with(ip.buffer_len(), |packet| {
        ip.emit(&mut *packet, &checksums);
        let body = &mut packet[ip.header_len()..];
        message.emit(&mut Icmpv4Packet::new_unchecked(&mut *body), &checksums);
        finish(body);
    });
}

fn push_icmp_six(
    source: Ipv6Addr,
    destination: Ipv6Addr,
    message: &Icmpv6Repr<'_>,
    queue: &mut PacketQueue,
) {
    let length = message.buffer_len();
    let ip = IpRepr::new(
        source.into(),
        destination.into(),
        IpProtocol::Icmpv6,
        length,
        HOP_LIMIT,
    );
    let checksums = ChecksumCapabilities::default();
    queue.push_with(ip.buffer_len(), |packet| {
        ip.emit(&mut *packet, &checksums);
        let mut body = Icmpv6Packet::new_unchecked(&mut packet[ip.header_len()..]);
        message.emit(&source, &destination, &mut body, &checksums);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A UDP datagram that is to be refused.
    fn refused(source: &str, destination: &str) -> Vec<u8> {
        let key = FlowKey {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        };
        let mut packet = vec![0; 200];
        let length = udp(key, b"payload", &mut packet).unwrap();
        packet.truncate(length);
        packet
    }

    /// What is said of it.
    fn said(why: Refusal, refused: &[u8], from: &str) -> Option<Vec<u8>> {
        let mut queue = PacketQueue::default();
        refusal(why, refused, from.parse().unwrap(), &mut queue);
        let mut packet = vec![0; 1500];
        let length = queue.pop_into(&mut packet)?;
        packet.truncate(length);
        Some(packet)
    }

    #[test]
    fn a_refusal_tells_the_mtu_and_quotes_the_packet() {
        let packet = refused("192.0.2.1:1", "192.0.2.2:2");
        let answer = said(Refusal::TooBig(1420), &packet, "10.77.0.1").unwrap();
        let header = Ipv4Packet::new_checked(&answer[..]).unwrap();
        let message = Icmpv4Packet::new_checked(header.payload()).unwrap();
        assert!(header.verify_checksum() && message.verify_checksum());
        assert_eq!(header.dst_addr(), Ipv4Addr::new(192, 0, 2, 1));
        // Type 3, code 4, the MTU in the last two bytes of the header, then the packet.
        assert_eq!(header.payload()[..2], [3, 4]);
        assert_eq!(header.payload()[6..8], 1420_u16.to_be_bytes());
        assert_eq!(header.payload()[20..28], packet[12..20]);
        let packet = refused("[2001:db8::1]:1", "[2001:db8::2]:2");
        let answer = said(Refusal::TooBig(1280), &packet, "fd77::1").unwrap();
        assert_eq!(answer[40..42], [2, 0]);
        assert_eq!(answer[44..48], 1280_u32.to_be_bytes());
    }

    #[test]
    fn errors_later_fragments_and_what_comes_from_nobody_are_not_answered() {
        let why = Refusal::HopsUsedUp;
        let packet = refused("192.0.2.1:1", "192.0.2.2:2");
        let error = said(why, &packet, "10.77.0.1").unwrap();
        assert_eq!(error[20..22], [11, 0]);
        assert_eq!(said(why, &error, "10.77.0.1"), None);
        let mut fragment = packet.clone();
        fragment[7] = 1;
        assert_eq!(said(why, &fragment, "10.77.0.1"), None);
        assert_eq!(
            said(why, &refused("224.0.0.1:1", "192.0.2.2:2"), "10.77.0.1"),
            None
        );
        let error = said(
            why,
            &refused("[2001:db8::1]:1", "[2001:db8::2]:2"),
            "fd77::1",
        );
        assert_eq!(said(why, &error.unwrap(), "fd77::1"), None);
    }
}
