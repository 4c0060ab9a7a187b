//! Errors of a router: a packet goes no further.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portway_dataplane::PacketQueue;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        Icmpv4DstUnreachable, Icmpv4Packet, Icmpv4Repr, Icmpv4TimeExceeded, Icmpv6Repr,
        Icmpv6TimeExceeded, IpProtocol, Ipv4Packet, Ipv4Repr, Ipv6Packet, Ipv6Repr,
    },
};

use super::{
    message::{push_icmp_four_and, push_icmp_six},
    quoted,
};

/// Why a router does not pass a packet on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// It has come too far.
    HopsUsedUp,
    /// It is longer than this, the MTU of the way on, and must not be cut.
    TooBig(usize),
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

#[cfg(test)]
mod tests {
    use super::{
        super::{super::packet::FlowKey, udp},
        *,
    };

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
