//! The inner side that is a network interface of the system.

mod checksum;
mod coalesce;
mod device;
mod flow;
mod header;
mod segment;
#[cfg(test)]
mod tests;

use std::{
    io,
    io::IoSlice,
    os::fd::AsRawFd as _,
    time::{Duration, Instant},
};

use coalesce::{Coalescer, Output};
use flow::{LONGEST_HEADERS, SEGMENTS};
use header::{HEADER, OffloadHeader, Segmentation};
use mio::{Interest, Registry, Token, unix::SourceFd};
use rustix::io::Errno;
use segment::{Segments, complete_checksum};
use tun_rs::SyncDevice;

use super::{DataPathError, TunConfiguration, outgoing::Outgoing};
use crate::{
    PeerId,
    state::{Counters, Device, DropReason, destination_of},
    tunnel::Packet,
};

/// The largest read: the kernel's header and the longest IP packet.
const LARGEST_READ: usize = HEADER + 65_535;
/// Room that must be free before a read: the longest packet, cut into small segments.
const READ_SEGMENTS: usize = 128;
const READ_BYTES: usize = 65_535 + READ_SEGMENTS * LONGEST_HEADERS;

/// How often the interface's MTU is asked for: wg-quick and others set it when they like.
const MTU_INTERVAL: Duration = Duration::from_secs(1);

/// The interface, and what is between it and the tunnel.
pub(super) struct TunSide {
    device: SyncDevice,
    name: String,
    offload: bool,
    buffer: Box<[u8]>,
    coalescer: Coalescer,
    mtu_asked_at: Option<Instant>,
}

impl TunSide {
    /// Makes the interface and registers it.
    ///
    /// # Errors
    ///
    /// The system's reason, with what to do.
    pub(super) fn new(
        configuration: TunConfiguration,
        mtu: u16,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let (device, offload) = device::make(&configuration, mtu)?;
        registry.register(
            &mut SourceFd(&device.as_raw_fd()),
            token,
            Interest::READABLE,
        )?;
        let coalescer = Coalescer::new(device.udp_gso());
        Ok(Self {
            device,
            name: configuration.name,
            offload,
            buffer: vec![0; LARGEST_READ].into(),
            coalescer,
            mtu_asked_at: None,
        })
    }

    /// Reads packets as far as there is room, and tells whether there may be more.
    ///
    /// # Errors
    ///
    /// Names that the interface is no more, or the system's reason.
    pub(super) fn read(
        &mut self,
        outgoing: &mut Outgoing,
        device: &Device,
        now: Instant,
    ) -> Result<bool, DataPathError> {
        self.ask_mtu(outgoing, now);
        while outgoing.has_room(READ_SEGMENTS, READ_BYTES) {
            match self.device.recv(&mut self.buffer) {
                Ok(length) => {
                    if self.take(length, outgoing, device).is_none() {
                        device.drop_packet(DropReason::InnerFailed);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.explain(error)),
            }
        }
        Ok(true)
    }

    /// Packets are padded up to the interface's MTU and no further, or the longest would be cut
    /// into fragments outside.
    fn ask_mtu(&mut self, outgoing: &mut Outgoing, now: Instant) {
        let is_fresh = |at| now.saturating_duration_since(at) < MTU_INTERVAL;
        if self.mtu_asked_at.is_some_and(is_fresh) {
            return;
        }
        self.mtu_asked_at = Some(now);
        // Where the interface is just being removed, the next read tells.
        if let Ok(mtu) = self.device.mtu() {
            outgoing.set_mtu(mtu);
        }
    }

    fn explain(&self, error: io::Error) -> DataPathError {
        if error.raw_os_error() == Some(Errno::BADFD.raw_os_error()) {
            DataPathError::InterfaceRemoved(self.name.clone())
        } else {
            DataPathError::io("read the interface")(error)
        }
    }

    /// Puts what was read among the packets of its peer; nothing where it makes no sense.
    fn take(&mut self, length: usize, outgoing: &mut Outgoing, device: &Device) -> Option<()> {
        let bytes = &mut self.buffer[..length];
        let (header, packet) = if self.offload {
            let (header, packet) = bytes.split_first_chunk_mut::<HEADER>()?;
            (OffloadHeader::decode(header)?, packet)
        } else {
            (OffloadHeader::PLAIN, bytes)
        };
        let Some(peer) = destination_of(packet).and_then(|address| device.route(address)) else {
            device.drop_packet(DropReason::NoRoute);
            return Some(());
        };
        if header.segmentation != Segmentation::None {
            return cut(&header, packet, peer, outgoing);
        }
        if header.needs_checksum {
            complete_checksum(&header, packet)?;
        }
        outgoing.push(peer, packet);
        Some(())
    }

    /// Gathers an opened packet for [`flush`](Self::flush).
    pub(super) fn deliver(&mut self, packet: Packet, memory: &[u8], counters: &Counters) {
        let Self {
            device, coalescer, ..
        } = self;
        if self.offload {
            coalescer.push(packet, memory, |output| {
                write(device, &output, memory, counters)
            });
        } else {
            let bytes = &memory[packet.offset..packet.offset + packet.length];
            count_failure(device.send(bytes), counters);
        }
    }

    /// Writes what was gathered; before the memory is used again.
    pub(super) fn flush(&mut self, memory: &[u8], counters: &Counters) {
        let Self {
            device, coalescer, ..
        } = self;
        coalescer.flush(|output| write(device, &output, memory, counters));
    }
}

/// Cuts a large packet into those of the tunnel; nothing where the kernel's header is wrong or
/// there is no room for so many.
fn cut(header: &OffloadHeader, packet: &[u8], peer: PeerId, outgoing: &mut Outgoing) -> Option<()> {
    let segments = Segments::new(header, packet)?;
    if !outgoing.has_room(segments.count(), segments.bytes()) {
        return None;
    }
    for number in 0..segments.count() {
        outgoing.push_with(peer, segments.length(number), |place| {
            segments.write(number, place)
        });
    }
    Some(())
}

fn write(device: &SyncDevice, output: &Output<'_>, memory: &[u8], counters: &Counters) {
    match output {
        Output::Packet(packet) => {
            let bytes = &memory[packet.offset..packet.offset + packet.length];
            let header = OffloadHeader::PLAIN.encode();
            let parts = [IoSlice::new(&header), IoSlice::new(bytes)];
            count_failure(device.send_vectored(&parts), counters);
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
            count_failure(device.send_vectored(&parts[..=payloads.len()]), counters);
        }
    }
}

fn count_failure(result: io::Result<usize>, counters: &Counters) {
    if let Err(error) = result {
        tracing::trace!(%error, "the interface did not take a packet");
        counters.count_drop(DropReason::InnerFailed);
    }
}
