//! Answers to packets whose time to live ended here (RFC 792, RFC 4443): ICMP "time exceeded".

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portway_xdp::Frame;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        Icmpv4Message, Icmpv4Packet, Icmpv6Message, Icmpv6Packet, IpProtocol, Ipv4Packet, Ipv4Repr,
        Ipv6Packet, Ipv6Repr,
    },
};

use super::{is_martian_v4, is_martian_v6};
use crate::{
    Fragment, Network, Packet, Transport,
    modes::{DiscardReason, Identity},
};

const ETHERNET_HEADER: usize = 14;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const ICMP_HEADER: usize = 8;
/// The longest answer over IPv4 (RFC 1812, section 4.3.2.3).
const LONGEST_V4: usize = 576;
/// The longest answer over IPv6: what every link carries (RFC 4443, section 2.4).
const LONGEST_V6: usize = 1280;
const HOP_LIMIT: u8 = 64;
/// What a router without an address of its own answers from (RFC 7600, section 4.8).
const DUMMY_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 0, 8);

/// Makes the answer of the packet itself, in its frame: it moves behind the new headers and is cut.
///
/// # Errors
///
/// The reason to discard it unanswered: it is an ICMP error itself, a later fragment, or has no sender.
pub(super) fn answer(frame: &mut Frame, identity: &Identity) -> Result<(), DiscardReason> {
    let packet = Packet::ethernet(frame)?;
    let (source, destination) = packet.addresses().ok_or(DiscardReason::Unsupported)?;
    if !may_be_answered(&packet, source, destination) {
        return Err(DiscardReason::Expired);
    }
    let length = packet.layout().end as usize - ETHERNET_HEADER;
    let mut link: [u8; ETHERNET_HEADER] = *frame.first_chunk().ok_or(DiscardReason::Malformed)?;
    let (to, from) = link.split_at_mut(6);
    to.swap_with_slice(&mut from[..6]);
    if let Some(mac) = identity.mac {
        link[6..12].copy_from_slice(mac.as_bytes());
    }
    frame.trim_front(ETHERNET_HEADER);
    frame.truncate(length);
    match source {
        IpAddr::V4(to) => answer_v4(frame, identity.first_v4().unwrap_or(DUMMY_V4), to)?,
        IpAddr::V6(to) => {
            let from = identity.first_v6().ok_or(DiscardReason::Expired)?;
            answer_v6(frame, from, to)?;
        }
    }
    let front = frame.prepend(ETHERNET_HEADER);
    front
        .map_err(|_| DiscardReason::Expired)?
        .copy_from_slice(&link);
    Ok(())
}

/// Errors about errors, and to nobody in particular, would make storms (RFC 1812, section 4.3.2.7; RFC 4443,
/// section 2.4).
fn may_be_answered(packet: &Packet<'_>, source: IpAddr, destination: IpAddr) -> bool {
    let was_broadcast = packet.macs().is_none_or(|(_, to)| !to.is_unicast());
    packet.layout().fragment != Fragment::Later
        && !was_broadcast
        && !is_martian(source)
        && !is_martian(destination)
        && !is_icmp_error(packet)
}

fn is_martian(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_martian_v4(address),
        IpAddr::V6(address) => is_martian_v6(address),
    }
}

fn is_icmp_error(packet: &Packet<'_>) -> bool {
    match (packet.layout().network, packet.layout().transport) {
        // A type that is not known might be one.
        (Network::Ipv4, Transport::Icmpv4) => packet.icmpv4().is_none_or(|message| {
            !matches!(
                message.msg_type(),
                Icmpv4Message::EchoRequest | Icmpv4Message::EchoReply | Icmpv4Message::Timestamp
            )
        }),
        (Network::Ipv6, Transport::Icmpv6) => {
            let message = packet.icmpv6();
            message.is_none_or(|message| message.msg_type().is_error())
        }
        _ => false,
    }
}

fn answer_v4(frame: &mut Frame, from: Ipv4Addr, to: Ipv4Addr) -> Result<(), DiscardReason> {
    frame.truncate(LONGEST_V4 - IPV4_HEADER - ICMP_HEADER);
    let quoted = frame.len();
    let header = Ipv4Repr {
        src_addr: from,
        dst_addr: to,
        next_header: IpProtocol::Icmp,
        payload_len: ICMP_HEADER + quoted,
        hop_limit: HOP_LIMIT,
    };
    make_room(frame, IPV4_HEADER + ICMP_HEADER)?;
    let capabilities = ChecksumCapabilities::default();
    header.emit(
        &mut Ipv4Packet::new_unchecked(&mut frame[..]),
        &capabilities,
    );
    let mut message = Icmpv4Packet::new_unchecked(&mut frame[IPV4_HEADER..]);
    message.set_msg_type(Icmpv4Message::TimeExceeded);
    message.set_msg_code(0);
    message.fill_checksum();
    Ok(())
}

fn answer_v6(frame: &mut Frame, from: Ipv6Addr, to: Ipv6Addr) -> Result<(), DiscardReason> {
    frame.truncate(LONGEST_V6 - IPV6_HEADER - ICMP_HEADER);
    let header = Ipv6Repr {
        src_addr: from,
        dst_addr: to,
        next_header: IpProtocol::Icmpv6,
        payload_len: ICMP_HEADER + frame.len(),
        hop_limit: HOP_LIMIT,
    };
    make_room(frame, IPV6_HEADER + ICMP_HEADER)?;
    header.emit(&mut Ipv6Packet::new_unchecked(&mut frame[..]));
    let mut message = Icmpv6Packet::new_unchecked(&mut frame[IPV6_HEADER..]);
    message.set_msg_type(Icmpv6Message::TimeExceeded);
    message.set_msg_code(0);
    message.fill_checksum(&from, &to);
    Ok(())
}

/// Puts zeros before the packet, for the new headers: what they leave out is zero on the wire.
fn make_room(frame: &mut Frame, bytes: usize) -> Result<(), DiscardReason> {
    // Without headroom there is no answer.
    let room = frame.prepend(bytes).map_err(|_| DiscardReason::Expired)?;
    room.fill(0);
    Ok(())
}
