//! The inner side that is a network interface of the system.

use std::{
    io,
    os::fd::AsRawFd as _,
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use portway_dataplane::{Place, Reading, SegmentTunnel, TunnelPackets};
use rustix::io::Errno;

use super::{DataPathError, TunConfiguration, outgoing::Outgoing};
use crate::{
    PeerId,
    state::{Counters, Device, DropReason, destination_of},
    tunnel::Packet,
};

/// How often the interface's MTU is asked for: wg-quick and others set it when they like.
const MTU_INTERVAL: Duration = Duration::from_secs(1);

/// The interface, and what is between it and the tunnel.
pub(super) struct TunSide {
    interface: SegmentTunnel,
    mtu_asked_at: Option<Instant>,
}

impl TunSide {
    /// Makes the interface and registers it.
    ///
    /// # Errors
    ///
    /// The system's reason, with what to do.
    pub(super) fn new(
        configuration: &TunConfiguration,
        mtu: u16,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let TunConfiguration {
            name,
            addresses,
            up,
        } = configuration;
        let interface = SegmentTunnel::make(name, mtu, addresses, *up)?;
        let mut source = SourceFd(&interface.as_raw_fd());
        registry.register(&mut source, token, Interest::READABLE)?;
        Ok(Self {
            interface,
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
        let (packets, bytes) = SegmentTunnel::LARGEST_BATCH;
        while outgoing.has_room(packets, bytes) {
            match self.interface.read() {
                Ok(Reading::Nothing) => return Ok(false),
                Ok(Reading::Malformed) => device.drop_packet(DropReason::InnerFailed),
                Ok(Reading::Packets(packets)) => take(&packets, outgoing, device),
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
        if let Ok(mtu) = self.interface.mtu() {
            outgoing.set_mtu(mtu);
        }
    }

    fn explain(&self, error: io::Error) -> DataPathError {
        if error.raw_os_error() == Some(Errno::BADFD.raw_os_error()) {
            DataPathError::InterfaceRemoved(self.interface.name().to_owned())
        } else {
            DataPathError::io("read the interface")(error)
        }
    }

    /// Gathers an opened packet for [`flush`](Self::flush).
    pub(super) fn deliver(&mut self, packet: Packet, memory: &[u8], counters: &Counters) {
        let place = Place::new(packet.offset, packet.length);
        let failures = self.interface.push(place, memory);
        counters.count_drops(DropReason::InnerFailed, failures);
    }

    /// Writes what was gathered; before the memory is used again.
    pub(super) fn flush(&mut self, memory: &[u8], counters: &Counters) {
        let failures = self.interface.flush(memory);
        counters.count_drops(DropReason::InnerFailed, failures);
    }
}

/// Puts what was read among the packets of its peer.
fn take(packets: &TunnelPackets<'_>, outgoing: &mut Outgoing, device: &Device) {
    let peer = destination_of(packets.whole()).and_then(|address| device.route(address));
    match peer {
        Some(peer) if outgoing.has_room(packets.count(), packets.bytes()) => {
            add(packets, peer, outgoing);
        }
        Some(_) => device.drop_packet(DropReason::InnerFailed),
        None => device.drop_packet(DropReason::NoRoute),
    }
}

fn add(packets: &TunnelPackets<'_>, peer: PeerId, outgoing: &mut Outgoing) {
    for number in 0..packets.count() {
        outgoing.push_with(peer, packets.length(number), |place| {
            packets.write(number, place);
        });
    }
}
