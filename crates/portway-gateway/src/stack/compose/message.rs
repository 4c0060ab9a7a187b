//! Messages of ICMP, with an IP header before them.

use std::net::{Ipv4Addr, Ipv6Addr};

use portway_dataplane::PacketQueue;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpProtocol, IpRepr},
};

use super::HOP_LIMIT;

/// Queues a message.
pub(super) fn push_icmp_four(
    source: Ipv4Addr,
    destination: Ipv4Addr,
    message: &Icmpv4Repr<'_>,
    queue: &mut PacketQueue,
) {
    push_icmp_four_and(source, destination, message, queue, |_| {});
}

/// The same; `finish` changes the message before it goes.
pub(super) fn push_icmp_four_and(
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

/// Queues a message.
pub(super) fn push_icmp_six(
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
