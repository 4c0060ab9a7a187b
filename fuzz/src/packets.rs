//! The parser of packets, and the changes in place.

use portway_dataplane::{Layout, Malformed, Packet};

/// Reads the input as an Ethernet frame and as an IP packet.
///
/// What was read must lie in the frame, and a packet whose checksums were written must verify, stay readable with the
/// same layout, and verify still after every change that promises to keep them.
pub fn packets(input: &[u8]) {
    check(input, |bytes| Packet::ethernet(bytes), Layout::of_ethernet);
    check(input, |bytes| Packet::ip(bytes), Layout::of_ip);
}

fn check(
    input: &[u8],
    read: impl for<'bytes> Fn(&'bytes mut [u8]) -> Result<Packet<'bytes>, Malformed>,
    layout: impl Fn(&[u8]) -> Result<Layout, Malformed>,
) {
    let mut bytes = input.to_vec();
    let Ok(mut packet) = read(&mut bytes) else {
        return;
    };
    look_at(&packet);
    let before = *packet.layout();
    packet.fill_checksums();
    assert_eq!(
        packet.verify_checksums(),
        Ok(()),
        "written checksums are right"
    );
    change(&mut packet);
    assert_eq!(
        packet.verify_checksums(),
        Ok(()),
        "changes keep the checksums"
    );
    assert_eq!(layout(packet.bytes()), Ok(before), "no header has moved");
}

/// Every accessor, for what it might panic on.
fn look_at(packet: &Packet<'_>) {
    let _ = (packet.macs(), packet.ends(), packet.payload().len());
    let _ = packet.arp().map(|arp| arp.source_protocol_addr().len());
    let _ = packet.ipv4().map(|header| header.payload().len());
    let _ = packet.ipv6().map(|header| header.payload().len());
    let _ = packet.udp().map(|datagram| datagram.payload().len());
    let _ = packet.tcp().map(|segment| segment.payload().len());
    let _ = packet.icmpv4().map(|message| message.data().len());
    let _ = packet.icmpv6().map(|message| message.payload().len());
}

fn change(packet: &mut Packet<'_>) {
    packet.swap_macs();
    packet.swap_ends();
    packet.decrement_hop_limit();
    let four = std::net::Ipv4Addr::new(192, 0, 2, 1).into();
    let six = std::net::Ipv6Addr::LOCALHOST.into();
    let _ = packet.set_source(four) || packet.set_source(six);
    let _ = packet.set_destination(four) || packet.set_destination(six);
    packet.set_source_port(0xFFFF);
    packet.set_destination_port(1);
}
