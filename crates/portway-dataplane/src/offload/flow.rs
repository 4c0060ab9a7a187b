//! Segments of one flow that follow one another, and the one packet that stands for them.

use std::ops::Range;

use super::{
    Place,
    checksum::{finish, fold, pseudo_header, sum},
    header::{HEADER, OffloadHeader, Segmentation},
};

/// Segments in one write: 64 kB hold no more of the usual length, and for UDP the kernel takes
/// no more.
pub(super) const SEGMENTS: usize = 64;
/// The longest headers: IPv6 without extensions, TCP with all options.
pub(super) const LONGEST_HEADERS: usize = 40 + 60;
/// The longest IP packet.
const LONGEST: usize = 65_535;
const TCP: u8 = 6;
const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
const ACK: u8 = 0x10;
const PSH: u8 = 0x08;

/// The length of the IP header and the protocol behind it, where the header has no options and
/// no extensions, tells the packet's true length, and the packet is no fragment.
pub(super) fn network_header(bytes: &[u8]) -> Option<(usize, u8)> {
    let length_at = |at: usize| usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    match bytes.first()? {
        0x45 if bytes.len() >= 24 => {
            let whole = length_at(2) == bytes.len() && length_at(6) & 0x3fff == 0;
            whole.then_some((20, bytes[9]))
        }
        first if first >> 4 == 6 && bytes.len() >= 44 => {
            (length_at(4) + 40 == bytes.len()).then_some((40, bytes[6]))
        }
        _ => None,
    }
}

/// Source and destination address, side by side.
fn addresses(bytes: &[u8], network: usize) -> &[u8] {
    if network == 20 {
        &bytes[12..20]
    } else {
        &bytes[8..40]
    }
}

/// Addresses and ports, which lie side by side, too.
fn ends_of(bytes: &[u8], network: usize) -> &[u8] {
    if network == 20 {
        &bytes[12..24]
    } else {
        &bytes[8..44]
    }
}

/// What matters of a segment that may be put together with others.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    packet: Place,
    /// Length of the IP header, 20 or 40.
    network: usize,
    protocol: u8,
    /// Length of both headers.
    headers: usize,
    /// TCP has one.
    sequence: Option<u32>,
    pushed: bool,
}

impl Segment {
    /// Reads a segment with payload: TCP without flags but ACK and PSH, or UDP.
    pub(super) fn read(packet: Place, memory: &[u8]) -> Option<Self> {
        let bytes = &memory[packet.offset..packet.offset + packet.length];
        let (network, protocol) = network_header(bytes)?;
        let (transport, sequence, pushed) = match protocol {
            TCP => read_tcp(&bytes[network..])?,
            UDP => read_udp(&bytes[network..])?,
            _ => return None,
        };
        let headers = network + transport;
        let segment = Self {
            packet,
            network,
            protocol,
            headers,
            sequence,
            pushed,
        };
        (headers < bytes.len()).then_some(segment)
    }

    pub(super) fn is_udp(&self) -> bool {
        self.protocol == UDP
    }

    fn payload(&self) -> Range<usize> {
        self.packet.offset + self.headers..self.packet.offset + self.packet.length
    }

    fn checksum_holds(&self, memory: &[u8]) -> bool {
        let bytes = &memory[self.packet.offset..self.packet.offset + self.packet.length];
        let transport = &bytes[self.network..];
        let addresses = addresses(bytes, self.network);
        let pseudo = pseudo_header(addresses, self.protocol, transport.len());
        fold(pseudo + sum(transport)) == [0xff, 0xff]
    }
}

/// Length, sequence number and PSH of a TCP header without other flags than ACK and PSH.
fn read_tcp(tcp: &[u8]) -> Option<(usize, Option<u32>, bool)> {
    let header: &[u8; 20] = tcp.first_chunk()?;
    let length = usize::from(header[12] >> 4) * 4;
    let plain = header[13] & !PSH == ACK && length >= 20;
    let sequence = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
    plain.then_some((length, Some(sequence), header[13] & PSH != 0))
}

/// Length of a UDP header that tells the true length and has a checksum.
fn read_udp(udp: &[u8]) -> Option<(usize, Option<u32>, bool)> {
    let header: &[u8; UDP_HEADER] = udp.first_chunk()?;
    let whole = usize::from(u16::from_be_bytes([header[4], header[5]])) == udp.len();
    (whole && header[6..] != [0, 0]).then_some((UDP_HEADER, None, false))
}

/// Segments that follow one another.
#[derive(Default)]
pub(super) struct Flow {
    first: Place,
    network: usize,
    protocol: u8,
    headers: usize,
    segment_size: usize,
    next_sequence: Option<u32>,
    length: usize,
    pushed: bool,
    /// Nothing may follow: the last segment was short or pushed.
    closed: bool,
    /// Whether the first segment's checksum was seen to hold.
    checked: bool,
    payloads: Vec<Range<usize>>,
}

impl Flow {
    /// Begins with a first segment; what was here before was written.
    pub(super) fn begin(&mut self, segment: &Segment) {
        self.first = segment.packet;
        self.network = segment.network;
        self.protocol = segment.protocol;
        self.headers = segment.headers;
        self.segment_size = segment.payload().len();
        self.next_sequence = segment.sequence;
        self.length = segment.headers;
        self.pushed = false;
        self.checked = false;
        self.payloads.clear();
        self.add(segment);
    }

