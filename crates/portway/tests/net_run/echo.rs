use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    common::PATIENCE,
    lab::{Lab, eventually},
};

/// Datagrams that are under way at once: half of what the ring of a veth interface holds, the smallest on the way.
const WINDOW: u64 = 128;

fn lab(name: &str) -> Option<Lab> {
    let lab = Lab::new(name, 1)?;
    lab.ip(0, "addr add 10.9.0.1/24 dev eth0");
    lab.ip(0, "addr add fd09::1/64 dev eth0 nodad");
    Some(lab)
}

fn options() -> serde_json::Value {
    json!({"mode": "echo", "echo-addresses": ["10.9.0.2", "fd09::2"]})
}

#[test]
fn pings_are_answered_over_both_versions_and_so_are_arp_and_ndp() {
    let Some(lab) = lab("ping") else { return };
    let plane = lab.start(&options());
    for address in ["10.9.0.2", "fd09::2"] {
        let said = lab
            .try_in(0, &format!("ping -c 5 -i 0.05 -w 20 {address}"))
            .unwrap();
        assert!(said.contains("5 received"), "{said}");
        let neighbours = lab.try_in(0, &format!("ip neigh show {address}")).unwrap();
        assert!(neighbours.contains("02:00:00:02:00:00"), "{neighbours}");
    }
    assert!(lab.try_in(0, "ping -c 1 -W 1 10.9.0.3").is_err());
    assert!(plane.discards(0, "unanswered") > 0);
    plane.end();
}

/// Sends numbered datagrams, with `WINDOW` under way at most, and tells how many came back in their order.
fn exchange(socket: &UdpSocket, datagrams: u64) -> u64 {
    let mut bytes = [0; 64];
    let (mut sent, mut received) = (0_u64, 0_u64);
    while received < datagrams {
        while sent < datagrams && sent < received + WINDOW {
            bytes[..8].copy_from_slice(&sent.to_be_bytes());
            socket.send(&bytes).unwrap();
            sent += 1;
        }
        match socket.recv(&mut bytes) {
            Ok(64) if bytes[..8] == received.to_be_bytes() => received += 1,
            other => panic!(
                "{received} of {sent} came back: {other:?}, {:?}",
                &bytes[..8]
            ),
        }
    }
    received
}

fn socket(own: &str, peer: &str) -> UdpSocket {
    let socket = UdpSocket::bind(own).unwrap();
    socket.connect(peer).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    socket
}

#[test]
fn a_million_datagrams_come_back_in_order_and_none_is_lost() {
    let Some(lab) = lab("million") else { return };
    let plane = lab.start(&options());
    for (own, peer, count) in [
        ("10.9.0.1:0", "10.9.0.2:7", 1_000_000),
        ("[fd09::1]:0", "[fd09::2]:7", 10_000),
    ] {
        let work = lab.inside(0, move || {
            let socket = socket(own, peer);
            // While a neighbour is looked for, the kernel lets few datagrams wait.
            exchange(&socket, 1);
            exchange(&socket, count)
        });
        assert_eq!(work.join().unwrap(), count);
    }
    let port = plane.port(0);
    assert_eq!(
        port["port_drops"],
        json!({}),
        "nothing is dropped by the port"
    );
    // A burst is counted when it has left, and its last packets may be back by then.
    eventually("all are counted", || {
        plane.counter(0, "out_packets") >= 1_010_000
    });
    plane.end();
}

#[test]
fn what_a_flood_loses_is_counted() {
    let Some(lab) = lab("flood") else { return };
    let plane = lab.start(&options());
    let first = lab.inside(0, || exchange(&socket("10.9.0.1:0", "10.9.0.2:7"), 1));
    assert_eq!(first.join().unwrap(), 1);
    let before = plane.counter(0, "in_packets");
    // While the thread leaves its port alone, the frames that the port has are soon used up.
    assert_eq!(plane.ask(&json!({"command": "stop"}))["ok"], true);
    let flood = lab.inside(0, || {
        let socket = socket("10.9.0.1:0", "10.9.0.2:9");
        for _ in 0..20_000 {
            socket.send(&[0; 64]).unwrap();
        }
    });
    flood.join().unwrap();
    assert_eq!(plane.ask(&json!({"command": "start"}))["ok"], true);
    let begin = Instant::now();
    loop {
        let received = plane.counter(0, "in_packets") - before;
        let missed = plane.counter(0, "in_missed");
        // A neighbour may have asked for something meanwhile.
        if received + missed >= 20_000 {
            assert!(missed > 10_000, "{received} received, {missed} missed");
            assert!(
                received + missed < 20_100,
                "{received} received, {missed} missed"
            );
            break;
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "{received} received, {missed} missed"
        );
    }
    plane.end();
}
