use std::net::IpAddr;

use portway_dataplane::PacketQueue;
use proptest::prelude::*;

use super::{GATEWAY, configuration, count};
use crate::{
    InnerStack,
    exit::{Exit, ExitEvent},
    stack::{
        compose,
        packet::{self, Echo, EchoKind, Inbound},
        testing::{FAR, PEER, World},
    },
};

fn request(destination: IpAddr) -> Vec<u8> {
    let echo = Echo {
        kind: EchoKind::Request,
        source: FAR[usize::from(destination.is_ipv6())],
        destination,
        identifier: 5,
        sequence: 9,
        data: b"are you there",
    };
    let mut queue = PacketQueue::default();
    compose::echo(&echo, &mut queue);
    let mut buffer = [0; 1420];
    let length = queue.pop_into(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

#[test]
fn the_tunnel_addresses_answer_ping() {
    let exit = Exit::new(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    for gateway in GATEWAY {
        world.send(&request(gateway));
        let answer = world.far.others.pop().unwrap();
        let Ok(Inbound::Echo(echo)) = packet::parse(&answer) else {
            panic!("no echo: {answer:?}");
        };
        assert_eq!(echo.kind, EchoKind::Reply);
        assert_eq!(echo.source, gateway);
        assert_eq!((echo.identifier, echo.sequence), (5, 9));
        assert_eq!(echo.data, b"are you there");
    }
    assert_eq!(count(&counters, ExitEvent::EchoAnswered), 2);
}

#[test]
fn a_ping_to_another_address_is_dropped_and_counted() {
    let exit = Exit::new(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    for other in ["198.51.100.1", "10.77.0.9", "fd77::9"] {
        world.send(&request(other.parse().unwrap()));
    }
    assert!(world.far.others.is_empty());
    assert_eq!(count(&counters, ExitEvent::EchoDropped), 3);
}

#[test]
fn each_kind_of_bad_packet_is_counted_as_such() {
    let exit = Exit::new(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    let good = request(GATEWAY[0]);

    world.send(&good[..good.len() - 1]);
    assert_eq!(count(&counters, ExitEvent::DroppedMalformed), 1);
    world.send(&[]);
    assert_eq!(count(&counters, ExitEvent::DroppedMalformed), 2);

    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    world.send(&flipped);
    assert_eq!(count(&counters, ExitEvent::DroppedChecksum), 1);

    let fragment = changed_header(&good, |header| header.set_more_frags(true));
    world.send(&fragment);
    assert_eq!(count(&counters, ExitEvent::DroppedFragment), 1);

    let other = changed_header(&good, |header| {
        header.set_next_header(smoltcp::wire::IpProtocol::Igmp);
    });
    world.send(&other);
    assert_eq!(count(&counters, ExitEvent::DroppedProtocol), 1);

    let martian = changed_header(&good, |header| {
        header.set_src_addr("224.0.0.1".parse().unwrap());
    });
    world.send(&martian);
    assert_eq!(count(&counters, ExitEvent::DroppedSource), 1);
    assert!(world.far.others.is_empty());
}

fn changed_header(
    packet: &[u8],
    change: impl FnOnce(&mut smoltcp::wire::Ipv4Packet<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = packet.to_vec();
    let mut header = smoltcp::wire::Ipv4Packet::new_unchecked(&mut bytes);
    change(&mut header);
    header.fill_checksum();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_packet_makes_the_exit_panic(
        version in prop_oneof![Just(0x45_u8), Just(0x60), Just(0x4f), any::<u8>()],
        protocol in prop_oneof![Just(1_u8), Just(6), Just(17), Just(58), any::<u8>()],
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let length = bytes.len() as u16;
        shape(&mut bytes, version, protocol, length);
        let mut world = World::new(Exit::new(configuration()));
        world.stack.handle_packet(PEER, &bytes, world.now);
        world.send(&bytes);
    }
}

/// Makes it likely that random bytes get past the first checks.
fn shape(bytes: &mut [u8], version: u8, protocol: u8, length: u16) {
    if bytes.len() < 60 {
        return;
    }
    bytes[0] = version;
    if version >> 4 == 4 {
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        bytes[6..8].fill(0);
        bytes[9] = protocol;
        smoltcp::wire::Ipv4Packet::new_unchecked(bytes).fill_checksum();
    } else {
        bytes[4..6].copy_from_slice(&(length - 40).to_be_bytes());
        bytes[6] = protocol;
    }
}
