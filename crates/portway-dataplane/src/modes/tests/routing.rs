use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;
use crate::{
    modes::{NextHop, RouteRule, RouteTable, Router},
    wire::{Icmpv4Message, Icmpv6Message},
};

const NEXT: EthernetAddress = EthernetAddress([2, 0, 0, 0, 7, 7]);
const SECOND_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 2]);

/// A router with 10.0.0.254 and fd00::fe on port 0, 20.0.0.254 and fd01::fe on port 1.
fn router(rules: &[&str]) -> Router {
    let rules: Vec<RouteRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    let first = identity(&["10.0.0.254", "fd00::fe"]);
    let second = Identity {
        mac: Some(SECOND_MAC),
        ..identity(&["20.0.0.254", "fd01::fe"])
    };
    Router::new(Arc::new(RouteTable::new(&rules)), [first, second].into())
}

fn both() -> Router {
    router(&[
        "20.0.0.0/24,02:00:00:00:07:07,1",
        "fd01::/64,02-00-00-00-07-07,1",
    ])
}

#[test]
fn a_packet_goes_on_with_both_hardware_addresses_and_a_hop_less() {
    for (source, destination) in [("10.0.0.1:1", "20.0.0.1:2"), ("[fd00::1]:1", "[fd01::1]:2")] {
        let mut done = run(&mut both(), &[udp(source, destination, b"data")]);
        assert_eq!(done.discards, []);
        let sent = done.sent[1].remove(0);
        assert_valid(&sent);
        assert_eq!(
            [&sent[..6], &sent[6..12]],
            [NEXT.as_bytes(), SECOND_MAC.as_bytes()]
        );
        let hops = if sent[12] == 8 { sent[22] } else { sent[21] };
        assert_eq!(hops, 63);
        assert!(sent.ends_with(b"data"));
    }
}

#[test]
fn an_expired_packet_is_answered_with_its_beginning() {
    let v4 = with_hops(udp("10.0.0.1:1", "20.0.0.1:2", &[7; 1000]), 1);
    let v6 = with_hops(udp("[fd00::1]:1", "[fd01::1]:2", &[7; 1400]), 0);
    let done = run(&mut both(), &[v4.clone(), v6.clone()]);
    assert_eq!(
        done.discards,
        [(DiscardReason::Expired, 2)],
        "answered, and counted"
    );
    let [first, second] = &done.sent[0][..] else {
        panic!("two answers")
    };
    for (sent, from, to, original, headers, longest) in [
        (first, "10.0.0.254", "10.0.0.1", &v4, 28, 576),
        (second, "fd00::fe", "fd00::1", &v6, 48, 1280),
    ] {
        assert_valid(sent);
        assert_eq!(addresses(sent), (from.to_owned(), to.to_owned()));
        assert_eq!(
            [&sent[..6], &sent[6..12]],
            [HOST_MAC.as_bytes(), OWN_MAC.as_bytes()]
        );
        assert_eq!(sent.len(), 14 + longest);
        assert_eq!(sent[14 + headers..], original[14..14 + longest - headers]);
    }
    let mut first = first.clone();
    let packet = Packet::ethernet(&mut first).unwrap();
    assert_eq!(
        packet.icmpv4().unwrap().msg_type(),
        Icmpv4Message::TimeExceeded
    );
    let mut second = second.clone();
    let packet = Packet::ethernet(&mut second).unwrap();
    assert_eq!(
        packet.icmpv6().unwrap().msg_type(),
        Icmpv6Message::TimeExceeded
    );
}

#[test]
fn errors_about_errors_and_later_fragments_are_not_sent() {
    let error = with_hops(
        ip(
            "10.0.0.1",
            "20.0.0.1",
            1,
            &[11, 0, 0, 0, 0, 0, 0, 0, 0x45, 0],
        ),
        1,
    );
    let mut fragment = udp("10.0.0.1:1", "20.0.0.1:2", &[0; 64]);
    fragment[20..22].copy_from_slice(&[0, 4]);
    let fragment = with_hops(fragment, 1);
    for packet in [error, fragment] {
        run(&mut both(), &[packet]).refused(DiscardReason::Expired);
    }
}

#[test]
fn answers_of_a_flood_are_limited() {
    let packet = with_hops(udp("10.0.0.1:1", "20.0.0.1:2", b""), 1);
    let done = run(&mut both(), &vec![packet; 200]);
    assert_eq!(done.sent[0].len(), 100);
    assert_eq!(done.discards, [(DiscardReason::Expired, 200)]);
}

#[test]
fn what_is_for_the_router_is_answered() {
    for own in ["10.0.0.254", "20.0.0.254"] {
        let sent = run(&mut both(), &[ping("10.0.0.1", own)]).only();
        assert_valid(&sent);
        assert_eq!(addresses(&sent).0, own);
    }
    let sent = run(&mut both(), &[ping("fd00::1", "fd01::fe")]).only();
    assert_valid(&sent);
}

#[test]
fn what_cannot_be_forwarded_is_counted_with_its_reason() {
    let mut checksum = udp("10.0.0.1:1", "20.0.0.1:2", b"");
    checksum[24] ^= 1;
    let mut broadcast = udp("10.0.0.1:1", "20.0.0.1:2", b"");
    broadcast[..6].fill(0xFF);
    let mut cut = udp("10.0.0.1:1", "20.0.0.1:2", b"data");
    cut.truncate(cut.len() - 1);
    for (packet, reason) in [
        (udp("10.0.0.1:1", "30.0.0.1:2", b""), DiscardReason::NoRoute),
        (
            udp("10.0.0.1:1", "224.0.0.5:2", b""),
            DiscardReason::Martian,
        ),
        (
            udp("127.0.0.1:1", "20.0.0.1:2", b""),
            DiscardReason::Martian,
        ),
        (
            udp("[fe80::1]:1", "[fd01::1]:2", b""),
            DiscardReason::Martian,
        ),
        (ethernet(0x88B5, &[0; 46]), DiscardReason::Unsupported),
        (checksum, DiscardReason::Checksum),
        (broadcast, DiscardReason::Martian),
        (cut, DiscardReason::Malformed),
        (vec![1; 9], DiscardReason::Malformed),
    ] {
        run(&mut both(), &[packet]).refused(reason);
    }
    let elsewhere = "30.0.0.0/8,02:00:00:00:07:07,9";
    let packet = udp("10.0.0.1:1", "30.0.0.1:2", b"");
    run(&mut router(&[elsewhere]), &[packet]).refused(DiscardReason::NoPort);
}

