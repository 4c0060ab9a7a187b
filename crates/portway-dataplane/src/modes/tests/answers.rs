use proptest::prelude::*;

use super::*;
use crate::{
    modes::Echo,
    wire::{ArpOperation, Icmpv6Message, NdiscNeighborFlags},
};

fn echo() -> Echo {
    Echo::new(identity(&["10.0.0.2", "fd00::2"]))
}

fn anyone() -> Echo {
    Echo::new(identity(&[]))
}

fn arp(operation: u8, target: [u8; 4]) -> Vec<u8> {
    let mut body = vec![0, 1, 8, 0, 6, 4, 0, operation];
    body.extend(HOST_MAC.as_bytes());
    body.extend([10, 0, 0, 1]);
    body.extend([0; 6]);
    body.extend(target);
    let mut bytes = ethernet(0x0806, &body);
    bytes[..6].fill(0xFF);
    bytes
}

fn solicitation(source: &str, target: &str) -> Vec<u8> {
    let target: std::net::Ipv6Addr = target.parse().unwrap();
    let mut body = vec![135, 0, 0, 0, 0, 0, 0, 0];
    body.extend(target.octets());
    let mut bytes = ip(source, "ff02::1:ff00:2", 58, &body);
    bytes[21] = 255;
    bytes
}

#[test]
fn a_request_for_its_address_is_answered_with_its_hardware_address() {
    let mut sent = run(&mut echo(), &[arp(1, [10, 0, 0, 2])]).only();
    let packet = Packet::ethernet(&mut sent).unwrap();
    assert_eq!(packet.macs(), Some((OWN_MAC, HOST_MAC)));
    let answer = packet.arp().unwrap();
    assert_eq!(answer.operation(), ArpOperation::Reply);
    assert_eq!(answer.source_hardware_addr(), OWN_MAC.as_bytes());
    assert_eq!(answer.source_protocol_addr(), [10, 0, 0, 2]);
    assert_eq!(answer.target_hardware_addr(), HOST_MAC.as_bytes());
    assert_eq!(answer.target_protocol_addr(), [10, 0, 0, 1]);
}

#[test]
fn somebody_elses_address_and_answers_are_left_alone() {
    run(&mut echo(), &[arp(1, [10, 0, 0, 3])]).refused(DiscardReason::Unanswered);
    run(&mut echo(), &[arp(2, [10, 0, 0, 2])]).refused(DiscardReason::Unanswered);
    run(&mut anyone(), &[arp(1, [10, 0, 0, 2])]).refused(DiscardReason::Unanswered);
    run(&mut echo(), &[ping("10.0.0.1", "10.0.0.3")]).refused(DiscardReason::Unanswered);
    run(&mut echo(), &[solicitation("fd00::1", "fd00::3")]).refused(DiscardReason::Unanswered);
}

#[test]
fn a_solicitation_is_answered_to_whoever_asked() {
    let mut sent = run(&mut echo(), &[solicitation("fd00::1", "fd00::2")]).only();
    assert_valid(&sent);
    let packet = Packet::ethernet(&mut sent).unwrap();
    assert_eq!(packet.macs(), Some((OWN_MAC, HOST_MAC)));
    assert_eq!(packet.ipv6().unwrap().hop_limit(), 255);
    assert_eq!(packet.ipv6().unwrap().dst_addr().to_string(), "fd00::1");
    let answer = packet.icmpv6().unwrap();
    assert_eq!(answer.msg_type(), Icmpv6Message::NeighborAdvert);
    let flags = NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE;
    assert_eq!(answer.neighbor_flags(), flags);
    assert_eq!(answer.target_addr().to_string(), "fd00::2");
    assert_eq!(&answer.payload()[2..8], OWN_MAC.as_bytes());
}

#[test]
fn whoever_probes_an_address_is_told_by_multicast_that_it_is_taken() {
    let mut sent = run(&mut echo(), &[solicitation("::", "fd00::2")]).only();
    assert_valid(&sent);
    let packet = Packet::ethernet(&mut sent).unwrap();
    assert_eq!(packet.macs().unwrap().1.0, [0x33, 0x33, 0, 0, 0, 1]);
    assert_eq!(packet.ipv6().unwrap().dst_addr().to_string(), "ff02::1");
    let flags = packet.icmpv6().unwrap().neighbor_flags();
    assert_eq!(flags, NdiscNeighborFlags::OVERRIDE);
}

#[test]
fn a_solicitation_from_behind_a_router_is_refused() {
    let mut bytes = solicitation("fd00::1", "fd00::2");
    bytes[21] = 254;
    run(&mut echo(), &[bytes]).refused(DiscardReason::Malformed);
}

#[test]
fn pings_of_both_versions_come_back_with_their_data() {
    for (host, own) in [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")] {
        let sent = run(&mut echo(), &[ping(host, own)]).only();
        assert_valid(&sent);
        assert_eq!(addresses(&sent), (own.to_owned(), host.to_owned()));
        assert!(sent.ends_with(b"\x12\x34\x00\x01some data"));
        assert_eq!(&sent[..6], HOST_MAC.as_bytes());
    }
}

