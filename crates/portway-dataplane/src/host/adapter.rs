//! The one device that smoltcp sees, whatever is behind it: packets out of a source, room for packets in a sink.

use smoltcp::{
    phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken},
    time::Instant,
};

/// Where received packets are taken from.
pub(super) trait Source {
    type Packet: AsRef<[u8]>;

    /// The next packet.
    fn take(&mut self) -> Option<Self::Packet>;
}

/// Where packets go that are to be sent.
pub(super) trait Sink {
    /// Whether one more packet can be written.
    fn has_room(&mut self) -> bool;

    /// Has `fill` write a packet of `length` bytes. Called at most once after each time that there was room.
    fn write<R>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R;
}

/// A slice is a source of one packet.
impl<'packet> Source for Option<&'packet [u8]> {
    type Packet = &'packet [u8];

    fn take(&mut self) -> Option<&'packet [u8]> {
        Option::take(self)
    }
}

/// What smoltcp is to know of the link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) medium: Medium,
    /// Length of the longest packet of IP.
    pub(super) mtu: usize,
    pub(super) checksums: ChecksumCapabilities,
}

impl Link {
    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.medium;
        // smoltcp counts the header of the link with it.
        capabilities.max_transmission_unit = self.mtu + header_length(self.medium);
        capabilities.checksum = self.checksums.clone();
        capabilities
    }
}

/// Length of the header before a packet of IP.
pub(super) const fn header_length(medium: Medium) -> usize {
    match medium {
        Medium::Ethernet => 14,
        _ => 0,
    }
}

/// The device, for the time of one call.
pub(super) struct Adapter<'a, I, O> {
    pub(super) source: &'a mut I,
    pub(super) sink: &'a mut O,
    pub(super) link: &'a Link,
}

impl<I: Source, O: Sink> Device for Adapter<'_, I, O> {
    type RxToken<'t>
        = Received<I::Packet>
    where
        Self: 't;
    type TxToken<'t>
        = Room<'t, O>
    where
        Self: 't;

    fn receive(&mut self, _: Instant) -> Option<(Received<I::Packet>, Room<'_, O>)> {
        // Without room for an answer the packet waits.
        if !self.sink.has_room() {
            return None;
        }
        let packet = self.source.take()?;
        Some((Received(packet), Room(self.sink)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Room<'_, O>> {
        self.sink.has_room().then_some(Room(self.sink))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.link.capabilities()
    }
}

pub(super) struct Received<P>(P);

impl<P: AsRef<[u8]>> RxToken for Received<P> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0.as_ref())
    }
}

pub(super) struct Room<'a, O>(&'a mut O);

impl<O: Sink> TxToken for Room<'_, O> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        self.0.write(length, fill)
    }
}