    fn add(&mut self, segment: &Segment) {
        let payload = segment.payload();
        // Sequence numbers wrap by design, and a payload is shorter than 64 kB.
        let next = self
            .next_sequence
            .map(|sequence| sequence.wrapping_add(payload.len() as u32));
        self.next_sequence = next;
        self.length += payload.len();
        self.pushed |= segment.pushed;
        self.closed = segment.pushed || payload.len() < self.segment_size;
        self.payloads.push(payload);
    }

    /// Whether a packet with this network header is of the same flow.
    pub(super) fn has(&self, bytes: &[u8], header: (usize, u8), memory: &[u8]) -> bool {
        let (network, protocol) = header;
        network == self.network
            && protocol == self.protocol
            && ends_of(bytes, network) == ends_of(self.bytes(memory), network)
    }

    fn bytes<'memory>(&self, memory: &'memory [u8]) -> &'memory [u8] {
        &memory[self.first.offset..self.first.offset + self.first.length]
    }

    /// Puts a segment of this flow behind the ones that are here, where it fits and both
    /// checksums hold: the kernel will not look at them again.
    pub(super) fn append(&mut self, segment: &Segment, memory: &[u8]) -> bool {
        if !self.fits(segment, memory) {
            return false;
        }
        if !self.checked {
            let first = Segment::read(self.first, memory);
            self.checked = first.is_some_and(|first| first.checksum_holds(memory));
        }
        let sound = self.checked && segment.checksum_holds(memory);
        if sound {
            self.add(segment);
        }
        sound
    }

    fn fits(&self, segment: &Segment, memory: &[u8]) -> bool {
        let payload = segment.payload().len();
        !self.closed
            && segment.sequence == self.next_sequence
            && segment.headers == self.headers
            && payload <= self.segment_size
            && self.payloads.len() < SEGMENTS
            && self.length + payload <= LONGEST
            && self.has_headers_of(&memory[segment.packet.offset..], memory)
    }

    /// Whether everything is equal that stands for all segments in one header: type of service,
    /// time to live, fragment flags, acknowledgement, options.
    fn has_headers_of(&self, other: &[u8], memory: &[u8]) -> bool {
        let first = self.bytes(memory);
        let same = |range: Range<usize>| first[range.clone()] == other[range];
        let network = match self.network {
            20 => same(1..2) && same(6..7) && same(8..9),
            _ => same(0..4) && same(7..8),
        };
        let transport = self.network;
        let tcp = || same(transport + 8..transport + 12) && same(transport + 20..self.headers);
        network && (self.protocol == UDP || tcp())
    }

    /// The payloads of all segments, in order.
    pub(super) fn payloads(&self) -> &[Range<usize>] {
        &self.payloads
    }

    /// Writes the headers that stand for all segments, with the kernel's own before them, and
    /// tells their length.
    pub(super) fn write_headers(
        &self,
        memory: &[u8],
        place: &mut [u8; HEADER + LONGEST_HEADERS],
    ) -> usize {
        let end = HEADER + self.headers;
        place[HEADER..end].copy_from_slice(&self.bytes(memory)[..self.headers]);
        place[..HEADER].copy_from_slice(&OffloadHeader::PLAIN.encode());
        if self.payloads.len() > 1 {
            place[..HEADER].copy_from_slice(&self.offload_header().encode());
            self.adapt_headers(&mut place[HEADER..end]);
        }
        end
    }

    fn offload_header(&self) -> OffloadHeader {
        OffloadHeader {
            needs_checksum: true,
            segmentation: match (self.protocol, self.network) {
                (UDP, _) => Segmentation::Udp,
                (_, 20) => Segmentation::Tcp4,
                _ => Segmentation::Tcp6,
            },
            // All are parts of one packet, whose length has 16 bits.
            header_length: self.headers as u16,
            segment_size: self.segment_size as u16,
            checksum_start: self.network as u16,
            checksum_offset: self.checksum_offset() as u16,
        }
    }

    fn checksum_offset(&self) -> usize {
        if self.protocol == UDP { 6 } else { 16 }
    }

    /// Makes the first segment's headers those of the large packet. The checksum is left to the
    /// kernel, which wants the sum of the pseudo header in its place.
    fn adapt_headers(&self, headers: &mut [u8]) {
        let transport = self.length - self.network;
        if self.network == 20 {
            headers[2..4].copy_from_slice(&(self.length as u16).to_be_bytes());
            headers[10..12].fill(0);
            let checksum = finish(sum(&headers[..20]));
            headers[10..12].copy_from_slice(&checksum);
        } else {
            headers[4..6].copy_from_slice(&(transport as u16).to_be_bytes());
        }
        let addresses = addresses(headers, self.network);
        let partial = fold(pseudo_header(addresses, self.protocol, transport));
        let behind = &mut headers[self.network..];
        if self.protocol == UDP {
            behind[4..6].copy_from_slice(&(transport as u16).to_be_bytes());
        } else if self.pushed {
            behind[13] |= PSH;
        }
        let at = self.checksum_offset();
        behind[at..at + 2].copy_from_slice(&partial);
    }
}
