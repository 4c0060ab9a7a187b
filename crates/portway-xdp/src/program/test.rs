//! The tests that a condition consists of: each asks whether a fact, under a mask, is within a range.

use std::net::IpAddr;

use ipnet::IpNet;

use super::matching::{Condition, Side, Tag};

/// What the program reads of a frame: each is a 32-bit number on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    EtherType,
    OuterVlan,
    InnerVlan,
    /// 4, 6, or 0 if there is no IP header.
    Version,
    Protocol,
    SourcePort,
    DestinationPort,
    /// Four bytes of an address, counted from 0; an IPv4 address has one such word.
    SourceWord(u8),
    DestinationWord(u8),
}

/// The lowest byte of the stack that holds facts, counted from its end.
pub(super) const FACTS_END: i16 = -64;
/// Stands for what the frame does not have. No fact that can be absent is so large; versions are 0 when absent, and
/// addresses are looked at only behind a version.
pub(super) const ABSENT: i32 = -1;

impl Fact {
    /// Returns the place on the stack, counted from its end.
    pub(super) fn place(self) -> i16 {
        match self {
            Self::EtherType => -4,
            Self::OuterVlan => -8,
            Self::InnerVlan => -12,
            Self::Version => -16,
            Self::Protocol => -20,
            Self::SourcePort => -24,
            Self::DestinationPort => -28,
            Self::SourceWord(word) => -48 + 4 * i16::from(word),
            Self::DestinationWord(word) => FACTS_END + 4 * i16::from(word),
        }
    }
}

/// Holds if `least <= fact & mask <= most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) fact: Fact,
    pub(super) mask: u32,
    pub(super) least: u32,
    pub(super) most: u32,
}

impl Test {
    fn equal(fact: Fact, value: u32) -> Self {
        Self::within(fact, value, value)
    }

    fn within(fact: Fact, least: u32, most: u32) -> Self {
        Self {
            fact,
            mask: u32::MAX,
            least,
            most,
        }
    }
}

/// Returns what must hold for a condition that is not a combination: all of the tests.
pub(super) fn tests(condition: &Condition) -> Vec<Test> {
    match condition {
        Condition::EtherType(ether_type) => {
            vec![Test::equal(Fact::EtherType, u32::from(*ether_type))]
        }
        Condition::Vlan {
            tag: Tag::Outer,
            id,
        } => {
            vec![Test::equal(Fact::OuterVlan, u32::from(*id))]
        }
        Condition::Vlan {
            tag: Tag::Inner,
            id,
        } => {
            vec![Test::equal(Fact::InnerVlan, u32::from(*id))]
        }
        Condition::Protocol(number) => vec![Test::equal(Fact::Protocol, u32::from(*number))],
        Condition::Ports {
            transport,
            side,
            ports,
        } => {
            let fact = match side {
                Side::Source => Fact::SourcePort,
                Side::Destination => Fact::DestinationPort,
            };
            let (least, most) = (u32::from(*ports.start()), u32::from(*ports.end()));
            let protocol = Test::equal(Fact::Protocol, u32::from(*transport as u8));
            vec![protocol, Test::within(fact, least, most)]
        }
        Condition::Prefix { side, prefix } => prefix_tests(*side, *prefix),
        Condition::All(_) | Condition::Any(_) => Vec::new(),
    }
}

/// Tests the version, then word by word the bits that the prefix fixes.
fn prefix_tests(side: Side, prefix: IpNet) -> Vec<Test> {
    let (version, octets) = match prefix.trunc().addr() {
        IpAddr::V4(address) => (4, address.octets().to_vec()),
        IpAddr::V6(address) => (6, address.octets().to_vec()),
    };
    let mut tests = vec![Test::equal(Fact::Version, version)];
    let mut fixed = u32::from(prefix.prefix_len());
    for (word, bytes) in (0..).zip(octets.as_chunks::<4>().0) {
        let bits = fixed.min(u32::BITS);
        fixed -= bits;
        let Some(mask) = u32::MAX.checked_shl(u32::BITS - bits).filter(|_| bits > 0) else {
            break;
        };
        let fact = match side {
            Side::Source => Fact::SourceWord(word),
            Side::Destination => Fact::DestinationWord(word),
        };
        tests.push(Test {
            mask,
            ..Test::equal(fact, u32::from_be_bytes(*bytes))
        });
    }
    tests
}
