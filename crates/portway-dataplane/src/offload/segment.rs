//! Cutting a large packet of the kernel into packets that fit the tunnel.

use super::{
    checksum::{finish, pseudo_header, sum},
    header::{OffloadHeader, Segmentation},
};

const TCP: u8 = 6;
const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
/// Where the flags of a TCP header lie.
const TCP_FLAGS: usize = 13;
/// FIN and PSH belong to the last segment alone.
const LAST_ONLY: u8 = 0x01 | 0x08;
/// CWR belongs to the first segment alone.
const FIRST_ONLY: u8 = 0x80;

/// A large packet, checked and ready to be cut.
pub(super) struct Segments<'packet> {
    packet: &'packet [u8],
    headers: usize,
    transport: usize,
    checksum_at: usize,
    segment_size: usize,
    protocol: u8,
    version_6: bool,
}

impl<'packet> Segments<'packet> {
    /// Checks what the kernel says of a packet; nothing where it does not hold.
    pub(super) fn new(header: &OffloadHeader, packet: &'packet [u8]) -> Option<Self> {
        let version_6 = packet.first()? >> 4 == 6;
        let protocol = match header.segmentation {
            Segmentation::Tcp4 | Segmentation::Tcp6 => TCP,
            Segmentation::Udp => UDP,
            Segmentation::None => return None,
        };
        let transport = usize::from(header.checksum_start);
        // The kernel's hint of the length may cover a whole first packet: it is not used.
        let transport_header = match protocol {
            TCP => usize::from(packet.get(transport + 12)? >> 4) * 4,
            _ => UDP_HEADER,
        };
        let headers = transport + transport_header;
        let shortest = if version_6 { IPV6_HEADER } else { IPV4_HEADER };
        let segments = Self {
            packet,
            headers,
            transport,
            checksum_at: if protocol == TCP { 16 } else { 6 },
            segment_size: header.segment_size.into(),
            protocol,
            version_6,
        };
        let complete = transport >= shortest
            && transport_header > segments.checksum_at + 1
            && (protocol == UDP || transport_header >= 20)
            && headers < packet.len()
            && segments.segment_size > 0;
        complete.then_some(segments)
    }

    /// How many packets it makes.
    pub(super) fn count(&self) -> usize {
        (self.packet.len() - self.headers).div_ceil(self.segment_size)
    }

    /// How many bytes these have in all.
    pub(super) fn bytes(&self) -> usize {
        self.count() * self.headers + self.packet.len() - self.headers
    }

    /// Length of the packet `number`.
    pub(super) fn length(&self, number: usize) -> usize {
        let start = self.headers + number * self.segment_size;
        self.headers + self.segment_size.min(self.packet.len() - start)
    }

    /// Writes the packet `number` into `place`, which has its length.
    pub(super) fn write(&self, number: usize, place: &mut [u8]) {
        let start = self.headers + number * self.segment_size;
        let payload = place.len() - self.headers;
        place[..self.headers].copy_from_slice(&self.packet[..self.headers]);
        place[self.headers..].copy_from_slice(&self.packet[start..start + payload]);
        self.write_network_header(number, place);
        self.write_transport_header(number, place);
    }

    fn write_network_header(&self, number: usize, place: &mut [u8]) {
        // A packet of the kernel is at most 64 kB, so that its parts' lengths fit.
        if self.version_6 {
            let length = (place.len() - IPV6_HEADER) as u16;
            place[4..6].copy_from_slice(&length.to_be_bytes());
            return;
        }
        let length = place.len() as u16;
        let identification = u16::from_be_bytes([place[4], place[5]]).wrapping_add(number as u16);
        place[2..4].copy_from_slice(&length.to_be_bytes());
        place[4..6].copy_from_slice(&identification.to_be_bytes());
        place[10..12].fill(0);
        let checksum = finish(sum(&place[..self.transport]));
        place[10..12].copy_from_slice(&checksum);
    }

    fn write_transport_header(&self, number: usize, place: &mut [u8]) {
        let (network, transport) = place.split_at_mut(self.transport);
        let length = transport.len();
        if self.protocol == TCP {
            self.write_tcp_header(number, transport);
        } else {
            transport[4..6].copy_from_slice(&(length as u16).to_be_bytes());
        }
        transport[self.checksum_at..self.checksum_at + 2].fill(0);
        let addresses = if self.version_6 {
            &network[8..40]
        } else {
            &network[12..20]
        };
        let total = pseudo_header(addresses, self.protocol, length) + sum(transport);
        let mut checksum = finish(total);
        if self.protocol == UDP && checksum == [0, 0] {
            // Zero says "none" in UDP; this is the same value written otherwise.
            checksum = [0xff, 0xff];
        }
        transport[self.checksum_at..self.checksum_at + 2].copy_from_slice(&checksum);
    }

    fn write_tcp_header(&self, number: usize, transport: &mut [u8]) {
        let first = u32::from_be_bytes([transport[4], transport[5], transport[6], transport[7]]);
        // Sequence numbers wrap by design.
        let sequence = first.wrapping_add((number * self.segment_size) as u32);
        transport[4..8].copy_from_slice(&sequence.to_be_bytes());
        if number > 0 {
            transport[TCP_FLAGS] &= !FIRST_ONLY;
        }
        if number + 1 < self.count() {
            transport[TCP_FLAGS] &= !LAST_ONLY;
        }
    }
}

/// Completes the checksum of a packet that the kernel left to us: the field holds the sum of the
/// pseudo header. Nothing where the positions lie outside the packet.
pub(super) fn complete_checksum(header: &OffloadHeader, packet: &mut [u8]) -> Option<()> {
    let start = usize::from(header.checksum_start);
    let at = usize::from(header.checksum_offset);
    let transport = packet.get_mut(start..)?;
    let checksum = finish(sum(transport));
    transport.get_mut(at..at + 2)?.copy_from_slice(&checksum);
    Some(())
}
