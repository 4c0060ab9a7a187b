//! Back ends of the kernel, each on a veth pair in a network namespace of its own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]
#![expect(clippy::print_stderr, reason = "a test that skips says why")]

mod network;

use std::{
    net::UdpSocket,
    sync::Arc,
    time::{Duration, Instant},
};

use network::{in_network, ip};
use portway_dataplane::{
    Burst, Frame, LinkType, Packet, PacketPort, Port, Region, SendFeatures, TunnelInterface,
    XdpPort, request_checksums,
};
use portway_xdp::{
    Copying, Socket, SocketError,
    program::{AttachPolicy, Attached, InterfaceFacts, Match},
};

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The EtherType of a test's packets, which is for experiments.
const ETHER_TYPE: u16 = 0x88B5;

fn region() -> Region {
    Region::builder().chunks(2048).build().unwrap()
}

/// Writes a packet with a number and a length that depends on it.
fn write(frame: &mut Frame, number: u64) {
    let mut packet = vec![0; 60 + (number % 1000) as usize];
    packet[..12].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1]);
    packet[12..14].copy_from_slice(&ETHER_TYPE.to_be_bytes());
    packet[14..22].copy_from_slice(&number.to_be_bytes());
    frame.append(&packet).unwrap();
}

/// Whether it is a test's packet. The kernel says something of itself on a new interface, at a moment of its own.
fn is_of_test(frame: &Frame) -> bool {
    frame.get(12..14) == Some(&ETHER_TYPE.to_be_bytes())
}

fn number(frame: &Frame) -> u64 {
    u64::from_be_bytes(frame[14..22].try_into().unwrap())
}

/// Sends packets in bursts of 32 and receives each burst on the other side, until all have come.
fn exchange(from: &mut Port, to: &mut Port, packets: u64) {
    let (mut burst, mut received) = (Burst::new(), Burst::new());
    let end = Instant::now() + PATIENCE;
    let mut next = 0;
    while next < packets {
        let count = from.prepare(&mut burst, 32.min((packets - next) as usize));
        for (frame, offset) in burst.iter_mut().zip(0..) {
            write(frame, next + offset);
        }
        let expected = next + count as u64;
        while next < expected {
            assert!(Instant::now() < end, "{next} of {packets} came");
            from.tx_burst(&mut burst);
            to.rx_burst(&mut received);
            for frame in received.drain(received.len()).filter(is_of_test) {
                assert_eq!(number(&frame), next);
                assert_eq!(frame.len() as u64, 60 + next % 1000);
                next += 1;
            }
        }
    }
}

/// Both ends have counted the same packets and bytes, and nothing else.
fn assert_agreement(from: &mut Port, to: &mut Port, packets: u64) {
    to.refresh_statistics();
    let (from, to) = (from.statistics(), to.statistics());
    let bytes: u64 = (0..packets).map(|number| 60 + number % 1000).sum();
    assert_eq!(
        (from.sent.out_packets, from.sent.out_bytes),
        (packets, bytes)
    );
    assert_eq!(
        (to.received.in_packets, to.received.in_bytes),
        (packets, bytes)
    );
    assert_eq!(
        to.received.in_missed + from.drops().total() + to.drops().total(),
        0
    );
}

#[test]
fn packet_sockets_count_what_the_other_end_counts() {
    in_network("packet", || {
        let region = region();
        let mut left = PacketPort::open("left", "left", &region).unwrap();
        let mut right = PacketPort::open("right", "right", &region).unwrap();
        exchange(&mut left, &mut right, 2000);
        assert_agreement(&mut left, &mut right, 2000);
        exchange(&mut right, &mut left, 100);
        assert_agreement(&mut right, &mut left, 100);
    });
}

#[test]
fn a_packet_socket_gives_back_the_vlan_tag_that_the_kernel_took_out() {
    in_network("vlan", || {
        let region = region();
        let mut left = PacketPort::open("left", "left", &region).unwrap();
        let mut right = PacketPort::open("right", "right", &region).unwrap();
        let mut burst = Burst::new();
        left.prepare(&mut burst, 1);
        write(&mut burst[0], 7);
        burst[0][12..18].copy_from_slice(&[0x81, 0x00, 0x60, 0x05, 0x88, 0xB5]);
        assert_eq!(left.tx_burst(&mut burst), 1);
        let end = Instant::now() + PATIENCE;
        while right.rx_burst(&mut burst) == 0 {
            assert!(Instant::now() < end, "it came");
        }
        let tag = Packet::ethernet(&mut burst[0])
            .unwrap()
            .layout()
            .vlan
            .unwrap();
        assert_eq!((tag.identifier, tag.priority), (5, 3));
    });
}

