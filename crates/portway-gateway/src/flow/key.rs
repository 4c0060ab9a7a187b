//! Which packets belong together.

use std::net::{IpAddr, SocketAddr};

use portway_dataplane::skip_extension_headers;

use crate::{
    PeerId,
    state::{destination_of, source_of},
};

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;

/// Protocols whose header begins with the two ports.
mod protocol {
    pub(super) const TCP: u8 = 6;
    pub(super) const UDP: u8 = 17;
    pub(super) const DCCP: u8 = 33;
    pub(super) const SCTP: u8 = 132;
    pub(super) const UDP_LITE: u8 = 136;
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Heading {
    /// It came from the peer.
    FromPeer,
    /// It goes to the peer.
    ToPeer,
}

/// A conversation of a peer: both directions of one pair of ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FlowKey {
    /// The peer, by the number that it has in this process.
    pub peer: PeerId,
    /// The IP protocol number.
    pub protocol: u8,
    /// The end at the peer's side. The port is 0 where there is none, and in fragments after the first.
    pub inner: (IpAddr, u16),
    /// The other end.
    pub remote: (IpAddr, u16),
}

impl FlowKey {
    /// The conversation that an IP packet belongs to, and the packet's length without padding; nothing where it is no
    /// whole IP header.
    pub(crate) fn of(peer: PeerId, heading: Heading, packet: &[u8]) -> Option<(Self, u16)> {
        let (source, destination) = (source_of(packet)?, destination_of(packet)?);
        let (protocol, ports_at, length) = if source.is_ipv4() {
            behind_ipv4(packet)
        } else {
            behind_ipv6(packet)
        };
        let (source_port, destination_port) = ports_at
            .filter(|_| has_ports(protocol))
            .and_then(|at| ports(packet.get(at..)?))
            .unwrap_or_default();
        let ends = [(source, source_port), (destination, destination_port)];
        let [inner, remote] = match heading {
            Heading::FromPeer => ends,
            Heading::ToPeer => [ends[1], ends[0]],
        };
        let key = Self {
            peer,
            protocol,
            inner,
            remote,
        };
        Some((key, length))
    }

    /// The end at the peer's side, as a socket address.
    #[must_use]
    pub fn inner_address(&self) -> SocketAddr {
        self.inner.into()
    }

    /// The other end, as a socket address.
    #[must_use]
    pub fn remote_address(&self) -> SocketAddr {
        self.remote.into()
    }
}

const fn has_ports(protocol: u8) -> bool {
    matches!(
        protocol,
        protocol::TCP | protocol::UDP | protocol::DCCP | protocol::SCTP | protocol::UDP_LITE
    )
}

fn ports(transport: &[u8]) -> Option<(u16, u16)> {
    let (source, rest) = transport.split_first_chunk()?;
    let destination = rest.first_chunk()?;
    Some((
        u16::from_be_bytes(*source),
        u16::from_be_bytes(*destination),
    ))
}

/// Protocol, where its header is (nowhere in a later fragment), and the length that the packet says it has. There is a
/// whole header.
fn behind_ipv4(packet: &[u8]) -> (u8, Option<usize>, u16) {
    let fragment_offset = u16::from_be_bytes([packet[6], packet[7]]) & 0x1FFF;
    let header = usize::from(packet[0] & 0x0F) * 4;
    let is_whole = fragment_offset == 0 && header >= IPV4_HEADER;
    let length = u16::from_be_bytes([packet[2], packet[3]]);
    (packet[9], is_whole.then_some(header), length)
}

