//! UDP datagrams taken out of frames and put into them, where they lie.

use std::net::{IpAddr, SocketAddr};

use portway_xdp::{Frame, OutOfRoom};
use smoltcp::wire::EthernetAddress;

use super::{Fragment, Malformed, Packet, Transport, checksum, layout::ETHERNET};

const IPV4: usize = 20;
const IPV6: usize = 40;
const UDP: usize = 8;
/// Where its checksum is in the header of UDP.
const CHECKSUM: usize = 6;
/// The number of UDP among the protocols of IP.
const PROTOCOL: u8 = 17;
/// How far our packets may travel.
const HOP_LIMIT: u8 = 64;

/// A UDP datagram and what was said on its envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Datagram {
    /// Where it comes from.
    pub source: SocketAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// The congestion mark (ECN), two bits.
    pub congestion: u8,
}

impl Datagram {
    /// Takes the datagram in an Ethernet frame out of its headers: the frame is cut to the payload, whose headers become
    /// headroom. None where it holds no whole UDP datagram; the frame is unchanged then.
    ///
    /// The checksum of an IPv4 header is verified, that of UDP is not.
    ///
    /// # Errors
    ///
    /// Names what is cut off or contradicts itself.
    #[inline]
    pub fn open(frame: &mut Frame) -> Result<Option<Self>, Malformed> {
        let packet = Packet::ethernet(frame)?;
        let layout = packet.layout();
        let whole = layout.fragment == Fragment::Whole && layout.transport == Transport::Udp;
        let Some((source, destination)) = packet.ends().filter(|_| whole) else {
            return Ok(None);
        };
        let congestion = match (packet.ipv4(), packet.ipv6()) {
            (Some(header), _) if !header.verify_checksum() => return Ok(None),
            (Some(header), _) => header.ecn(),
            (_, Some(header)) => header.traffic_class() & 3,
            _ => 0,
        };
        let (start, end) = (usize::from(layout.payload_at), layout.payload_end as usize);
        frame.truncate(end);
        frame.trim_front(start);
        Ok(Some(Self {
            source,
            destination,
            congestion,
        }))
    }

