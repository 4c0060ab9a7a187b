//! Errors of a host: a destination cannot be reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portway_dataplane::PacketQueue;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        Icmpv4DstUnreachable, Icmpv4Repr, Icmpv6DstUnreachable, Icmpv6Repr, Ipv4Packet, Ipv4Repr,
        Ipv6Packet, Ipv6Repr,
    },
};

use super::{
    message::{push_icmp_four, push_icmp_six},
    quoted,
};

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
