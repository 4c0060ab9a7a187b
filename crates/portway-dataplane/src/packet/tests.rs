//! Packets built here, cut, changed and compared with what full checksums say.

use std::net::IpAddr;

use portway_xdp::Region;
use proptest::prelude::*;
use smoltcp::wire::EthernetAddress;

use super::*;
use crate::port::LinkType;

const MACS: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

fn ethernet(ether_type: u16, body: &[u8]) -> Vec<u8> {
    [&MACS[..], &ether_type.to_be_bytes(), body].concat()
}

fn ipv4(protocol: u8, fragment: u16, options: usize, body: &[u8]) -> Vec<u8> {
    let header = 20 + options;
    let mut packet = vec![0; header];
    packet[0] = 0x40 | (header / 4) as u8;
    packet[2..4].copy_from_slice(&((header + body.len()) as u16).to_be_bytes());
    packet[6..8].copy_from_slice(&fragment.to_be_bytes());
    packet[8..10].copy_from_slice(&[64, protocol]);
    packet[12..20].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
    packet[20..].fill(1);
    packet.extend_from_slice(body);
    ethernet(0x0800, &packet)
}

fn ipv6(next: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 40];
    packet[0] = 0x60;
    packet[4..6].copy_from_slice(&(body.len() as u16).to_be_bytes());
    packet[6..8].copy_from_slice(&[next, 64]);
    (packet[8], packet[23], packet[24], packet[39]) = (0xFD, 1, 0xFD, 2);
    packet.extend_from_slice(body);
    ethernet(0x86DD, &packet)
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let mut datagram = vec![0x04, 0xD2, 0x16, 0x2E, 0, 0, 0, 0];
    datagram[4..6].copy_from_slice(&length.to_be_bytes());
    datagram.extend_from_slice(payload);
    datagram
}

fn tcp(payload: &[u8]) -> Vec<u8> {
    let mut segment = vec![7; 24];
    segment[12] = 0x60;
    segment[13] = 0x10;
    segment[20..24].copy_from_slice(&[2, 4, 5, 0xB4]);
    segment.extend_from_slice(payload);
    segment
}

fn echo(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0, 1, 2, 3, 4];
    message.extend_from_slice(payload);
    message
}

/// A packet of each kind, with right checksums.
fn specimens(payload: &[u8]) -> Vec<Vec<u8>> {
    let fragment_header = [&[17, 0, 0, 0, 0, 0, 0, 9][..], &udp(payload)].concat();
    let mut packets = vec![
        ipv4(17, 0, 0, &udp(payload)),
        ipv4(17, 0x4000, 8, &udp(payload)),
        ipv4(6, 0, 0, &tcp(payload)),
        ipv4(1, 0, 0, &echo(8, payload)),
        ipv6(17, &udp(payload)),
        ipv6(6, &tcp(payload)),
        ipv6(58, &echo(128, payload)),
        ipv6(44, &fragment_header),
    ];
    for packet in &mut packets {
        Packet::ethernet(packet).unwrap().fill_checksums();
    }
    packets
}

proptest! {
    /// Whoever completes what was left writes what would have been written at once.
    #[test]
    fn checksums_that_are_left_to_the_sender_come_out_as_if_they_were_not(
        payload in prop::collection::vec(any::<u8>(), 0..100),
        padding in 0_usize..3,
        asks in any::<bool>(),
    ) {
        let builder = Region::builder().chunks(1);
        let region = if asks { builder.send_metadata() } else { builder }.build().unwrap();
        for (place, mut right) in specimens(&payload).into_iter().enumerate() {
            right.resize(right.len() + padding, 0xEE);
            let mut frame = region.frame().unwrap();
            frame.append(&right).unwrap();
            request_checksums(&mut frame, LinkType::Ethernet).unwrap();
            // Not ICMP; and not what has bytes behind the packet, which a device would sum, too.
            let can_be_left = asks && padding == 0 && ![3, 6].contains(&place);
            prop_assert_eq!(!frame.requested().is_empty(), can_be_left);
            frame.prepend(4).unwrap().fill(0xEE);
            frame.complete_checksum();
            prop_assert_eq!(&frame[4..], &right[..]);
        }
    }
}

#[test]
fn headers_are_found_behind_tags_options_and_padding() {
    let mut bytes = ipv4(17, 0, 12, &udp(b"payload"));
    bytes.splice(12..12, [0x88, 0xA8, 0x20, 0x05, 0x81, 0x00, 0xE0, 0x07]);
    bytes.resize(100, 0xEE);
    let packet = Packet::ethernet(&mut bytes).unwrap();
    let tag = packet.layout().vlan.unwrap();
    assert_eq!((tag.identifier, tag.priority), (5, 1));
    assert_eq!(packet.ports(), Some((1234, 5678)));
    assert_eq!(packet.payload(), b"payload");
    let ends = packet.ends().unwrap();
    assert_eq!(ends.0, "10.0.0.1:1234".parse().unwrap());
    assert_eq!(ends.1, "10.0.0.2:5678".parse().unwrap());
}

