//! Modes at work on bursts in memory.

mod access;
mod answers;
mod forwarding;
mod patterns;
mod routing;

use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use smoltcp::wire::EthernetAddress;

use super::{Arrival, DiscardReason, Identity, Mode, Outputs};
use crate::{Burst, Packet, Region};

pub(super) const HOST_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 9]);
pub(super) const OWN_MAC: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 1]);
/// Ports of the tests' outputs.
pub(super) const PORTS: usize = 3;

/// What a mode did with some packets.
pub(super) struct Done {
    /// By port.
    pub(super) sent: Vec<Vec<Vec<u8>>>,
    pub(super) discards: Vec<(DiscardReason, u64)>,
}

/// Lets packets arrive on port 0, all in one burst.
pub(super) fn run(mode: &mut dyn Mode, packets: &[Vec<u8>]) -> Done {
    run_on(mode, 0, packets)
}

pub(super) fn run_on(mode: &mut dyn Mode, port: usize, packets: &[Vec<u8>]) -> Done {
    let region = Region::builder().chunks(512).build().unwrap();
    let mut burst = Burst::new();
    for packet in packets {
        let mut frame = region.frame().unwrap();
        frame.append(packet).unwrap();
        burst.push(frame).unwrap();
    }
    let mut outputs = Outputs::new(PORTS);
    let now = Instant::now();
    mode.handle(&mut burst, Arrival { port, now }, &mut outputs);
    assert!(burst.is_empty(), "a mode takes all");
    let sent = (0..PORTS).map(|port| {
        let burst = outputs.burst(port);
        burst.iter().map(|frame| frame.to_vec()).collect()
    });
    Done {
        sent: sent.collect(),
        discards: outputs.discards().iter().collect(),
    }
}

impl Done {
    /// The one packet that was sent, on port 0.
    pub(super) fn only(mut self) -> Vec<u8> {
        assert_eq!(self.discards, [], "nothing is discarded");
        assert_eq!(self.sent[0].len(), 1);
        self.sent[0].remove(0)
    }

    /// Nothing was sent, and one packet discarded for this reason.
    pub(super) fn refused(self, reason: DiscardReason) {
        assert!(self.sent.iter().all(Vec::is_empty), "{:?}", self.discards);
        assert_eq!(self.discards, [(reason, 1)]);
    }
}

pub(super) fn identity(addresses: &[&str]) -> Identity {
    Identity {
        mac: Some(OWN_MAC),
        addresses: addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect(),
    }
}

/// An Ethernet frame around something.
pub(super) fn ethernet(ether_type: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = [OWN_MAC.as_bytes(), HOST_MAC.as_bytes()].concat();
    bytes.extend(ether_type.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// An IP packet in an Ethernet frame, with its checksums.
pub(super) fn ip(source: &str, destination: &str, protocol: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = match (source.parse().unwrap(), destination.parse().unwrap()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut header = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
            header[2..4].copy_from_slice(&(20 + body.len() as u16).to_be_bytes());
            header.extend(source.octets());
            header.extend(destination.octets());
            header.extend(body);
            ethernet(0x0800, &header)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let mut header = vec![0x60, 0, 0, 0, 0, 0, protocol, 64];
            header[4..6].copy_from_slice(&(body.len() as u16).to_be_bytes());
            header.extend(source.octets());
            header.extend(destination.octets());
            header.extend(body);
            ethernet(0x86DD, &header)
        }
        _ => panic!("two IP versions"),
    };
    Packet::ethernet(&mut bytes).unwrap().fill_checksums();
    bytes
}

/// A UDP datagram in an Ethernet frame.
pub(crate) fn udp(source: &str, destination: &str, payload: &[u8]) -> Vec<u8> {
    let ends: [SocketAddr; 2] = [source.parse().unwrap(), destination.parse().unwrap()];
    let [source, destination] = ends;
    let mut body = [
        source.port().to_be_bytes(),
        destination.port().to_be_bytes(),
    ]
    .concat();
    body.extend((8 + payload.len() as u16).to_be_bytes());
    body.extend([0, 0]);
    body.extend(payload);
    ip(
        &source.ip().to_string(),
        &destination.ip().to_string(),
        17,
        &body,
    )
}

/// A ping in an Ethernet frame.
pub(super) fn ping(source: &str, destination: &str) -> Vec<u8> {
    let (protocol, kind) = if source.contains(':') {
        (58, 128)
    } else {
        (1, 8)
    };
    let mut body = vec![kind, 0, 0, 0, 0x12, 0x34, 0, 1];
    body.extend(b"some data");
    ip(source, destination, protocol, &body)
}

/// What both ends of a packet are.
pub(super) fn addresses(bytes: &[u8]) -> (String, String) {
    let mut bytes = bytes.to_vec();
    let packet = Packet::ethernet(&mut bytes).unwrap();
    let (source, destination) = packet.addresses().unwrap();
    (source.to_string(), destination.to_string())
}

/// The packet is whole, and its checksums are right.
pub(super) fn assert_valid(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    Packet::ethernet(&mut bytes)
        .unwrap()
        .verify_checksums()
        .unwrap();
}

/// Sets the time to live, with the checksum.
pub(super) fn with_hops(mut bytes: Vec<u8>, hops: u8) -> Vec<u8> {
    let is_v4 = bytes[12..14] == [8, 0];
    bytes[if is_v4 { 22 } else { 21 }] = hops;
    Packet::ethernet(&mut bytes).unwrap().fill_checksums();
    bytes
}
