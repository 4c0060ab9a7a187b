use serde_json::json;

use crate::lab::{Lab, Wire, eventually, host_mac, port_mac};

/// A frame of this experiment's own protocol with a number in it, to the port whose number the address ends with.
fn frame(to: usize, number: u8) -> Vec<u8> {
    let mut bytes = [port_mac(to), host_mac(0)].concat();
    bytes.extend([0x88, 0xB5, number]);
    bytes.resize(60, 7);
    bytes
}

fn is_numbered(number: u8) -> impl Fn(&[u8]) -> bool {
    move |bytes| bytes[12..15] == [0x88, 0xB5, number]
}

/// A datagram in a frame, whose checksums nobody looks at.
fn datagram(payload: &[u8]) -> Vec<u8> {
    let mut bytes = [port_mac(0), host_mac(0)].concat();
    bytes.extend([8, 0, 0x45, 0]);
    bytes.extend((28 + payload.len() as u16).to_be_bytes());
    bytes.extend([
        0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 9, 0, 9,
    ]);
    bytes.extend((8 + payload.len() as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes.resize(bytes.len().max(60), 0);
    bytes
}

fn send_and_receive(from: &mut Wire, to: &mut Wire, frame: Vec<u8>, number: u8) -> Vec<u8> {
    from.send(&[frame]);
    to.receive(is_numbered(number))
}

#[test]
fn loopback_sends_back_with_swapped_addresses() {
    let Some(lab) = Lab::new("lb", 1) else { return };
    let plane = lab.start(&json!({"mode": "loopback"}));
    let mut wire = lab.wire(0);
    wire.send(&[frame(0, 1)]);
    let is_back = |bytes: &[u8]| is_numbered(1)(bytes) && bytes[..6] == host_mac(0);
    let back = wire.receive(is_back);
    assert_eq!(back[6..12], port_mac(0));
    plane.end();
}

#[test]
fn fwd_goes_by_the_last_byte_of_the_address_to_the_port_of_another_thread() {
    let Some(lab) = Lab::new("fwd", 2) else {
        return;
    };
    let plane = lab.start(&json!({"mode": "fwd"}));
    let (mut first, mut second) = (lab.wire(0), lab.wire(1));
    for number in 0..50 {
        let came = send_and_receive(&mut first, &mut second, frame(1, number), number);
        assert_eq!(came[..6], host_mac(0), "swapped");
    }
    let mut nowhere = frame(1, 99);
    nowhere[5] = 77;
    first.send(&[nowhere]);
    first.receive(|bytes| is_numbered(99)(bytes) && bytes[..6] == host_mac(0));
    plane.end();
}

#[test]
fn drop_receives_and_counts() {
    let Some(lab) = Lab::new("drop", 1) else {
        return;
    };
    // An alias, and the beginning of one, mean the same.
    for mode in ["drop", "RX-only", "d"] {
        let plane = lab.start(&json!({"mode": mode}));
        lab.wire(0).send(&vec![frame(0, 1); 100]);
        eventually("all are dropped", || plane.discards(0, "as_asked") >= 100);
        assert_eq!(plane.counter(0, "out_packets"), 0);
        plane.end();
    }
}

#[test]
fn tx_only_sends_valid_packets_and_receives_nothing_and_tx_only_rx_both() {
    let Some(lab) = Lab::new("tx", 1) else { return };
    for (mode, receives) in [("tx-only", false), ("tx-only-rx", true)] {
        let plane = lab.start(&json!({"mode": mode, "burst-size": 32}));
        let mut wire = lab.wire(0);
        let sent = wire.receive(|bytes| bytes[12..14] == [8, 0]);
        assert_eq!((sent.len(), &sent[6..12]), (60, &port_mac(0)[..]));
        assert_eq!(&sent[26..34], [198, 18, 0, 1, 198, 18, 0, 2]);
        wire.send(&[frame(0, 1)]);
        eventually("it sends", || plane.counter(0, "out_packets") > 1000);
        if receives {
            eventually("it receives", || plane.discards(0, "as_asked") > 0);
        } else {
            assert_eq!(plane.counter(0, "in_packets"), 0);
        }
        plane.end();
    }
}

#[test]
fn patterns_decide_by_the_payload() {
    let Some(lab) = Lab::new("hs", 2) else { return };
    let patterns = ["65536:/^GET .*HTTP/s", "0x80000000:/virus/i"];
    let plane = lab.start(&json!({"mode": "hyperscan", "hs-patterns": patterns}));
    let (mut first, mut second) = (lab.wire(0), lab.wire(1));
    first.send(&[
        datagram(b"a ViRuS"),
        datagram(b"nothing"),
        datagram(b"GET /\nHTTP/1.1"),
    ]);
    let came = second.receive(|bytes| bytes[12..14] == [8, 0]);
    assert!(came.ends_with(b"GET /\nHTTP/1.1") || came[42..].starts_with(b"GET /"));
    eventually("one matches and is dropped", || {
        plane.discards(0, "pattern_drops") == 1
    });
    eventually("one matches nothing", || {
        plane.discards(0, "no_pattern") >= 1
    });
    plane.end();
}