/// The same for IPv6. Where the extension headers are cut off there is none behind them.
fn behind_ipv6(packet: &[u8]) -> (u8, Option<usize>, u16) {
    let length = u16::from_be_bytes([packet[4], packet[5]]).saturating_add(IPV6_HEADER as u16);
    match skip_extension_headers(packet, IPV6_HEADER, packet[6]) {
        Ok(behind) => {
            let is_whole = !behind.is_later_fragment();
            (behind.protocol, is_whole.then_some(behind.at), length)
        }
        Err(_) => (packet[6], None, length),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEER: PeerId = PeerId(3);

    /// Extension headers of IPv6 (RFC 8200, RFC 4302).
    mod extension {
        pub(super) const HOP_BY_HOP: u8 = 0;
        pub(super) const ROUTING: u8 = 43;
        pub(super) const FRAGMENT: u8 = 44;
        pub(super) const AUTHENTICATION: u8 = 51;
    }

    /// UDP from 10.0.0.2:1000 to 192.0.2.1:53, 28 bytes long.
    fn datagram() -> Vec<u8> {
        let mut packet = vec![0; 28];
        packet[0] = 0x45;
        packet[3] = 28;
        packet[9] = protocol::UDP;
        packet[12..20].copy_from_slice(&[10, 0, 0, 2, 192, 0, 2, 1]);
        packet[20..24].copy_from_slice(&[3, 232, 0, 53]);
        packet
    }

    /// A TCP segment from `fd00::2` port 1000 to `fd00::1` port 80 behind these extension headers.
    fn segment(extensions: &[&[u8]]) -> Vec<u8> {
        let mut packet = vec![0; IPV6_HEADER];
        packet[0] = 0x60;
        packet[6] = extensions.first().map_or(protocol::TCP, |first| first[0]);
        packet[8] = 0xfd;
        packet[23] = 2;
        packet[24] = 0xfd;
        packet[39] = 1;
        let following = extensions.iter().skip(1).map(|next| next[0]);
        let following = following.chain([protocol::TCP]);
        for (extension, next) in extensions.iter().zip(following) {
            packet.push(next);
            packet.extend(&extension[1..]);
        }
        packet.extend([3, 232, 0, 80, 0, 0, 0, 0]);
        let behind = (packet.len() - IPV6_HEADER) as u8;
        packet[5] = behind;
        packet
    }

    fn key(packet: &[u8]) -> FlowKey {
        FlowKey::of(PEER, Heading::FromPeer, packet).unwrap().0
    }

    #[test]
    fn both_directions_of_a_conversation_have_one_key() {
        let there = datagram();
        let mut back = there.clone();
        back[12..20].copy_from_slice(&[192, 0, 2, 1, 10, 0, 0, 2]);
        back[20..24].copy_from_slice(&[0, 53, 3, 232]);
        let there = FlowKey::of(PEER, Heading::FromPeer, &there).unwrap();
        let back = FlowKey::of(PEER, Heading::ToPeer, &back).unwrap();
        assert_eq!(there, back);
        assert_eq!(
            there.0.inner_address(),
            "10.0.0.2:1000".parse::<SocketAddr>().unwrap()
        );
        assert_eq!(
            there.0.remote_address(),
            "192.0.2.1:53".parse::<SocketAddr>().unwrap()
        );
        assert_eq!((there.0.protocol, there.1), (17, 28));
    }

    #[test]
    fn padding_does_not_count() {
        let mut packet = datagram();
        packet.resize(32, 0);
        assert_eq!(FlowKey::of(PEER, Heading::ToPeer, &packet).unwrap().1, 28);
    }

    #[test]
    fn a_later_fragment_has_no_ports() {
        let mut packet = datagram();
        packet[7] = 1;
        let key = key(&packet);
        assert_eq!((key.protocol, key.inner.1, key.remote.1), (17, 0, 0));
    }

    #[test]
    fn a_protocol_without_ports_has_none() {
        let mut packet = datagram();
        packet[9] = 1;
        assert_eq!((key(&packet).inner.1, key(&packet).remote.1), (0, 0));
    }

    #[test]
    fn extension_headers_are_walked_over() {
        let options = [extension::HOP_BY_HOP, 0, 0, 0, 0, 0, 0, 0];
        let long = [&[extension::ROUTING, 1][..], &[0; 14]].concat();
        let first = [extension::FRAGMENT, 0, 0, 1, 0, 0, 0, 0];
        let authentication = [&[extension::AUTHENTICATION, 4][..], &[0; 22]].concat();
        for extensions in [
            &[][..],
            &[&options[..]],
            &[&options, &long, &first],
            &[&authentication],
        ] {
            let key = key(&segment(extensions));
            assert_eq!((key.protocol, key.inner.1, key.remote.1), (6, 1000, 80));
        }
        let later = [extension::FRAGMENT, 0, 0, 8, 0, 0, 0, 0];
        let key = key(&segment(&[&later]));
        assert_eq!((key.protocol, key.inner.1), (6, 0));
    }

    proptest! {
        #[test]
        fn no_packet_makes_it_panic(packet in proptest::collection::vec(any::<u8>(), 0..120), version in 0..3_u8) {
            let mut packet = packet;
            if let Some(first) = packet.first_mut() {
                *first = [*first, 0x45, 0x60][usize::from(version)];
            }
            let _ = FlowKey::of(PEER, Heading::ToPeer, &packet);
        }
    }
}
