//! What a socket is asked to be.

use std::sync::Arc;
use std::time::Duration;

use super::Socket;
use super::bind;
use super::error::SocketError;
use crate::features::SendFeatures;
use crate::kernel::MINIMUM_UMEM_CHUNK;
use crate::memory::{PageSize, Region};

/// How packets go between the device and the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Copying {
    /// Zero copy where the driver offers it, else copy; [`Socket::copying`] says which it is.
    #[default]
    PreferZeroCopy,
    /// The device reads and writes the region itself, or opening fails.
    ZeroCopy,
    /// The kernel copies. Works with every interface.
    Copy,
}

/// When the kernel is called to send, and to fetch what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Wakeup {
    /// When it says that it sleeps (`XDP_USE_NEED_WAKEUP`). The better in nearly all cases.
    #[default]
    WhenAsked,
    /// Each time there is something to send.
    Always,
}

/// Busy polling: the thread that receives drives the device, without interrupts.
///
/// It works only with `napi_defer_hard_irqs` and `gro_flush_timeout` set for the interface, and needs CAP_NET_ADMIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyPoll {
    /// How long one call may poll (`SO_BUSY_POLL`), in whole microseconds.
    pub interval: Duration,
    /// How many packets one call may take from the device (`SO_BUSY_POLL_BUDGET`).
    pub budget: u16,
}

impl Default for BusyPoll {
    /// 20 µs and 64 packets, what other programs use.
    fn default() -> Self {
        Self {
            interval: Duration::from_micros(20),
            budget: 64,
        }
    }
}

/// Describes a socket; [`open`](Self::open) makes it.
#[derive(Debug, Clone)]
#[must_use = "a builder opens nothing until `open`"]
pub struct SocketBuilder {
    pub(super) interface: Arc<str>,
    pub(super) queue: u32,
    pub(super) receive_ring: u32,
    pub(super) fill_ring: Option<u32>,
    pub(super) send_ring: u32,
    pub(super) completion_ring: Option<u32>,
    pub(super) copying: Copying,
    pub(super) wakeup: Wakeup,
    pub(super) busy_poll: Option<BusyPoll>,
    pub(super) multi_buffer: bool,
    pub(super) unaligned: bool,
    pub(super) software_checksum: bool,
    pub(super) required: SendFeatures,
    pub(super) patience: Duration,
}

impl SocketBuilder {
    pub(super) fn new(interface: &str, queue: u32) -> Self {
        Self {
            interface: interface.into(),
            queue,
            receive_ring: 1024,
            fill_ring: None,
            send_ring: 1024,
            completion_ring: None,
            copying: Copying::default(),
            wakeup: Wakeup::default(),
            busy_poll: None,
            multi_buffer: false,
            unaligned: false,
            software_checksum: false,
            required: SendFeatures::NONE,
            patience: Duration::from_secs(1),
        }
    }

    /// Sets the entries of the receive ring (default 1024): how many packets may wait for the program. A power of
    /// two from 64 to 65536.
    pub fn receive_ring(mut self, entries: u32) -> Self {
        self.receive_ring = entries;
        self
    }

    /// Sets the entries of the fill ring (default: as the receive ring): so many frames of the region the socket has
    /// for receiving, at all times. A power of two from 64 to 65536.
    pub fn fill_ring(mut self, entries: u32) -> Self {
        self.fill_ring = Some(entries);
        self
    }

    /// Sets the entries of the send ring (default 1024): how many packets may wait for the device. A power of two
    /// from 64 to 65536.
    pub fn send_ring(mut self, entries: u32) -> Self {
        self.send_ring = entries;
        self
    }

    /// Sets the entries of the completion ring (default: as the send ring): how many packets may be under way. A
    /// power of two from 64 to 65536.
    pub fn completion_ring(mut self, entries: u32) -> Self {
        self.completion_ring = Some(entries);
        self
    }

    /// Sets how packets go between device and region (default: zero copy preferred).
    pub fn copying(mut self, copying: Copying) -> Self {
        self.copying = copying;
        self
    }

    /// Sets when the kernel is called (default: when it asks).
    pub fn wakeup(mut self, wakeup: Wakeup) -> Self {
        self.wakeup = wakeup;
        self
    }

    /// Makes each [`receive`](crate::Receiver::receive) poll the device, at saturation, too (default: off).
    pub fn busy_poll(mut self, busy_poll: BusyPoll) -> Self {
        self.busy_poll = Some(busy_poll);
        self
    }

    /// Allows packets longer than a frame, in several frames (`XDP_USE_SG`; default: off). The XDP program must be
    /// loaded for fragments, too.
    pub fn multi_buffer(mut self) -> Self {
        self.multi_buffer = true;
        self
    }

    /// Uses the kernel's mode of unaligned chunks, which is used anyway when the size of the region's chunks is not a
    /// power of two.
    pub fn unaligned_chunks(mut self) -> Self {
        self.unaligned = true;
        self
    }

    /// Makes opening fail where one of these cannot be asked with packets (default: none is required).
    pub fn require(mut self, features: SendFeatures) -> Self {
        self.required = features;
        self
    }

    /// Has the kernel compute checksums that packets ask for, before the device's driver gets them (`XDP_UMEM_TX_SW_CSUM`), in copy
    /// mode, which this asks for (default: it computes them only for drivers that cannot).
    ///
    /// For devices whose checksums are wrong, and for veth, which hands packets on without one: the kernel's sockets at its
    /// other end know that, what an XDP program takes there does not. It costs a read of each such packet.
    pub fn software_checksum(mut self) -> Self {
        self.software_checksum = true;
        self.copying = Copying::Copy;
        self
    }

    /// Sets how long opening waits for a queue that is taken, and for memory that may be locked but is not free
    /// (default 1 s). The kernel frees both somewhat after a socket was closed.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Opens the socket over a region. The first socket of a region registers its memory; later ones share it, and
    /// with it the copy mode, the wake-up and multi-buffer.
    ///
    /// # Errors
    ///
    /// The interface or queue does not exist or is taken, a privilege or memory is missing, or the kernel or the driver
    /// cannot do what is asked. Each error says what helps.
    pub fn open(self, region: &Region) -> Result<Socket, SocketError> {
        self.check(region)?;
        bind::open(&self, region)
    }

    pub(super) fn fill_entries(&self) -> u32 {
        self.fill_ring.unwrap_or(self.receive_ring)
    }

    pub(super) fn completion_entries(&self) -> u32 {
        self.completion_ring.unwrap_or(self.send_ring)
    }

    fn check(&self, region: &Region) -> Result<(), SocketError> {
        let size = region.chunk_size();
        if !(MINIMUM_UMEM_CHUNK..=PageSize::Ordinary.bytes()).contains(&size) {
            return Err(SocketError::ChunkSize { size });
        }
        let wants_metadata = self.software_checksum || !self.required.is_empty();
        if wants_metadata && !region.has_send_metadata() {
            return Err(SocketError::NoMetadata);
        }
        let rings = [
            ("receive", self.receive_ring),
            ("fill", self.fill_entries()),
            ("send", self.send_ring),
            ("completion", self.completion_entries()),
        ];
        let possible = |size: u32| size.is_power_of_two() && (64..=65536).contains(&size);
        match rings.into_iter().find(|(_, size)| !possible(*size)) {
            Some((ring, size)) => Err(SocketError::RingSize { ring, size }),
            None => Ok(()),
        }
    }
}
