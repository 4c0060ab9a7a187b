//! Runs smoltcp's TCP for one socket at a time.
//!
//! smoltcp offers each packet to every socket of a set. The tables of this module's callers know
//! which socket a packet is for, so each connection has a set of its own, and the interface, which
//! holds nothing of a connection, serves them all. A packet costs the same with one connection
//! and with thousands.

use std::time::Instant;

use smoltcp::{
    iface::{Config, Interface, SocketHandle, SocketSet},
    phy::{Checksum, ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::tcp,
    time::Instant as StackInstant,
    wire::HardwareAddress,
};

use super::{clock::Clock, packet::FlowKey, queue::PacketQueue};

/// The least that every link carries (RFC 791, 3.2); smaller settings count as this one.
const LEAST_MTU: usize = 68;

/// The way through smoltcp.
pub(crate) struct Lane {
    interface: Interface,
    clock: Clock,
    mtu: usize,
    /// Packets that answer others; they go out first.
    pub(crate) replies: PacketQueue,
}

impl Lane {
    /// Sends packets of at most `mtu` bytes; `seed` makes the initial sequence numbers.
    pub(crate) fn new(mtu: usize, seed: u64) -> Self {
        let mtu = mtu.max(LEAST_MTU);
        let mut replies = PacketQueue::default();
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut wire = Wire::to_queue(None, &mut replies, mtu);
        let mut interface = Interface::new(config, &mut wire, StackInstant::ZERO);
        // It answers for every address: what it may answer for is decided before it is asked.
        interface.set_any_ip(true);
        Self {
            interface,
            clock: Clock::default(),
            mtu,
            replies,
        }
    }

    /// The greatest packet that goes out.
    pub(crate) const fn mtu(&self) -> usize {
        self.mtu
    }

    /// Gives a packet to the one socket of `sockets`; what it answers at once is queued.
    pub(crate) fn receive(
        &mut self,
        packet: &[u8],
        sockets: &mut SocketSet<'static>,
        now: Instant,
    ) {
        let now = self.clock.stack_time(now);
        let mut wire = Wire::to_queue(Some(packet), &mut self.replies, self.mtu);
        self.interface.poll_ingress_single(now, &mut wire, sockets);
    }

    /// Queues the RST that answers a segment nobody wants.
    pub(crate) fn reset(&mut self, packet: &[u8], now: Instant) {
        self.receive(packet, &mut SocketSet::new(Vec::new()), now);
    }

    /// Writes the next packet of the one socket of `sockets` and tells its length.
    pub(crate) fn transmit(
        &mut self,
        buffer: &mut [u8],
        sockets: &mut SocketSet<'static>,
        now: Instant,
    ) -> Option<usize> {
        let now = self.clock.stack_time(now);
        let mut wire = Wire::to_buffer(buffer, self.mtu);
        self.interface.poll_egress(now, &mut wire, sockets);
        wire.written()
    }

    /// When the one socket of `sockets` has something to send without being asked.
    pub(crate) fn deadline(
        &mut self,
        sockets: &SocketSet<'static>,
        now: Instant,
    ) -> Option<Instant> {
        let now = self.clock.stack_time(now);
        let at = self.interface.poll_at(now, sockets)?;
        self.clock.driver_time(at)
    }

    /// Starts a connection out of the stack, from the source of `key` to its destination.
    ///
    /// # Errors
    ///
    /// Fails when an address or port of `key` is unspecified or the versions differ.
    pub(crate) fn connect(
        &mut self,
        key: FlowKey,
        sockets: &mut SocketSet<'static>,
        handle: SocketHandle,
    ) -> Result<(), tcp::ConnectError> {
        let socket = sockets.get_mut::<tcp::Socket<'static>>(handle);
        socket.connect(self.interface.context(), key.destination, key.source)
    }
}

/// The device that smoltcp sees for the time of one call: at most one packet in, and either the
/// queue or one buffer for what goes out.
struct Wire<'a> {
    inbound: Option<&'a [u8]>,
    outbound: Outbound<'a>,
    mtu: usize,
}

enum Outbound<'a> {
    Queue(&'a mut PacketQueue),
    Buffer {
        buffer: &'a mut [u8],
        written: Option<usize>,
    },
}

impl<'a> Wire<'a> {
    const fn to_queue(inbound: Option<&'a [u8]>, queue: &'a mut PacketQueue, mtu: usize) -> Self {
        let outbound = Outbound::Queue(queue);
        Self {
            inbound,
            outbound,
            mtu,
        }
    }

    const fn to_buffer(buffer: &'a mut [u8], mtu: usize) -> Self {
        let outbound = Outbound::Buffer {
            buffer,
            written: None,
        };
        Self {
            inbound: None,
            outbound,
            mtu,
        }
    }

    const fn written(&self) -> Option<usize> {
        match self.outbound {
            Outbound::Queue(_) => None,
            Outbound::Buffer { written, .. } => written,
        }
    }
}

impl Device for Wire<'_> {
    type RxToken<'t>
        = InboundPacket<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Room<'t>
    where
        Self: 't;

    fn receive(&mut self, _: StackInstant) -> Option<(InboundPacket<'_>, Room<'_>)> {
        let packet = self.inbound.take()?;
        match &mut self.outbound {
            Outbound::Queue(queue) => Some((InboundPacket(packet), Room::Queue(queue))),
            Outbound::Buffer { .. } => None,
        }
    }

    fn transmit(&mut self, _: StackInstant) -> Option<Room<'_>> {
        match &mut self.outbound {
            Outbound::Queue(queue) => Some(Room::Queue(queue)),
            Outbound::Buffer { buffer, written } => {
                let free = written.is_none() && buffer.len() >= self.mtu;
                free.then_some(Room::Buffer { buffer, written })
            }
        }
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities.checksum = only_written_checksums();
        capabilities
    }
}

/// Checksums of what comes in were verified when it was read.
fn only_written_checksums() -> ChecksumCapabilities {
    let mut checksums = ChecksumCapabilities::default();
    checksums.ipv4 = Checksum::Tx;
    checksums.tcp = Checksum::Tx;
    checksums
}

struct InboundPacket<'a>(&'a [u8]);

impl RxToken for InboundPacket<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

enum Room<'a> {
    Queue(&'a mut PacketQueue),
    Buffer {
        buffer: &'a mut [u8],
        written: &'a mut Option<usize>,
    },
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        match self {
            Room::Queue(queue) => queue.push_with(length, write),
            Room::Buffer { buffer, written } => {
                *written = Some(length);
                // smoltcp keeps to the MTU, and `transmit` gave room for that much.
                write(&mut buffer[..length])
            }
        }
    }
}
