//! The UDP back end against ordinary sockets.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use portway_dataplane::{Burst, DropReason, Packet, Port, Region, UdpPort};

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A port and an ordinary socket at an address of the loopback interface.
fn port_and_peer(address: &str) -> (Port, SocketAddr, UdpSocket) {
    let region = Region::builder().chunks(1024).build().unwrap();
    let socket = UdpSocket::bind((address, 0)).unwrap();
    let at = socket.local_addr().unwrap();
    let peer = UdpSocket::bind((address, 0)).unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    (UdpPort::open("udp", socket, &region).unwrap(), at, peer)
}

fn receive(port: &mut Port, count: usize) -> Burst {
    let mut burst = Burst::new();
    let end = Instant::now() + PATIENCE;
    while burst.len() < count {
        assert!(Instant::now() < end, "{} of {count} came", burst.len());
        port.rx_burst(&mut burst);
    }
    burst
}

#[test]
fn a_datagram_comes_with_the_headers_it_had_and_goes_back_by_them() {
    for address in ["127.0.0.1", "::1"] {
        let (mut port, at, peer) = port_and_peer(address);
        for length in [0, 1, 700, 1400] {
            peer.send_to(&vec![7; length], at).unwrap();
            let mut burst = receive(&mut port, 1);
            let mut packet = Packet::ip(&mut burst[0]).unwrap();
            assert_eq!(packet.verify_checksums(), Ok(()));
            assert_eq!(packet.ends(), Some((peer.local_addr().unwrap(), at)));
            assert_eq!(packet.payload(), vec![7; length]);
            packet.swap_ends();
            assert_eq!(port.tx_burst(&mut burst), 1);
            let mut answer = [0; 2000];
            assert_eq!(peer.recv_from(&mut answer).unwrap(), (length, at));
        }
    }
}

#[test]
fn statistics_agree_with_a_peer_that_counts() {
    const DATAGRAMS: u64 = 1000;
    let (mut port, at, peer) = port_and_peer("127.0.0.1");
    let mut bytes = 0;
    for number in 0..DATAGRAMS {
        let length = 20 + (number % 100) as usize;
        peer.send_to(&vec![0; length], at).unwrap();
        let mut burst = receive(&mut port, 1);
        bytes += 28 + length as u64;
        Packet::ip(&mut burst[0]).unwrap().swap_ends();
        assert_eq!(port.tx_burst(&mut burst), 1);
        peer.recv_from(&mut [0; 200]).unwrap();
    }
    let statistics = port.statistics();
    let (received, sent) = (&statistics.received, &statistics.sent);
    assert_eq!((received.in_packets, received.in_bytes), (DATAGRAMS, bytes));
    assert_eq!((sent.out_packets, sent.out_bytes), (DATAGRAMS, bytes));
    assert_eq!(statistics.drops().total(), 0);
}

#[test]
fn a_datagram_longer_than_a_frame_is_counted() {
    let (mut port, at, peer) = port_and_peer("127.0.0.1");
    peer.send_to(&[0; 4000], at).unwrap();
    peer.send_to(&[1; 10], at).unwrap();
    let mut burst = receive(&mut port, 1);
    assert_eq!(Packet::ip(&mut burst[0]).unwrap().payload(), [1; 10]);
    assert_eq!(port.statistics().received.drops[DropReason::TooLong], 1);
}

#[test]
fn a_frame_that_is_no_datagram_is_invalid() {
    let (mut port, _, _) = port_and_peer("127.0.0.1");
    let mut burst = Burst::new();
    port.prepare(&mut burst, 2);
    burst[0].append(&[0x45; 40]).unwrap();
    assert_eq!(port.tx_burst(&mut burst), 2);
    let sent = port.statistics().sent;
    assert_eq!((sent.out_packets, sent.tx_invalid), (0, 2));
}
