//! Runs smoltcp's TCP for one socket at a time.
//!
//! smoltcp offers each packet to every socket of a set. The tables of a lane's callers know which socket a packet is
//! for, so each connection has a set of its own, and the interface, which holds nothing of a connection, serves them
//! all. A packet costs the same with one connection and with thousands.

use std::{net::SocketAddr, time::Instant};

use smoltcp::{
    iface::{Config, Interface, SocketHandle, SocketSet},
    phy::{Checksum, ChecksumCapabilities, Medium},
    socket::tcp,
    time::Instant as StackInstant,
    wire::HardwareAddress,
};

use super::{
    adapter::{Adapter, Link, Sink},
    clock::StackClock,
    queue::PacketQueue,
};

/// The least that every link carries (RFC 791, 3.2); smaller settings count as this one.
const LEAST_MTU: usize = 68;

/// The way of bare IP packets through smoltcp, for a caller that decides which addresses it answers for and keeps its
/// connections itself: a user-space exit, a client's stack. A [`Host`](super::Host) needs none.
pub struct Lane {
    interface: Interface,
    clock: StackClock,
    link: Link,
    /// Packets that answer others; they go out first.
    pub replies: PacketQueue,
}

impl Lane {
    /// Sends packets of at most `mtu` bytes; `seed` makes the initial sequence numbers.
    #[must_use]
    pub fn new(mtu: usize, seed: u64) -> Self {
        let link = Link {
            medium: Medium::Ip,
            mtu: mtu.max(LEAST_MTU),
            checksums: only_written_checksums(),
        };
        let mut replies = PacketQueue::default();
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut device = Adapter {
            source: &mut None::<&[u8]>,
            sink: &mut replies,
            link: &link,
        };
        let mut interface = Interface::new(config, &mut device, StackInstant::ZERO);
        // It answers for every address: what it may answer for is decided before it is asked.
        interface.set_any_ip(true);
        Self {
            interface,
            clock: StackClock::default(),
            link,
            replies,
        }
    }

    /// The greatest packet that goes out.
    #[must_use]
    pub const fn mtu(&self) -> usize {
        self.link.mtu
    }

    /// Gives a packet, whose checksums were verified, to the one socket of `sockets`; what it answers at once is
    /// queued.
    pub fn receive(&mut self, packet: &[u8], sockets: &mut SocketSet<'static>, now: Instant) {
        let now = self.clock.stack_time(now);
        let mut device = Adapter {
            source: &mut Some(packet),
            sink: &mut self.replies,
            link: &self.link,
        };
        self.interface
            .poll_ingress_single(now, &mut device, sockets);
    }

    /// Queues the RST that answers a segment nobody wants.
    pub fn reset(&mut self, packet: &[u8], now: Instant) {
        self.receive(packet, &mut SocketSet::new(Vec::new()), now);
    }

    /// Writes the next packet of the one socket of `sockets` and tells its length.
    pub fn transmit(
        &mut self,
        buffer: &mut [u8],
        sockets: &mut SocketSet<'static>,
        now: Instant,
    ) -> Option<usize> {
        let now = self.clock.stack_time(now);
        let mut room = OnePacket {
            mtu: self.link.mtu,
            buffer,
            written: None,
        };
        let mut device = Adapter {
            source: &mut None::<&[u8]>,
            sink: &mut room,
            link: &self.link,
        };
        self.interface.poll_egress(now, &mut device, sockets);
        room.written
    }

    /// When the one socket of `sockets` has something to send without being asked.
    pub fn deadline(&mut self, sockets: &SocketSet<'static>, now: Instant) -> Option<Instant> {
        let now = self.clock.stack_time(now);
        let at = self.interface.poll_at(now, sockets)?;
        self.clock.driver_time(at)
    }

    /// Starts a connection out of the stack.
    ///
    /// # Errors
    ///
    /// Fails when an address or port is unspecified or the versions differ.
    pub fn connect(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        sockets: &mut SocketSet<'static>,
        handle: SocketHandle,
    ) -> Result<(), tcp::ConnectError> {
        let socket = sockets.get_mut::<tcp::Socket<'static>>(handle);
        socket.connect(self.interface.context(), to, from)
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Lane");
        shown.field("link", &self.link).finish_non_exhaustive()
    }
}

/// Checksums of what comes in were verified when it was read.
fn only_written_checksums() -> ChecksumCapabilities {
    let mut checksums = ChecksumCapabilities::default();
    checksums.ipv4 = Checksum::Tx;
    checksums.tcp = Checksum::Tx;
    checksums
}

/// A buffer for one packet.
struct OnePacket<'a> {
    buffer: &'a mut [u8],
    mtu: usize,
    written: Option<usize>,
}

impl Sink for OnePacket<'_> {
    fn has_room(&mut self) -> bool {
        self.written.is_none() && self.buffer.len() >= self.mtu
    }

    fn write<R>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        self.written = Some(length);
        // smoltcp keeps to the MTU, and there was room for that much.
        fill(&mut self.buffer[..length])
    }
}