#[test]
fn of_two_routes_for_one_prefix_the_later_one_counts() {
    let rules = [
        "10.0.0.0/8,02:00:00:00:00:01,0",
        "10.9.9.9/8,02:00:00:00:00:02,1",
    ];
    let rules = rules.map(|rule| rule.parse().unwrap());
    let found = RouteTable::new(&rules).lookup_v4([10, 0, 0, 1].into());
    assert_eq!(found.unwrap().port, 1);
}

#[test]
fn wrong_routes_are_refused_with_their_reason() {
    for (text, reason) in [
        ("10.0.0.0/8,02:00:00:00:00:01", "three fields"),
        ("10.0.0.0,02:00:00:00:00:01,0", "no prefix"),
        ("10.0.0.0/8,02:00:00:00:00,0", "no hardware address"),
        ("10.0.0.0/8,03:00:00:00:00:01,0", "no hardware address"),
        ("10.0.0.0/8,02:00:00:00:00:+1,0", "no hardware address"),
        ("10.0.0.0/8,02:00:00:00:00:01,-1", "no index"),
    ] {
        let error = text.parse::<RouteRule>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

/// Prefixes that nest, share beginnings, and end at every depth of the table.
fn prefix() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<u32>(), 0..=32_u8).prop_map(|(bits, length)| {
        IpNet::new(IpAddr::V4((bits & 0xC0C0_30F3).into()), length)
            .unwrap()
            .trunc()
    });
    let v6 = (any::<u128>(), 0..=128_u8).prop_map(|(bits, length)| {
        let bits = bits & (0xC0 << 120 | 0xF0 << 96 | 0xFF);
        IpNet::new(IpAddr::V6(bits.into()), length).unwrap().trunc()
    });
    prop_oneof![v4, v6]
}

/// An address in or beside a prefix: one bit differs, or none.
fn near(prefix: IpNet, flip: u32) -> IpAddr {
    match prefix.addr() {
        IpAddr::V4(address) => {
            IpAddr::V4((address.to_bits() ^ (1_u32.checked_shl(flip).unwrap_or(0))).into())
        }
        IpAddr::V6(address) => {
            IpAddr::V6((address.to_bits() ^ (1_u128.checked_shl(flip).unwrap_or(0))).into())
        }
    }
}

proptest! {
    /// The naive model: of all routes that contain the address, the last of the longest.
    #[test]
    fn the_longest_prefix_decides(
        prefixes in proptest::collection::vec(prefix(), 1..120),
        flips in proptest::collection::vec(0..140_u32, 120),
    ) {
        let rules: Vec<_> = prefixes.iter().zip(0..).map(|(prefix, port)| RouteRule {
            prefix: *prefix,
            next_hop: NextHop { mac: NEXT, port },
        }).collect();
        let table = RouteTable::new(&rules);
        for (prefix, flip) in prefixes.iter().zip(flips) {
            let address = near(*prefix, flip);
            let found = match address {
                IpAddr::V4(address) => table.lookup_v4(address),
                IpAddr::V6(address) => table.lookup_v6(address),
            };
            let containing = rules.iter().filter(|rule| rule.prefix.contains(&address));
            let expected = containing.max_by_key(|rule| rule.prefix.prefix_len());
            prop_assert_eq!(found, expected.map(|rule| rule.next_hop));
        }
    }

    /// Whatever comes, each packet is sent or counted; what is sent has a valid header.
    #[test]
    fn bytes_of_any_kind_are_forwarded_or_counted(
        kind in prop_oneof![Just([8, 0]), Just([0x86, 0xDD]), Just([8, 6]), any::<[u8; 2]>()],
        base in 0..3_usize,
        mut bytes in proptest::collection::vec(any::<u8>(), 0..120),
        flips in proptest::collection::vec((0..62_usize, any::<u8>()), 0..4),
    ) {
        if base > 0 {
            let bases = [udp("10.0.0.1:1", "20.0.0.1:2", b"12"), ping("fd00::1", "fd01::1")];
            bytes = bases[base - 1].clone();
            for (at, value) in flips {
                let length = bytes.len();
                bytes[at % length] = value;
            }
        } else if let Some(place) = bytes.get_mut(12..14) {
            place.copy_from_slice(&kind);
        }
        let done = run(&mut both(), &[bytes]);
        let sent = done.sent.iter().map(Vec::len).sum::<usize>() as u64;
        let counted: u64 = done.discards.iter().map(|(_, count)| count).sum();
        let answered = done.discards.iter().any(|(reason, _)| *reason == DiscardReason::Expired);
        prop_assert!(sent + counted == 1 || (sent, counted, answered) == (1, 1, true));
        for mut packet in done.sent.into_iter().flatten().filter(|packet| packet[12..14] == [8, 0]) {
            let length = usize::from(packet[14] & 15) * 4;
            prop_assert_eq!(crate::checksum::of(&packet.as_mut_slice()[14..14 + length]), 0);
        }
    }
}
