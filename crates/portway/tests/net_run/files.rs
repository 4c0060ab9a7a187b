use serde_json::json;

use crate::lab::{Lab, eventually, host_mac, port_mac, run};

fn frame(number: u8) -> Vec<u8> {
    let mut bytes = [port_mac(0), host_mac(0)].concat();
    bytes.extend([0x88, 0xB5, number]);
    bytes.resize(60, number);
    bytes
}

fn is_ours(bytes: &[u8]) -> bool {
    bytes[12..14] == [0x88, 0xB5]
}

#[test]
fn what_is_captured_can_be_read_by_tcpdump_and_replayed() {
    let Some(lab) = Lab::new("pcap", 1) else {
        return;
    };
    let file = lab.place.path().join("captured.pcap");
    let file = file.to_str().unwrap();
    let plane = lab.start(&json!({"mode": "capture", "capture-file": file}));
    let packets: Vec<_> = (0..10).map(frame).collect();
    let mut wire = lab.wire(0);
    wire.send(&packets);
    eventually("all are written", || plane.counter(1, "out_packets") >= 10);
    plane.end();
    let said = run(&format!("tcpdump -r {file} -e -n"));
    let lines = said
        .lines()
        .filter(|line| line.contains("ethertype Unknown (0x88b5)"));
    assert_eq!(lines.count(), 10, "{said}");
    let plane = lab.start(&json!({"mode": "replay", "replay-file": file}));
    for packet in &packets {
        assert_eq!(wire.receive(is_ours), *packet, "in their order");
    }
    plane.end();
}
