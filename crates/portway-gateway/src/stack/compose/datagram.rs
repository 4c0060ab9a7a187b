//! UDP datagrams.

use std::net::IpAddr;

use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{IpProtocol, IpRepr, UDP_HEADER_LEN, UdpPacket, UdpRepr},
};

use super::{super::packet::FlowKey, HOP_LIMIT};

/// Writes a UDP datagram into `packet` and tells its length; none when it does not fit or its ends
/// are of different IP versions.
pub(crate) fn udp(key: FlowKey, payload: &[u8], packet: &mut [u8]) -> Option<usize> {
    if key.source.is_ipv4() != key.destination.is_ipv4() {
        return None;
    }
    let (source, destination) = (key.source.ip().into(), key.destination.ip().into());
    let length = UDP_HEADER_LEN + payload.len();
    let ip = IpRepr::new(source, destination, IpProtocol::Udp, length, HOP_LIMIT);
    let packet = packet.get_mut(..ip.buffer_len())?;
    let checksums = ChecksumCapabilities::default();
    ip.emit(&mut *packet, &checksums);
    let udp = UdpRepr {
        src_port: key.source.port(),
        dst_port: key.destination.port(),
    };
    udp.emit(
        &mut UdpPacket::new_unchecked(&mut packet[ip.header_len()..]),
        &source,
        &destination,
        payload.len(),
        |room| room.copy_from_slice(payload),
        &checksums,
    );
    Some(ip.buffer_len())
}

/// The bytes that a UDP datagram needs beside its payload.
pub(crate) const fn udp_overhead(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => smoltcp::wire::IPV4_HEADER_LEN + UDP_HEADER_LEN,
        IpAddr::V6(_) => smoltcp::wire::IPV6_HEADER_LEN + UDP_HEADER_LEN,
    }
}