#[test]
fn datagrams_of_both_versions_come_back_one_hop_shorter() {
    for (host, own) in [
        ("10.0.0.1:77", "10.0.0.2:7"),
        ("[fd00::1]:77", "[fd00::2]:7"),
    ] {
        let mut sent = run(&mut echo(), &[udp(host, own, b"hello")]).only();
        assert_valid(&sent);
        let packet = Packet::ethernet(&mut sent).unwrap();
        let (source, destination) = packet.ends().unwrap();
        assert_eq!(
            (source.to_string(), destination.to_string()),
            (own.into(), host.into())
        );
        assert_eq!(packet.payload(), b"hello");
        let hops = packet.ipv4().map(|header| header.hop_limit());
        assert_eq!(
            hops.or(packet.ipv6().map(|header| header.hop_limit())),
            Some(63)
        );
    }
}

#[test]
fn a_checksum_that_a_device_should_have_filled_in_is_filled_in() {
    for (host, own) in [
        ("10.0.0.1:77", "10.0.0.2:7"),
        ("[fd00::1]:77", "[fd00::2]:7"),
    ] {
        let whole = udp(host, own, b"hello");
        let mut partial = whole.clone();
        let mut packet = Packet::ethernet(&mut partial).unwrap();
        assert!(!packet.checksum_is_left_to_device());
        // Of a datagram without ports and payload the sum of the pseudo-header and the length is left.
        let covered: u32 = packet
            .transport_mut()
            .chunks(2)
            .map(|pair| {
                u32::from(u16::from_be_bytes([
                    pair[0],
                    pair.get(1).copied().unwrap_or(0),
                ]))
            })
            .sum();
        let checksum = packet.udp().unwrap().checksum();
        let mut sum = u32::from(!checksum) + 5 * 0xFFFF - (covered - u32::from(checksum));
        while sum > 0xFFFF {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        packet.udp_mut().unwrap().set_checksum(sum as u16);
        assert!(packet.checksum_is_left_to_device(), "{sum:#x}");
        let sent = run(&mut echo(), &[partial]).only();
        assert_valid(&sent);
    }
}

#[test]
fn wrong_checksums_are_counted() {
    for mut bytes in [
        udp("10.0.0.1:77", "10.0.0.2:7", b"hello"),
        ping("fd00::1", "fd00::2"),
    ] {
        *bytes.last_mut().unwrap() ^= 1;
        run(&mut echo(), &[bytes]).refused(DiscardReason::Checksum);
    }
}

#[test]
fn an_echo_ends_after_as_many_turns_as_its_hop_limit() {
    let once = with_hops(udp("10.0.0.1:77", "10.0.0.2:7", b""), 1);
    run(&mut echo(), &[once]).refused(DiscardReason::Expired);
}

#[test]
fn nobody_in_particular_gets_no_answer() {
    for source in ["0.0.0.0", "224.0.0.1", "255.255.255.255"] {
        run(&mut echo(), &[ping(source, "10.0.0.2")]).refused(DiscardReason::Martian);
    }
}

#[test]
fn without_addresses_it_answers_what_was_sent_to_its_hardware_address() {
    let sent = run(&mut anyone(), &[ping("10.0.0.1", "172.16.5.4")]).only();
    assert_eq!(addresses(&sent).0, "172.16.5.4");
    let mut other = ping("10.0.0.1", "172.16.5.4");
    other[5] ^= 1;
    run(&mut anyone(), &[other]).refused(DiscardReason::Unanswered);
}

#[test]
fn what_is_no_request_is_unsupported_or_unanswered() {
    run(&mut echo(), &[ethernet(0x88B5, &[0; 50])]).refused(DiscardReason::Unsupported);
    run(&mut echo(), &[ip("10.0.0.1", "10.0.0.2", 6, &[0x50; 20])])
        .refused(DiscardReason::Unanswered);
    run(&mut echo(), &[vec![0; 13]]).refused(DiscardReason::Malformed);
}

proptest! {
    /// Whatever comes, each packet is answered or counted, and answers are valid.
    #[test]
    fn bytes_of_any_kind_are_answered_or_counted(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        kind in prop_oneof![Just(0x0800_u16), Just(0x0806), Just(0x86DD), any::<u16>()],
        base in 0..4_usize,
        flips in proptest::collection::vec((14..70_usize, any::<u8>()), 0..4),
    ) {
        if base > 0 {
            let bases = [arp(1, [10, 0, 0, 2]), solicitation("fd00::1", "fd00::2"), udp("10.0.0.1:1", "10.0.0.2:2", b"12")];
            bytes = bases[base - 1].clone();
            for (at, value) in flips {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
        } else if let Some(place) = bytes.get_mut(12..14) {
            place.copy_from_slice(&kind.to_be_bytes());
        }
        let done = run(&mut echo(), &[bytes]);
        let counted: u64 = done.discards.iter().map(|(_, count)| count).sum();
        prop_assert_eq!(done.sent[0].len() as u64 + counted, 1);
        for sent in &done.sent[0] {
            assert_valid(sent);
        }
    }
}
