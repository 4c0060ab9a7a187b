//! Putting TCP segments of one flow together again, so that the kernel takes many of them in
//! one write (what its own receive offload does for a network card).

use std::ops::Range;

use super::{
    checksum::{finish, fold, pseudo_header, sum},
    header::{HEADER, OffloadHeader, Segmentation},
};
use crate::tunnel::Packet;

/// Flows that are put together at once. A flow more pushes the oldest out.
const FLOWS: usize = 16;
/// Segments in one write; the system takes up to 1024 pieces, but 64 kB hold no more.
pub(super) const SEGMENTS: usize = 64;
/// The longest IP packet.
const LONGEST: usize = 65_535;
/// The longest headers: IPv6 without extensions, TCP with all options.
pub(super) const LONGEST_HEADERS: usize = 40 + 60;
const TCP: u8 = 6;
const ACK: u8 = 0x10;
const PSH: u8 = 0x08;

/// What matters of a TCP segment that may be put together with others.
#[derive(Clone, Copy)]
struct Segment {
    packet: Packet,
    /// Length of the IP header, 20 or 40.
    network: usize,
    /// Length of both headers.
    headers: usize,
    sequence: u32,
    pushed: bool,
}

impl Segment {
    /// Reads a segment with payload and no flag but ACK and PSH.
    fn read(packet: Packet, memory: &[u8]) -> Option<Self> {
        let bytes = &memory[packet.offset..packet.offset + packet.length];
        let network = network_header_of_tcp(bytes)?;
        let tcp = bytes.get(network..)?;
        let flags = *tcp.get(13)?;
        let headers = network + usize::from(tcp[12] >> 4) * 4;
        let plain = flags & !PSH == ACK && headers >= network + 20 && headers < bytes.len();
        plain.then(|| Self {
            packet,
            network,
            headers,
            sequence: u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]),
            pushed: flags & PSH != 0,
        })
    }

    fn payload(&self) -> Range<usize> {
        self.packet.offset + self.headers..self.packet.offset + self.packet.length
    }

    fn checksum_holds(&self, memory: &[u8]) -> bool {
        let bytes = &memory[self.packet.offset..self.packet.offset + self.packet.length];
        let transport = &bytes[self.network..];
        let pseudo = pseudo_header(addresses(bytes, self.network), TCP, transport.len());
        fold(pseudo + sum(transport)) == [0xff, 0xff]
    }
}

