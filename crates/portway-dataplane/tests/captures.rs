//! Capture files, replayed and written.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]

use std::fs;

use portway_dataplane::{Burst, CaptureError, CaptureFiles, DropReason, LinkType, Region};

fn region() -> Region {
    Region::builder().chunks(1024).build().unwrap()
}

/// A little-endian pcap file of these packets.
fn pcap(link: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut file = vec![
        0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0,
    ];
    file.extend_from_slice(&link.to_le_bytes());
    for packet in packets {
        file.extend_from_slice(&[0; 8]);
        file.extend_from_slice(&(packet.len() as u32).to_le_bytes());
        file.extend_from_slice(&(packet.len() as u32).to_le_bytes());
        file.extend_from_slice(packet);
    }
    file
}

#[test]
fn what_is_written_is_replayed_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.pcap");
    let region = region();
    let mut port = CaptureFiles::new()
        .write(&path)
        .open("out", &region)
        .unwrap();
    let mut burst = Burst::new();
    port.prepare(&mut burst, 100);
    for (number, frame) in burst.iter_mut().enumerate() {
        frame.append(&vec![number as u8; 60 + number]).unwrap();
    }
    assert_eq!(port.tx_burst(&mut burst), 100);
    let sent = port.statistics().sent;
    assert_eq!((sent.out_packets, sent.out_bytes), (100, 6000 + 4950));
    port.flush();
    let length = fs::metadata(&path).unwrap().len();
    assert_eq!(length, 24 + 100 * 16 + 6000 + 4950, "all is in the file");
    drop(port);

    let mut port = CaptureFiles::new()
        .replay(&path)
        .open("in", &region)
        .unwrap();
    assert_eq!(port.rx_burst(&mut burst), 100);
    for (number, frame) in burst.iter().enumerate() {
        assert_eq!(frame[..], vec![number as u8; 60 + number]);
    }
    burst.clear();
    assert_eq!(port.rx_burst(&mut burst), 0);
    assert_eq!(port.statistics().received.in_bytes, 6000 + 4950);
}

#[test]
fn a_packet_longer_than_a_frame_is_counted_and_the_next_one_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.pcap");
    fs::write(&path, pcap(101, &[&[0x45; 5000], &[0x45; 40]])).unwrap();
    let mut port = CaptureFiles::new()
        .replay(&path)
        .open("in", &region())
        .unwrap();
    assert_eq!(port.link_type(), LinkType::Ip);
    let mut burst = Burst::new();
    assert_eq!(port.rx_burst(&mut burst), 1);
    assert_eq!(burst[0].len(), 40);
    let received = port.statistics().received;
    assert_eq!((received.rx_invalid, received.in_packets), (1, 1));
    assert_eq!(received.drops[DropReason::TooLong], 1);
}

#[test]
fn files_that_cannot_be_replayed_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        let path = folder.path().join(name);
        CaptureFiles::new()
            .replay(path)
            .open("in", &region())
            .unwrap_err()
    };
    assert!(matches!(open("absent"), CaptureError::Open { .. }));
    fs::write(
        folder.path().join("text"),
        "this is not a capture file at all",
    )
    .unwrap();
    assert!(matches!(open("text"), CaptureError::Format { .. }));
    fs::write(folder.path().join("wireless"), pcap(105, &[])).unwrap();
    assert!(matches!(open("wireless"), CaptureError::Link { .. }));
}