#[test]
fn a_packet_that_the_interface_cannot_send_is_invalid_and_the_next_one_goes() {
    in_network("invalid", || {
        let region = region();
        ip("link set left mtu 1000");
        let mut left = PacketPort::open("left", "left", &region).unwrap();
        let mut burst = Burst::new();
        left.prepare(&mut burst, 3);
        write(&mut burst[0], 0);
        write(&mut burst[1], 999);
        burst[1].append(&[0; 500]).unwrap();
        write(&mut burst[2], 2);
        assert_eq!(left.tx_burst(&mut burst), 3);
        let sent = left.statistics().sent;
        assert_eq!((sent.out_packets, sent.tx_invalid), (2, 1));
    });
}

#[test]
fn an_interface_that_does_not_exist_is_named() {
    let error = PacketPort::open("port", "absent0", &region()).unwrap_err();
    assert!(error.to_string().contains("absent0"), "{error}");
}

#[test]
fn an_xdp_port_counts_what_a_packet_socket_sends() {
    in_network("xdp", || {
        let region = region();
        let builder = Socket::builder("right", 0).copying(Copying::Copy);
        let socket = builder.receive_ring(256).fill_ring(512).send_ring(256);
        let socket = socket.open(&region).unwrap();
        let program = Attached::builder("right", Match::ether_type(ETHER_TYPE));
        let program = program.policy(AttachPolicy::Generic).attach().unwrap();
        program.insert(0, &socket).unwrap();
        let mut right = XdpPort::open("right", socket, Some(Arc::new(program)), &region);
        let mut left = PacketPort::open("left", "left", &region).unwrap();
        exchange(&mut left, &mut right, 2000);
        assert_agreement(&mut left, &mut right, 2000);
        exchange(&mut right, &mut left, 500);
        assert_agreement(&mut right, &mut left, 500);
    });
}

/// The sender writes the sum of the pseudo header; the kernel at the other end takes the datagram all the same.
#[test]
fn an_xdp_port_has_checksums_computed_and_tells_when_packets_left() {
    in_network("offload", || {
        ip("address add 10.1.0.1/24 dev left");
        let mac = InterfaceFacts::of("left").unwrap().mac.unwrap();
        let receiver = UdpSocket::bind("10.1.0.1:4711").unwrap();
        receiver.set_read_timeout(Some(PATIENCE)).unwrap();
        let region = Region::builder().chunks(2048).send_metadata();
        let region = region.build().unwrap();
        let builder = Socket::builder("right", 0).copying(Copying::Copy);
        let socket = match builder.open(&region) {
            Err(SocketError::MetadataNotSupported { .. }) => {
                eprintln!("skipped: requests with packets need Linux 6.11");
                return;
            }
            opened => opened.unwrap(),
        };
        let mut port = XdpPort::open("right", socket, None, &region);
        assert!(port.send_features().contains(SendFeatures::CHECKSUM));
        let mut burst = Burst::new();
        port.prepare(&mut burst, 1);
        let header = [
            0x45, 0, 0, 33, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 9, 10, 1, 0, 1,
        ];
        for bytes in [&mac[..], &[2, 0, 0, 0, 0, 9, 8, 0], &header] {
            burst[0].append(bytes).unwrap();
        }
        let ports_and_length = [0x12, 0x67, 0x12, 0x67, 0, 13, 0, 0];
        burst[0].append(&ports_and_length).unwrap();
        burst[0].append(b"hello").unwrap();
        request_checksums(&mut burst[0], LinkType::Ethernet).unwrap();
        burst[0].request_time_stamp(5).unwrap();
        assert!(
            Packet::ethernet(&mut burst[0])
                .unwrap()
                .checksum_is_left_to_device()
        );
        assert_eq!(port.tx_burst(&mut burst), 1);
        let mut payload = [0; 16];
        assert_eq!(receiver.recv(&mut payload).unwrap(), 5);
        assert_eq!(payload[..5], b"hello"[..]);
        let end = Instant::now() + PATIENCE;
        let stamp = loop {
            assert!(Instant::now() < end, "the time stamp came");
            port.tx_burst(&mut Burst::new());
            if let Some(stamp) = port.next_time_stamp() {
                break stamp;
            }
        };
        assert_eq!(stamp.tag, 5);
    });
}

#[test]
fn a_tap_interface_is_the_other_end_of_what_the_kernel_sends() {
    in_network("tap", || {
        let region = region();
        let mut tap = TunnelInterface::tap("tap0").open(&region).unwrap();
        let mut kernel = PacketPort::open("kernel", "tap0", &region).unwrap();
        exchange(&mut tap, &mut kernel, 500);
        let sent = tap.statistics().sent;
        assert_eq!((sent.out_packets, sent.out_dropped), (500, 0));
        exchange(&mut kernel, &mut tap, 500);
    });
}

#[test]
fn a_region_whose_frames_are_too_short_for_the_mtu_is_refused() {
    let error = TunnelInterface::tun("portway-test")
        .mtu(9000)
        .open(&region());
    assert!(error.unwrap_err().to_string().contains("lower the MTU"));
}
