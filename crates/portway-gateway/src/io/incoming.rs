//! Datagrams on their way in: received in batches, opened where they lie.

use std::{
    io::{self, IoSliceMut},
    ops::Range,
};

use portway_dataplane::RecvMeta;

use super::sockets::{Arrival, OuterSocket};
use crate::tunnel::{Packet, PacketBatch};

/// Receive buffers of one call. With receive offload each holds many datagrams; memory that was
/// never filled is never touched.
const BUFFERS: usize = 8;
/// Length of a receive buffer: the most that receive offload puts together.
const BUFFER: usize = 64 << 10;

/// The datagrams of one call.
#[derive(Default)]
pub(super) struct Incoming {
    memory: Box<[u8]>,
    notes: [RecvMeta; BUFFERS],
    used: usize,
    run: Run,
}

/// Transport messages of one session that came one after another, in the same way.
#[derive(Default)]
pub(super) struct Run {
    key: Option<(u32, Arrival)>,
    packets: Vec<Packet>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self {
            memory: vec![0; BUFFERS * BUFFER].into(),
            ..Self::default()
        }
    }

    /// Receives what has arrived and tells whether there may be more.
    ///
    /// # Errors
    ///
    /// The system's reason, `WouldBlock` where nothing has arrived.
    pub(super) fn receive(&mut self, socket: &OuterSocket) -> io::Result<bool> {
        self.used = 0;
        let mut rooms = self.memory.chunks_exact_mut(BUFFER);
        let mut buffers: [IoSliceMut<'_>; BUFFERS] =
            std::array::from_fn(|_| IoSliceMut::new(rooms.next().unwrap_or_default()));
        self.used = socket.receive(&mut buffers, &mut self.notes)?;
        Ok(self.used == BUFFERS)
    }

    /// Whether a datagram of this length fits behind `end`.
    pub(super) fn has_room(&self, end: usize, length: usize) -> bool {
        end + length <= self.memory.len()
    }

    /// Puts a copy of a datagram behind `end`, for which there is room, and tells where it lies.
    pub(super) fn store(&mut self, end: usize, datagram: &[u8]) -> Range<usize> {
        let place = end..end + datagram.len();
        self.memory[place.clone()].copy_from_slice(datagram);
        place
    }

    /// What is known of the receive buffer `number`, and where its datagrams lie.
    pub(super) fn buffer(
        &self,
        number: usize,
    ) -> Option<(
        RecvMeta,
        impl ExactSizeIterator<Item = Range<usize>> + use<>,
    )> {
        let note = *self.notes[..self.used].get(number)?;
        let start = number * BUFFER;
        let end = start + note.len;
        // An empty datagram is one, too.
        let datagrams = (start..end.max(start + 1)).step_by(note.stride.max(1));
        Some((note, datagrams.map(move |at| at..end.min(at + note.stride))))
    }

    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.memory[range]
    }

    pub(super) fn memory(&self) -> &[u8] {
        &self.memory
    }

    /// Whether a message continues the run.
    pub(super) fn continues(&self, receiver: u32, arrival: Arrival) -> bool {
        self.run.key == Some((receiver, arrival))
    }

    /// Begins a run; the last one was taken.
    pub(super) fn begin(&mut self, receiver: u32, arrival: Arrival) {
        self.run.key = Some((receiver, arrival));
    }

    /// Adds a message to the run.
    pub(super) fn push(&mut self, message: Range<usize>) {
        self.run
            .packets
            .push(Packet::new(message.start, message.len()));
    }

    /// Ends the run and tells its receiver index and how it came.
    pub(super) fn end_run(&mut self) -> Option<(u32, Arrival)> {
        self.run.key.take()
    }

    /// The run as a batch to open.
    pub(super) fn batch(&mut self) -> PacketBatch<'_> {
        PacketBatch::new(&mut self.memory, &mut self.run.packets)
    }

    /// The bytes of an opened packet, to be changed.
    pub(super) fn packet_mut(&mut self, packet: Packet) -> &mut [u8] {
        &mut self.memory[packet.offset..packet.offset + packet.length]
    }

    pub(super) fn packets(&self) -> &[Packet] {
        &self.run.packets
    }

    pub(super) fn clear_run(&mut self) {
        self.run.packets.clear();
    }
}