    /// Puts a payload into an Ethernet frame: writes UDP, IP and Ethernet header before it, with checksums.
    /// `identification` tells fragments of IPv4 apart, if a router should have to make some.
    ///
    /// The sum over the payload is left to whoever sends the frame, as by
    /// [`request_checksums`](crate::request_checksums), where the frame's region lets it ask for that.
    ///
    /// # Errors
    ///
    /// The frame has less headroom than 62 bytes; nothing is changed.
    ///
    /// # Panics
    ///
    /// Panics where one address is of IPv4 and the other of IPv6.
    #[inline]
    pub fn seal(
        &self,
        frame: &mut Frame,
        from: EthernetAddress,
        to: EthernetAddress,
        identification: u16,
    ) -> Result<(), OutOfRoom> {
        let payload = frame.len();
        let network = if self.source.is_ipv4() { IPV4 } else { IPV6 };
        frame.prepend(ETHERNET + network + UDP)?;
        let (header, datagram) = frame.split_at_mut(ETHERNET + network);
        let (link, header) = header.split_at_mut(ETHERNET);
        link[..6].copy_from_slice(to.as_bytes());
        link[6..12].copy_from_slice(from.as_bytes());
        let length = (UDP + payload) as u16;
        let ether_type: u16 = match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let ends = [source.octets(), destination.octets()];
                write_ipv4(header, self.congestion, length, identification, ends);
                0x0800
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let ends = [source.octets(), destination.octets()];
                write_ipv6(header, self.congestion, length, ends);
                0x86dd
            }
            ends => panic!("addresses of two versions of IP: {ends:?}"),
        };
        link[12..].copy_from_slice(&ether_type.to_be_bytes());
        self.write_udp(datagram, length, &header[network - addresses(network)..]);
        let start = ETHERNET + network;
        if frame.request_checksum(start, CHECKSUM).is_err() {
            complete(&mut frame[start..]);
        }
        Ok(())
    }

    /// Writes the UDP header, with the checksum as far as the pseudo header goes; `addresses` are those of the IP header, as
    /// they stand there.
    fn write_udp(&self, datagram: &mut [u8], length: u16, addresses: &[u8]) {
        datagram[..2].copy_from_slice(&self.source.port().to_be_bytes());
        datagram[2..4].copy_from_slice(&self.destination.port().to_be_bytes());
        datagram[4..6].copy_from_slice(&length.to_be_bytes());
        let pseudo = checksum::sum(addresses) + u64::from(PROTOCOL) + u64::from(length);
        let sum = !checksum::complement(pseudo);
        datagram[CHECKSUM..][..2].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Completes the checksum of a datagram, in whose place is that of the pseudo header.
fn complete(datagram: &mut [u8]) {
    let checksum = match checksum::of(datagram) {
        // Zero would say that there is none (RFC 768).
        0 => 0xffff,
        checksum => checksum,
    };
    datagram[CHECKSUM..][..2].copy_from_slice(&checksum.to_be_bytes());
}

/// Length of both addresses at the end of a header of this length.
const fn addresses(header: usize) -> usize {
    if header == IPV4 { 8 } else { 32 }
}

fn write_ipv4(
    header: &mut [u8],
    congestion: u8,
    length: u16,
    identification: u16,
    [source, destination]: [[u8; 4]; 2],
) {
    header[0] = 0x45;
    header[1] = congestion & 3;
    header[2..4].copy_from_slice(&(length + IPV4 as u16).to_be_bytes());
    header[4..6].copy_from_slice(&identification.to_be_bytes());
    header[6..8].fill(0);
    header[8..10].copy_from_slice(&[HOP_LIMIT, PROTOCOL]);
    header[10..12].fill(0);
    header[12..16].copy_from_slice(&source);
    header[16..].copy_from_slice(&destination);
    let checksum = checksum::of(header);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
}

fn write_ipv6(
    header: &mut [u8],
    congestion: u8,
    length: u16,
    [source, destination]: [[u8; 16]; 2],
) {
    header[..4].copy_from_slice(&[0x60, (congestion & 3) << 4, 0, 0]);
    header[4..6].copy_from_slice(&length.to_be_bytes());
    header[6..8].copy_from_slice(&[PROTOCOL, HOP_LIMIT]);
    header[8..24].copy_from_slice(&source);
    header[24..].copy_from_slice(&destination);
}

#[cfg(test)]
mod tests {
    use portway_xdp::{Region, RegionBuilder, SendFeatures};

    use super::*;

    const MACS: [EthernetAddress; 2] = [
        EthernetAddress([2, 0, 0, 0, 0, 1]),
        EthernetAddress([2, 0, 0, 0, 0, 2]),
    ];

    fn sealed(datagram: Datagram, payload: &[u8]) -> Frame {
        sealed_in(Region::builder(), datagram, payload)
    }

    fn sealed_in(region: RegionBuilder, datagram: Datagram, payload: &[u8]) -> Frame {
        let region = region.chunks(1).build().unwrap();
        let mut frame = region.frame().unwrap();
        frame.append(payload).unwrap();
        datagram.seal(&mut frame, MACS[0], MACS[1], 7).unwrap();
        frame
    }

    fn datagrams() -> [Datagram; 2] {
        let datagram = |source: &str, destination: &str| Datagram {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            congestion: 2,
        };
        [
            datagram("192.0.2.1:51820", "198.51.100.7:1234"),
            datagram("[2001:db8::1]:51820", "[2001:db8::2]:1234"),
        ]
    }

    #[test]
    fn what_is_sealed_has_right_checksums_and_opens_to_the_same() {
        for datagram in datagrams() {
            for length in [0, 1, 2, 148, 1471, 1472] {
                let payload: Vec<u8> = (0..length).map(|at| (at * 31) as u8).collect();
                let mut frame = sealed(datagram, &payload);
                let packet = Packet::ethernet(&mut frame).unwrap();
                assert_eq!(packet.verify_checksums(), Ok(()), "{length}");
                assert_eq!(packet.macs(), Some((MACS[0], MACS[1])));
                assert_eq!(Datagram::open(&mut frame), Ok(Some(datagram)));
                assert_eq!(frame[..], payload);
            }
        }
    }

    #[test]
    fn the_sum_over_the_payload_is_left_to_a_device_that_can_be_asked() {
        for datagram in datagrams() {
            for length in [0, 1, 148, 1472] {
                let payload = vec![0xa5; length];
                let asking = Region::builder().send_metadata();
                let mut frame = sealed_in(asking, datagram, &payload);
                let whole = sealed(datagram, &payload);
                assert_eq!(frame.requested(), SendFeatures::CHECKSUM);
                assert_ne!(frame[..], whole[..]);
                frame.complete_checksum();
                assert_eq!(frame[..], whole[..], "{length}");
            }
        }
    }

    #[test]
    fn padding_of_the_link_is_cut_off() {
        let [datagram, _] = datagrams();
        let mut frame = sealed(datagram, b"short");
        frame.append(&[0; 13]).unwrap();
        assert_eq!(Datagram::open(&mut frame), Ok(Some(datagram)));
        assert_eq!(&frame[..], b"short");
    }

    #[test]
    fn a_fragment_and_a_wrong_header_checksum_are_no_datagram() {
        let [datagram, _] = datagrams();
        let mut fragment = sealed(datagram, b"payload");
        fragment[ETHERNET + 6] = 0x20;
        let header = &mut fragment[ETHERNET..ETHERNET + IPV4];
        header[10..12].fill(0);
        let checksum = checksum::of(header);
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(Datagram::open(&mut fragment), Ok(None));
        let mut wrong = sealed(datagram, b"payload");
        wrong[ETHERNET + 8] -= 1;
        assert_eq!(Datagram::open(&mut wrong), Ok(None));
    }
}