#[test]
fn the_transport_is_found_behind_ipv6_extension_headers() {
    let hop_by_hop = [43, 0, 1, 4, 0, 0, 0, 0];
    let routing = [51, 0, 4, 0, 0, 0, 0, 0];
    let authentication = [17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let body = [&hop_by_hop[..], &routing, &authentication, &udp(b"x")].concat();
    let mut bytes = ipv6(0, &body);
    let packet = Packet::ethernet(&mut bytes).unwrap();
    assert_eq!(packet.layout().transport, Transport::Udp);
    assert_eq!(packet.payload(), b"x");
}

#[test]
fn a_chain_of_extension_headers_without_end_is_malformed() {
    let mut bytes = ipv6(60, &[60, 0, 1, 4, 0, 0, 0, 0].repeat(40));
    assert_eq!(
        Packet::ethernet(&mut bytes).unwrap_err(),
        Malformed::Extensions
    );
}

#[test]
fn fragments_are_told_apart_and_only_the_first_has_ports() {
    let mut first = ipv4(17, 0x2000, 0, &udp(b"begin"));
    let packet = Packet::ethernet(&mut first).unwrap();
    assert_eq!(packet.layout().fragment, Fragment::First);
    assert_eq!(packet.ports(), Some((1234, 5678)));
    assert!(packet.udp().is_none());
    let mut later = ipv4(17, 0x0001, 0, b"x");
    let packet = Packet::ethernet(&mut later).unwrap();
    assert_eq!(packet.layout().fragment, Fragment::Later);
    assert_eq!((packet.ports(), packet.payload()), (None, &b"x"[..]));
    let mut later = ipv6(44, &[17, 0, 0x00, 0x09, 0, 0, 0, 1, 0xAA]);
    let packet = Packet::ethernet(&mut later).unwrap();
    assert_eq!(packet.layout().fragment, Fragment::Later);
}

#[test]
fn a_packet_cut_anywhere_within_its_ip_length_is_malformed() {
    for whole in specimens(b"some payload") {
        for length in 0..whole.len() {
            let mut cut = whole[..length].to_vec();
            assert!(Packet::ethernet(&mut cut).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn headers_that_contradict_each_other_have_a_named_reason() {
    let break_at = |at: usize, value: u8| {
        let mut bytes = ipv4(17, 0, 0, &udp(b"payload"));
        bytes[at] = value;
        Packet::ethernet(&mut bytes).unwrap_err()
    };
    assert_eq!(break_at(14, 0x44), Malformed::Network);
    assert_eq!(break_at(14, 0x55), Malformed::Network);
    assert_eq!(break_at(16, 0xFF), Malformed::Length);
    assert_eq!(break_at(39, 200), Malformed::Transport);
    assert_eq!(break_at(39, 7), Malformed::Transport);
}

#[test]
fn arp_of_other_address_lengths_is_not_read_as_arp() {
    let mut body = vec![0; 28];
    body[..8].copy_from_slice(&[0, 1, 8, 0, 6, 4, 0, 1]);
    body[14..18].copy_from_slice(&[10, 0, 0, 1]);
    let mut bytes = ethernet(0x0806, &body);
    let packet = Packet::ethernet(&mut bytes).unwrap();
    assert_eq!(packet.arp().unwrap().source_protocol_addr(), [10, 0, 0, 1]);
    bytes[18] = 8;
    assert!(Packet::ethernet(&mut bytes).unwrap().arp().is_none());
}

#[test]
fn a_wrong_checksum_is_named() {
    for packet in specimens(b"some payload") {
        let mut broken = packet.clone();
        *broken.last_mut().unwrap() ^= 1;
        let verdict = Packet::ethernet(&mut broken).unwrap().verify_checksums();
        assert_eq!(verdict, Err(ChecksumError::Transport));
    }
    let mut broken = specimens(b"x").swap_remove(0);
    broken[22] ^= 1;
    let verdict = Packet::ethernet(&mut broken).unwrap().verify_checksums();
    assert_eq!(verdict, Err(ChecksumError::Network));
}

#[test]
fn a_udp_checksum_may_be_left_out_over_ipv4_alone_and_stays_so() {
    let mut four = specimens(b"payload").swap_remove(0);
    four[40..42].fill(0);
    let mut packet = Packet::ethernet(&mut four).unwrap();
    assert!(packet.set_source_port(99));
    assert_eq!(packet.verify_checksums(), Ok(()));
    assert_eq!(packet.udp().unwrap().checksum(), 0);
    let mut six = ipv6(17, &udp(b"payload"));
    let packet = Packet::ethernet(&mut six).unwrap();
    assert_eq!(packet.verify_checksums(), Err(ChecksumError::Transport));
}

#[test]
fn a_packet_at_the_end_of_its_life_stays_as_it_is() {
    for mut bytes in specimens(b"payload") {
        let at = if bytes[14] >> 4 == 4 { 22 } else { 21 };
        bytes[at] = 1;
        let before = bytes.clone();
        assert!(!Packet::ethernet(&mut bytes).unwrap().decrement_hop_limit());
        assert_eq!(bytes, before);
    }
}

#[test]
fn turning_a_packet_around_swaps_every_address_and_keeps_the_checksums() {
    for mut bytes in specimens(b"payload") {
        let mut packet = Packet::ethernet(&mut bytes).unwrap();
        let (macs, addresses, ports) = (packet.macs(), packet.addresses(), packet.ports());
        packet.swap_macs();
        packet.swap_ends();
        assert_eq!(packet.macs(), macs.map(|(from, to)| (to, from)));
        assert_eq!(packet.addresses(), addresses.map(|(from, to)| (to, from)));
        assert_eq!(packet.ports(), ports.map(|(from, to)| (to, from)));
        assert_eq!(packet.verify_checksums(), Ok(()));
    }
}

#[test]
fn a_tag_goes_in_and_out_through_the_headroom() {
    let region = Region::builder().chunks(1).build().unwrap();
    let mut frame = region.frame().unwrap();
    let bytes = ipv4(17, 0, 0, &udp(b"payload"));
    frame.append(&bytes).unwrap();
    let tag = VlanTag {
        identifier: 0x123,
        priority: 5,
    };
    push_vlan(&mut frame, tag).unwrap();
    assert_eq!(frame.len(), bytes.len() + 4);
    let packet = Packet::ethernet(&mut frame).unwrap();
    assert_eq!(packet.layout().vlan, Some(tag));
    assert_eq!(packet.payload(), b"payload");
    assert_eq!(pop_vlan(&mut frame), Some(tag));
    assert_eq!(&frame[..], bytes);
    assert_eq!(pop_vlan(&mut frame), None);
}

#[test]
fn macs_are_set_in_a_frame_and_ignored_without_one() {
    let (from, to) = (EthernetAddress([4; 6]), EthernetAddress([6; 6]));
    let mut bytes = ipv4(17, 0, 0, &udp(b"x"));
    let mut packet = Packet::ethernet(&mut bytes).unwrap();
    packet.set_macs(from, to);
    assert_eq!(packet.macs(), Some((from, to)));
    let mut bare = bytes[14..].to_vec();
    let mut packet = Packet::ip(&mut bare).unwrap();
    packet.set_macs(from, to);
    assert_eq!(packet.macs(), None);
    assert_eq!(packet.payload(), b"x");
}

proptest! {
    /// RFC 1624 against the whole sum.
    #[test]
    fn an_updated_checksum_is_the_recomputed_one(
        mut words in prop::collection::vec(any::<u16>(), 2..40),
        at in any::<prop::sample::Index>(),
        new in any::<u16>(),
    ) {
        let bytes = |words: &[u16]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
        // A sum of nothing but zeros has two forms (RFC 1624, section 3); headers are never all zero.
        words[0] |= 0x4000;
        let at = 1 + at.index(words.len() - 1);
        let before = checksum::of(&bytes(&words));
        let updated = checksum::update(before, words[at], new);
        words[at] = new;
        prop_assert_eq!(updated, checksum::of(&bytes(&words)));
    }

    /// Every change in place leaves the packet as a full recomputation would.
    #[test]
    fn changes_in_place_equal_full_recomputation(
        payload in prop::collection::vec(any::<u8>(), 0..80),
        four in any::<[[u8; 4]; 2]>(),
        six in any::<[[u8; 16]; 2]>(),
        ports in any::<[u16; 2]>(),
    ) {
        for mut bytes in specimens(&payload) {
            let is_four = bytes[14] >> 4 == 4;
            let address = |end: usize| if is_four { IpAddr::from(four[end]) } else { IpAddr::from(six[end]) };
            let mut packet = Packet::ethernet(&mut bytes).unwrap();
            prop_assert!(packet.set_source(address(0)));
            prop_assert!(packet.set_destination(address(1)));
            packet.set_source_port(ports[0]);
            packet.set_destination_port(ports[1]);
            prop_assert!(packet.decrement_hop_limit());
            prop_assert_eq!(packet.verify_checksums(), Ok(()));
            prop_assert_eq!(packet.addresses(), Some((address(0), address(1))));
            let updated = packet.bytes().to_vec();
            packet.fill_checksums();
            prop_assert_eq!(&updated, packet.bytes());
        }
    }

    /// Whatever comes, reading and changing it does not panic.
    #[test]
    fn any_bytes_are_read_without_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        kind in 0..4usize,
    ) {
        if let Some(ether_type) = bytes.get_mut(12..15) {
            let heads = [[8, 0, 0x45], [0x86, 0xDD, 0x60], [8, 6, 0], [0x81, 0, 0]];
            ether_type.copy_from_slice(&heads[kind]);
        }
        if let Ok(mut packet) = Packet::ethernet(&mut bytes) {
            let _ = (packet.verify_checksums(), packet.ends(), packet.payload().len());
            packet.swap_ends();
            packet.set_source_port(1);
            packet.decrement_hop_limit();
            packet.fill_checksums();
        }
    }
}
