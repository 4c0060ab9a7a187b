//! A TUN interface that takes and gives segments of a flow together.

use std::{
    fmt,
    io::{self, IoSlice},
    os::fd::{AsRawFd, RawFd},
};

use ipnet::IpNet;
use tun_rs::SyncDevice;

use super::{
    Place,
    coalesce::{Coalescer, Output},
    device,
    flow::{LONGEST_HEADERS, SEGMENTS},
    header::{HEADER, OffloadHeader, Segmentation},
    segment::{Segments, complete_checksum},
};

/// The longest IP packet.
const LONGEST: usize = 65_535;
/// The largest read: the kernel's header and the longest packet.
const LARGEST_READ: usize = HEADER + LONGEST;
/// The most packets that one read is cut into, unless its segments are unusually short.
const USUAL_SEGMENTS: usize = 128;

/// A TUN interface of the system, with segmentation and receive offload where the kernel has them.
///
/// A large packet of the kernel is cut when it is read; small ones of one flow are put together before they are
/// written. Without offload, packets go one by one.
pub struct SegmentTunnel {
    device: SyncDevice,
    name: String,
    offload: bool,
    buffer: Box<[u8]>,
    coalescer: Coalescer,
}

/// What a read has brought.
#[derive(Debug)]
pub enum Reading<'read> {
    /// Nothing waits.
    Nothing,
    /// Something that makes no sense, or a packet that is none.
    Malformed,
    /// Packets, one or more.
    Packets(TunnelPackets<'read>),
}

/// The packets of one read: one, or the segments of a large one, all of one flow.
pub struct TunnelPackets<'read> {
    whole: &'read [u8],
    segments: Option<Segments<'read>>,
}

impl SegmentTunnel {
    /// So many packets and bytes a read may make: the longest packet, cut into small segments.
    pub const LARGEST_BATCH: (usize, usize) =
        (USUAL_SEGMENTS, LONGEST + USUAL_SEGMENTS * LONGEST_HEADERS);

    /// Makes the interface; needs `CAP_NET_ADMIN`. It is set up where `up` says so.
    ///
    /// # Errors
    ///
    /// The system's reason, with what to do.
    pub fn make(name: &str, mtu: u16, addresses: &[IpNet], up: bool) -> io::Result<Self> {
        let (device, offload) = device::make(name, mtu, addresses, up)?;
        let coalescer = Coalescer::new(device.udp_gso());
        Ok(Self {
            device,
            name: name.to_owned(),
            offload,
            buffer: vec![0; LARGEST_READ].into(),
            coalescer,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its MTU, which others may have changed.
    ///
    /// # Errors
    ///
    /// The system's reason: the interface may be gone.
    pub fn mtu(&self) -> io::Result<u16> {
        self.device.mtu()
    }

    /// Reads once, without waiting.
    ///
    /// # Errors
    ///
    /// The system's reason; `EBADFD` where the interface was removed.
    pub fn read(&mut self) -> io::Result<Reading<'_>> {
        let length = loop {
            match self.device.recv(&mut self.buffer) {
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Reading::Nothing);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        let packets = packets_of(&mut self.buffer[..length], self.offload);
        Ok(packets.map_or(Reading::Malformed, Reading::Packets))
    }

    /// Gathers a packet for [`flush`](Self::flush), or writes it at once. Tells how many packets, or groups of them,
    /// the interface did not take.
    pub fn push(&mut self, packet: Place, memory: &[u8]) -> u64 {
        let Self {
            device, coalescer, ..
        } = self;
        let mut failures = 0;
        if self.offload {
            coalescer.push(packet, memory, |output| {
                failures += failed(write(device, &output, memory));
            });
        } else {
            let bytes = &memory[packet.offset..packet.offset + packet.length];
            failures += failed(device.send(bytes));
        }
        failures
    }

    /// Writes what was gathered; before the memory is used again. Tells what was not taken, as [`push`](Self::push).
    pub fn flush(&mut self, memory: &[u8]) -> u64 {
        let Self {
            device, coalescer, ..
        } = self;
        let mut failures = 0;
        coalescer.flush(|output| failures += failed(write(device, &output, memory)));
        failures
    }
}

/// Readable when packets wait.
impl AsRawFd for SegmentTunnel {
    fn as_raw_fd(&self) -> RawFd {
        self.device.as_raw_fd()
    }
}

impl fmt::Debug for SegmentTunnel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SegmentTunnel");
        shown.field("name", &self.name).finish_non_exhaustive()
    }
}

/// Shows how many there are, never their bytes: they are somebody's traffic.
impl fmt::Debug for TunnelPackets<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("TunnelPackets");
        shown.field("count", &self.count()).finish_non_exhaustive()
    }
}

impl TunnelPackets<'_> {
    /// A packet that has the addresses of all; longer than any where they are several.
    #[must_use]
    pub fn whole(&self) -> &[u8] {
        self.whole
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.segments.as_ref().map_or(1, Segments::count)
    }

    /// How many bytes they have in all.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.segments
            .as_ref()
            .map_or(self.whole.len(), Segments::bytes)
    }

    /// Length of the packet `number`.
    #[must_use]
    pub fn length(&self, number: usize) -> usize {
        match &self.segments {
            Some(segments) => segments.length(number),
            None => self.whole.len(),
        }
    }

    /// Writes the packet `number` into `place`, which has its length.
    ///
    /// # Panics
    ///
    /// Panics where it has another length.
    pub fn write(&self, number: usize, place: &mut [u8]) {
        match &self.segments {
            Some(segments) => segments.write(number, place),
            None => place.copy_from_slice(self.whole),
        }
    }
}

/// Nothing where it makes no sense.
fn packets_of(bytes: &mut [u8], offload: bool) -> Option<TunnelPackets<'_>> {
    let (header, packet) = if offload {
        let (header, packet) = bytes.split_first_chunk_mut::<HEADER>()?;
        (OffloadHeader::decode(header)?, packet)
    } else {
        (OffloadHeader::PLAIN, bytes)
    };
    if header.segmentation == Segmentation::None && header.needs_checksum {
        complete_checksum(&header, packet)?;
    }
    let packet = &*packet;
    let segments = match header.segmentation {
        Segmentation::None => None,
        _ => Some(Segments::new(&header, packet)?),
    };
    Some(TunnelPackets {
        whole: packet,
        segments,
    })
}

fn write(device: &SyncDevice, output: &Output<'_>, memory: &[u8]) -> io::Result<usize> {
    match output {
        Output::Packet(packet) => {
            let bytes = &memory[packet.offset..packet.offset + packet.length];
            let header = OffloadHeader::PLAIN.encode();
            device.send_vectored(&[IoSlice::new(&header), IoSlice::new(bytes)])
        }
        Output::Flow(flow) => {
            let mut headers = [0; HEADER + LONGEST_HEADERS];
            let length = flow.write_headers(memory, &mut headers);
            let mut parts = [IoSlice::new(&[]); SEGMENTS + 1];
            parts[0] = IoSlice::new(&headers[..length]);
            let payloads = flow.payloads();
            for (part, payload) in parts[1..].iter_mut().zip(payloads) {
                *part = IoSlice::new(&memory[payload.clone()]);
            }
            device.send_vectored(&parts[..=payloads.len()])
        }
    }
}

fn failed(result: io::Result<usize>) -> u64 {
    let failed = result.inspect_err(|error| {
        tracing::trace!(%error, "the interface did not take a packet");
    });
    u64::from(failed.is_err())
}
