//! Rules and frames from a small world, so that they meet often.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::frames::{Datagram, Tagged, ipv4, ipv6};
use super::{kernel_matches, load, prefix};
use crate::program::Match;

/// Programs that are loaded, each to be asked about [`FRAMES`] frames.
const RULES: u32 = 300;
const FRAMES: usize = 24;

#[test]
fn the_program_matches_what_the_model_matches() {
    if load(&Match::everything()).is_none() {
        return;
    }
    let matched = Cell::new(0_usize);
    let strategy = (rule(), prop::collection::vec(frame(), FRAMES));
    let configuration = Config {
        cases: RULES,
        failure_persistence: None,
        ..Config::default()
    };
    let verdict = TestRunner::new(configuration).run(&strategy, |(rule, frames)| {
        let program = load(&rule).ok_or_else(|| TestCaseError::fail("no longer permitted"))?;
        for frame in frames {
            let expected = rule.matches(&frame);
            matched.set(matched.get() + usize::from(expected));
            prop_assert_eq!(kernel_matches(&program, &frame), expected, "{:02x?}", frame);
        }
        Ok(())
    });
    verdict.unwrap();
    let share = matched.get() * 100 / (RULES as usize * FRAMES);
    assert!(
        (5..95).contains(&share),
        "{share} % matched: the worlds do not meet"
    );
}

fn port() -> impl Strategy<Value = u16> {
    prop_oneof![4 => 0..4_u16, 1 => any::<u16>()]
}

fn ports() -> impl Strategy<Value = std::ops::RangeInclusive<u16>> {
    (port(), port()).prop_map(|(one, other)| one..=other)
}

fn protocol() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(17_u8), 3 => Just(6), 1 => Just(0), 1 => any::<u8>()]
}

fn network() -> impl Strategy<Value = ipnet::IpNet> {
    let four = (0..4_u8, 0..=32_u8).prop_map(|(last, length)| format!("10.1.2.{last}/{length}"));
    let start = prop_oneof![Just("fd00::"), Just("fd00:0:8000::")];
    let six = (start, 0..4_u8, 0..=128_u8)
        .prop_map(|(start, last, length)| format!("{start}1:2:{last}/{length}"));
    prop_oneof![four, six].prop_map(|text| prefix(&text))
}

fn condition() -> impl Strategy<Value = Match> {
    let ether_type = prop_oneof![Just(0x0800), Just(0x86dd), Just(0x8100), any::<u16>()];
    prop_oneof![
        1 => Just(Match::everything()),
        1 => Just(Match::any([])),
        3 => ports().prop_map(Match::udp_ports),
        3 => ports().prop_map(Match::udp_source_ports),
        3 => ports().prop_map(Match::tcp_ports),
        3 => ports().prop_map(Match::tcp_source_ports),
        3 => protocol().prop_map(Match::protocol),
        3 => network().prop_map(Match::source),
        3 => network().prop_map(Match::destination),
        3 => ether_type.prop_map(Match::ether_type),
        3 => (0..4_u16).prop_map(Match::vlan),
        3 => (0..4_u16).prop_map(Match::inner_vlan),
    ]
}

fn rule() -> impl Strategy<Value = Match> {
    condition().prop_recursive(4, 40, 5, |inner| {
        let parts = prop::collection::vec(inner, 0..5);
        prop_oneof![
            parts.clone().prop_map(Match::all),
            parts.prop_map(Match::any)
        ]
    })
}

prop_compose! {
    fn datagram()(
        source in 0..4_u8,
        destination in 0..4_u8,
        protocol in protocol(),
        source_port in port(),
        destination_port in port(),
        options in prop_oneof![3 => Just(0), 1 => (0..=10_u8).prop_map(|words| words * 4)],
        fragment in prop_oneof![3 => Just(0_u16), 1 => Just(0x4000), 1 => any::<u16>()],
        extension in prop_oneof![3 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(44))],
        length_said in prop_oneof![4 => Just(None), 1 => (0..70_u16).prop_map(Some)],
    ) -> Datagram {
        Datagram {
            source, destination, protocol, source_port, destination_port,
            options, fragment, extension, length_said,
        }
    }
}

fn tag() -> impl Strategy<Value = Tagged> {
    let ether_type = prop_oneof![Just(0x8100), Just(0x88a8)];
    (ether_type, 0..4_u16, 0..16_u16)
        .prop_map(|(ether_type, id, priority)| Tagged(ether_type, priority << 12 | id))
}

/// A frame that may be tagged, cut short, or have one byte changed; never below an Ethernet header's 14 bytes, which the
/// kernel gives no program to see.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let network = prop_oneof![
        4 => datagram().prop_map(|datagram| ipv4(&datagram)),
        4 => datagram().prop_map(|datagram| ipv6(&datagram)),
        1 => prop::collection::vec(any::<u8>(), 14..80),
    ];
    let tagged = (network, prop::collection::vec(tag(), 0..=3)).prop_map(|(frame, tags)| {
        tags.into_iter()
            .fold(frame, |frame, tag| tag.around(&frame))
    });
    let cut = prop_oneof![3 => Just(usize::MAX), 1 => 14..90_usize];
    let change = prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>()));
    (tagged, cut, change).prop_map(|(mut frame, length, change)| {
        frame.truncate(length);
        if let Some((index, value)) = change {
            let place = index.index(frame.len());
            frame[place] = value;
        }
        frame
    })
}
