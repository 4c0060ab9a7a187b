use serde_json::json;

use crate::lab::{Lab, eventually, host_mac, port_mac};

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
    let written = || {
        let said = lab.try_own(&format!("tcpdump -r {file} -e -n"));
        let said = said.unwrap_or_default();
        let lines = said.lines();
        lines
            .filter(|line| line.contains("ethertype Unknown (0x88b5)"))
            .count()
    };
    eventually("all are in the file while it goes on", || written() >= 10);
    assert_eq!(plane.port(0)["mode"], "capture");
    plane.end();
    assert_eq!(written(), 10);
    let plane = lab.start(&json!({"mode": "replay", "replay-file": file}));
    for packet in &packets {
        assert_eq!(wire.receive(is_ours), *packet, "in their order");
    }
    plane.end();
}