/// The length of the IP header, where it is one without options, extensions and fragments, and
/// says how long the packet is.
fn network_header_of_tcp(bytes: &[u8]) -> Option<usize> {
    let length_at = |at: usize| usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    match bytes.first()? {
        0x45 if bytes.len() > 40 => {
            let whole = length_at(2) == bytes.len() && length_at(6) & 0x3fff == 0;
            (whole && bytes[9] == TCP).then_some(20)
        }
        first if first >> 4 == 6 && bytes.len() > 60 => {
            let whole = length_at(4) + 40 == bytes.len();
            (whole && bytes[6] == TCP).then_some(40)
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
fn flow_of(bytes: &[u8], network: usize) -> &[u8] {
    if network == 20 {
        &bytes[12..24]
    } else {
        &bytes[8..44]
    }
}

/// Segments that follow one another.
#[derive(Default)]
pub(super) struct Flow {
    first: Packet,
    network: usize,
    headers: usize,
    segment_size: usize,
    next_sequence: u32,
    length: usize,
    pushed: bool,
    /// Nothing may follow: the last segment was short or pushed.
    closed: bool,
    /// Whether the first segment's checksum was seen to hold.
    checked: bool,
    payloads: Vec<Range<usize>>,
}

impl Flow {
    fn begin(&mut self, segment: &Segment) {
        self.first = segment.packet;
        self.network = segment.network;
        self.headers = segment.headers;
        self.segment_size = segment.payload().len();
        self.next_sequence = segment.sequence.wrapping_add(self.segment_size as u32);
        self.length = segment.packet.length;
        self.pushed = segment.pushed;
        self.closed = segment.pushed;
        self.checked = false;
        self.payloads.clear();
        self.payloads.push(segment.payload());
    }

    fn same_flow(&self, bytes: &[u8], network: usize, memory: &[u8]) -> bool {
        network == self.network && flow_of(bytes, network) == flow_of(self.bytes(memory), network)
    }

    fn bytes<'memory>(&self, memory: &'memory [u8]) -> &'memory [u8] {
        &memory[self.first.offset..self.first.offset + self.first.length]
    }

    /// Whether a segment of this flow may be put behind the ones that are here.
    fn fits(&self, segment: &Segment, memory: &[u8]) -> bool {
        let payload = segment.payload().len();
        !self.closed
            && segment.sequence == self.next_sequence
            && segment.headers == self.headers
            && payload <= self.segment_size
            && self.payloads.len() < SEGMENTS
            && self.length + payload <= LONGEST
            && self.same_headers(&memory[segment.packet.offset..], memory)
    }

    /// Whether everything is equal that stands for all segments in one header: type of service,
    /// time to live, fragment flags, acknowledgement, options.
    fn same_headers(&self, other: &[u8], memory: &[u8]) -> bool {
        let first = self.bytes(memory);
        let same = |range: Range<usize>| first[range.clone()] == other[range];
        let network = match self.network {
            20 => same(1..2) && same(6..7) && same(8..9),
            _ => same(0..4) && same(7..8),
        };
        let tcp = self.network;
        network && same(tcp + 8..tcp + 12) && same(tcp + 20..self.headers)
    }

    /// Puts a segment behind, where both checksums hold: the kernel will not look again.
    fn append(&mut self, segment: &Segment, memory: &[u8]) -> bool {
        if !self.checked {
            let first = Segment::read(self.first, memory);
            self.checked = first.is_some_and(|first| first.checksum_holds(memory));
        }
        if !self.checked || !segment.checksum_holds(memory) {
            return false;
        }
        let payload = segment.payload();
        self.next_sequence = self.next_sequence.wrapping_add(payload.len() as u32);
        self.length += payload.len();
        self.pushed |= segment.pushed;
        self.closed = segment.pushed || payload.len() < self.segment_size;
        self.payloads.push(payload);
        true
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
        let version_4 = self.network == 20;
        OffloadHeader {
            needs_checksum: true,
            segmentation: if version_4 {
                Segmentation::Tcp4
            } else {
                Segmentation::Tcp6
            },
            // Both are parts of one packet, whose length has 16 bits.
            header_length: self.headers as u16,
            segment_size: self.segment_size as u16,
            checksum_start: self.network as u16,
            checksum_offset: 16,
        }
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
        if self.pushed {
            headers[self.network + 13] |= PSH;
        }
        let partial = fold(pseudo_header(
            addresses(headers, self.network),
            TCP,
            transport,
        ));
        headers[self.network + 16..self.network + 18].copy_from_slice(&partial);
    }
}

/// Gathers packets of one receive turn. What is gathered lies in the memory that is handed in
/// each time, and is written out before that is used again.
#[derive(Default)]
pub(super) struct Coalescer {
    flows: Vec<Flow>,
    open: usize,
}

impl Coalescer {
    /// Takes a packet. `write` is called for what must go out now: flows that this packet ends,
    /// and the packet itself when it cannot be part of one.
    pub(super) fn push(
        &mut self,
        packet: Packet,
        memory: &[u8],
        mut write: impl FnMut(Output<'_>),
    ) {
        let Some(segment) = Segment::read(packet, memory) else {
            self.end_flow_of(packet, memory, &mut write);
            write(Output::Packet(packet));
            return;
        };
        let bytes = &memory[packet.offset..packet.offset + packet.length];
        let known = self.find(bytes, segment.network, memory);
        if let Some(flow) = known.map(|number| &mut self.flows[number]) {
            if flow.fits(&segment, memory) && flow.append(&segment, memory) {
                return;
            }
            write(Output::Flow(flow));
            flow.begin(&segment);
            return;
        }
        self.begin(&segment, &mut write);
    }

    /// Writes out all that is gathered.
    pub(super) fn flush(&mut self, mut write: impl FnMut(Output<'_>)) {
        for flow in &self.flows[..self.open] {
            write(Output::Flow(flow));
        }
        self.open = 0;
    }

    fn find(&self, bytes: &[u8], network: usize, memory: &[u8]) -> Option<usize> {
        let flows = self.flows[..self.open].iter();
        flows
            .rev()
            .position(|flow| flow.same_flow(bytes, network, memory))
            .map(|from_end| self.open - 1 - from_end)
    }

    fn begin(&mut self, segment: &Segment, write: &mut impl FnMut(Output<'_>)) {
        if self.open == FLOWS {
            write(Output::Flow(&self.flows[0]));
            self.flows[..FLOWS].rotate_left(1);
            self.open -= 1;
        }
        if self.open == self.flows.len() {
            self.flows.push(Flow::default());
        }
        self.flows[self.open].begin(segment);
        self.open += 1;
    }

    /// A packet that cannot be put together must not overtake its flow.
    fn end_flow_of(&mut self, packet: Packet, memory: &[u8], write: &mut impl FnMut(Output<'_>)) {
        let bytes = &memory[packet.offset..packet.offset + packet.length];
        let Some(network) = network_header_of_tcp(bytes).or_else(|| bare_tcp(bytes)) else {
            return;
        };
        if let Some(number) = self.find(bytes, network, memory) {
            write(Output::Flow(&self.flows[number]));
            self.flows[number..self.open].rotate_left(1);
            self.open -= 1;
        }
    }
}

/// The IP header's length of a TCP packet without payload.
fn bare_tcp(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        0x45 if bytes.len() == 40 && bytes[9] == TCP => Some(20),
        first if first >> 4 == 6 && bytes.len() == 60 && bytes[6] == TCP => Some(40),
        _ => None,
    }
}

/// What the coalescer gives to be written.
pub(super) enum Output<'flow> {
    /// A packet as it is.
    Packet(Packet),
    /// Segments to be written as one packet, or a single one.
    Flow(&'flow Flow),
}
