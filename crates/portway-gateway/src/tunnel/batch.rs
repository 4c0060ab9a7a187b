//! Packets that lie in one region of memory and are worked on where they lie.

use crate::state::DropReason;

/// Where a packet lies in the memory of its batch.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Packet {
    /// First byte.
    pub(crate) offset: usize,
    /// Length in bytes; what is before and behind it up to its neighbours is free room.
    pub(crate) length: usize,
    /// Why it goes no further, once that is known.
    pub(crate) dropped: Option<DropReason>,
}

impl Packet {
    /// A packet of `length` bytes that begins at `offset`.
    pub(crate) const fn new(offset: usize, length: usize) -> Self {
        Self {
            offset,
            length,
            dropped: None,
        }
    }

    /// Marks the packet as one that goes no further; it keeps its place.
    pub(crate) fn discard(&mut self, reason: DropReason) {
        self.dropped = Some(reason);
    }
}

/// A run of packets of one peer. Borrows both, the memory and the list of where packets lie, so
/// that receive buffers, send buffers and later the frames of a network card serve alike.
pub(crate) struct PacketBatch<'memory> {
    memory: &'memory mut [u8],
    packets: &'memory mut [Packet],
}

impl<'memory> PacketBatch<'memory> {
    /// Every packet lies within `memory`, with at least 16 free bytes before and behind it
    /// where it is to be sealed.
    pub(crate) fn new(memory: &'memory mut [u8], packets: &'memory mut [Packet]) -> Self {
        Self { memory, packets }
    }

    /// Hands out each packet's note together with all the memory.
    pub(crate) fn each(&mut self, mut work: impl FnMut(&mut Packet, &mut [u8])) {
        for packet in self.packets.iter_mut() {
            work(packet, self.memory);
        }
    }
}
