use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use smoltcp::wire::{Icmpv4DstUnreachable, Icmpv4Message, Icmpv4Packet, Ipv4Packet, UdpPacket};

use super::{ExitWorld, GATEWAY, configuration, count, reaching_loopback};
use crate::{
    InnerStack,
    exit::{Exit, ExitEvent},
    stack::{
        compose,
        packet::FlowKey,
        testing::{FAR, PEER, World},
    },
};

fn datagram(source_port: u16, destination: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let source = FAR[usize::from(destination.is_ipv6())];
    let key = FlowKey {
        source: SocketAddr::new(source, source_port),
        destination,
    };
    let mut packet = vec![0; 2000];
    let length = compose::udp(key, payload, &mut packet).unwrap();
    packet.truncate(length);
    packet
}

fn next_packet(world: &mut ExitWorld) -> Vec<u8> {
    world.run_until("a packet arrives", |world| !world.far.others.is_empty());
    world.far.others.remove(0)
}

fn server(address: &str) -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn udp_part(packet: &[u8]) -> &[u8] {
    &packet[if packet[0] >> 4 == 4 { 20 } else { 40 }..]
}

fn unreachable_code(packet: &[u8]) -> u8 {
    let packet = Ipv4Packet::new_checked(packet).unwrap();
    let message = Icmpv4Packet::new_checked(packet.payload()).unwrap();
    assert_eq!(message.msg_type(), Icmpv4Message::DstUnreachable);
    assert!(message.verify_checksum());
    message.msg_code()
}

#[test]
fn a_datagram_and_its_answer_pass() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let (server, target) = server(address);
        let exit = reaching_loopback(configuration());
        let counters = exit.counters();
        let mut world = World::new(exit);
        world.send(&datagram(4000, target, b"question"));

        let mut buffer = [0; 64];
        let (length, from) = server.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"question");
        server.send_to(b"answer", from).unwrap();

        let answer = next_packet(&mut world);
        let received = UdpPacket::new_checked(udp_part(&answer)).unwrap();
        assert_eq!(received.payload(), b"answer");
        assert_eq!(received.src_port(), target.port());
        assert_eq!(received.dst_port(), 4000);
        let far = FAR[usize::from(target.is_ipv6())];
        assert!(received.verify_checksum(&target.ip().into(), &far.into()));
        assert_eq!(counters.open_udp(), 1);
    }
}

#[test]
fn a_flow_lives_longer_once_it_was_answered() {
    let (server, target) = server("127.0.0.1:0");
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    world.send(&datagram(4000, target, b"question"));
    world.pass(Duration::from_secs(29));
    assert_eq!(counters.open_udp(), 1);
    world.pass(Duration::from_secs(2));
    assert_eq!(counters.open_udp(), 0);

    world.send(&datagram(4001, target, b"again"));
    let mut buffer = [0; 64];
    server.recv_from(&mut buffer).unwrap();
    let (_, from) = server.recv_from(&mut buffer).unwrap();
    server.send_to(b"answer", from).unwrap();
    next_packet(&mut world);
    world.pass(Duration::from_secs(59));
    assert_eq!(counters.open_udp(), 1);
    world.pass(Duration::from_secs(2));
    assert_eq!(counters.open_udp(), 0);
}

#[test]
fn a_port_where_nobody_listens_is_reported() {
    let (_, target) = server("127.0.0.1:0");
    let mut world = World::new(reaching_loopback(configuration()));
    world.send(&datagram(4000, target, b"question"));
    let answer = next_packet(&mut world);
    assert_eq!(
        unreachable_code(&answer),
        u8::from(Icmpv4DstUnreachable::PortUnreachable)
    );
    let quoted = Ipv4Packet::new_checked(&answer[..]).unwrap();
    assert_eq!(quoted.src_addr().to_string(), "127.0.0.1");
}

#[test]
fn a_forbidden_destination_is_prohibited_by_the_gateway() {
    let exit = Exit::new(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    world.send(&datagram(4000, "169.254.169.254:53".parse().unwrap(), b"x"));
    let answer = next_packet(&mut world);
    assert_eq!(
        unreachable_code(&answer),
        u8::from(Icmpv4DstUnreachable::CommProhibited)
    );
    let header = Ipv4Packet::new_checked(&answer[..]).unwrap();
    assert_eq!(std::net::IpAddr::V4(header.src_addr()), GATEWAY[0]);
    assert_eq!(count(&counters, ExitEvent::RefusedLinkLocal), 1);

    world.send(&datagram(4000, "224.0.0.251:5353".parse().unwrap(), b"x"));
    assert!(world.far.others.is_empty(), "a multicast was answered");
    assert_eq!(count(&counters, ExitEvent::RefusedMulticast), 1);
}

#[test]
fn an_answer_greater_than_the_tunnel_is_dropped_and_counted() {
    let (server, target) = server("127.0.0.1:0");
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    world.send(&datagram(4000, target, b"question"));
    let (_, from) = server.recv_from(&mut [0; 64]).unwrap();
    server.send_to(&[1; 1393], from).unwrap();
    server.send_to(&[2; 1392], from).unwrap();

    let answer = next_packet(&mut world);
    assert_eq!(answer.len(), 1420);
    assert_eq!(answer.last(), Some(&2));
    assert_eq!(count(&counters, ExitEvent::DroppedDatagramIn), 1);
}

#[test]
fn a_flow_over_the_limit_is_refused() {
    let (_server, target) = server("127.0.0.1:0");
    let mut configuration = configuration();
    configuration.limits.udp_flows_per_peer = 2;
    let exit = reaching_loopback(configuration);
    let counters = exit.counters();
    let mut world = World::new(exit);
    for port in 4000..4003 {
        world.send(&datagram(port, target, b"x"));
    }
    assert_eq!(counters.open_udp(), 2);
    assert_eq!(count(&counters, ExitEvent::RefusedLimit), 1);

    world.stack.forget_peer(PEER);
    assert_eq!(counters.open_udp(), 0);
    world.send(&datagram(4003, target, b"x"));
    assert_eq!(counters.open_udp(), 1);
}
