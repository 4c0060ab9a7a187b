//! Packets on their way out: laid side by side so that, once sealed in place, a run of them is
//! one contiguous send.

use std::{net::SocketAddr, ops::Range};

use super::sockets::{OuterSocket, Sockets};
use crate::{
    PeerId,
    state::{
        Counters, DropReason, Endpoint, TRANSPORT_HEADER, TRANSPORT_OVERHEAD, TRANSPORT_TAG,
        padded_length,
    },
    tunnel::{Packet, PacketBatch},
};

/// Room for sealed messages: four packets of the largest kind that an interface hands over.
const MEMORY: usize = 4 * (64 << 10) + (16 << 10);
/// The largest payload of one UDP datagram over IPv4, and so of one send with segments.
const LARGEST_SEND: usize = 65_507;

/// Packets of one turn, in order, with the peer of each.
#[derive(Default)]
pub(super) struct Outgoing {
    memory: Box<[u8]>,
    end: usize,
    packets: Vec<Packet>,
    peers: Vec<PeerId>,
    mtu: usize,
}

impl Outgoing {
    /// Room for one turn; packets shorter than `mtu` are padded up to it at most.
    pub(super) fn new(mtu: u16) -> Self {
        Self {
            memory: vec![0; MEMORY].into(),
            mtu: mtu.into(),
            ..Self::default()
        }
    }

    /// Whether packets of so many bytes in all still have room.
    pub(super) fn has_room(&self, packets: usize, bytes: usize) -> bool {
        // Padding adds less than one overhead to each.
        self.end + bytes + 2 * packets * TRANSPORT_OVERHEAD <= self.memory.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Adds a packet of `length` bytes that `write` puts into its place. The caller has asked
    /// for the room.
    pub(super) fn push_with(&mut self, peer: PeerId, length: usize, write: impl FnOnce(&mut [u8])) {
        let start = self.end + TRANSPORT_HEADER;
        let padded = padded_length(length, self.mtu);
        write(&mut self.memory[start..start + length]);
        self.memory[start + length..start + padded].fill(0);
        self.packets.push(Packet::new(start, padded));
        self.peers.push(peer);
        self.end = start + padded + TRANSPORT_TAG;
    }

    /// Adds a copy of a packet. The caller has asked for the room.
    pub(super) fn push(&mut self, peer: PeerId, packet: &[u8]) {
        self.push_with(peer, packet.len(), |place| place.copy_from_slice(packet));
    }

    /// The next packets of one peer, from `start` on.
    pub(super) fn run_from(&self, start: usize) -> Option<(PeerId, Range<usize>)> {
        let peer = *self.peers.get(start)?;
        let length = self.peers[start..]
            .iter()
            .take_while(|other| **other == peer)
            .count();
        Some((peer, start..start + length))
    }

    /// A run as a batch to seal.
    pub(super) fn batch(&mut self, run: Range<usize>) -> PacketBatch<'_> {
        PacketBatch::new(&mut self.memory, &mut self.packets[run])
    }

    /// The bytes of each packet of a run.
    pub(super) fn each(&self, run: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let packets = self.packets[run].iter();
        packets.map(|packet| &self.memory[packet.offset..packet.offset + packet.length])
    }

    /// Whether a run carries more than keepalives.
    pub(super) fn has_data(&self, run: Range<usize>) -> bool {
        self.packets[run].iter().any(|packet| packet.length > 0)
    }

    /// Sends a sealed run, with as few calls as its lengths allow. Tells the bytes that the
    /// system took.
    pub(super) fn transmit(
        &self,
        run: Range<usize>,
        endpoint: Endpoint,
        sockets: &Sockets,
        counters: &Counters,
    ) -> usize {
        let packets = &self.packets[run];
        let Some(socket) = sockets.towards(endpoint.remote) else {
            counters.count_drops(DropReason::SendFailed, packets.len() as u64);
            return 0;
        };
        let mut rest = packets;
        let mut bytes = 0;
        while let Some(count) = segments_of(rest, socket) {
            let (segments, behind) = rest.split_at(count);
            bytes += self.send(segments, endpoint, socket, counters);
            rest = behind;
        }
        bytes
    }

    fn send(
        &self,
        segments: &[Packet],
        endpoint: Endpoint,
        socket: &OuterSocket,
        counters: &Counters,
    ) -> usize {
        let start = segments[0].offset;
        let length: usize = segments.iter().map(|packet| packet.length).sum();
        let messages = &self.memory[start..start + length];
        match socket.send(endpoint, messages, segments[0].length) {
            Ok(()) => {
                counters.count_sent(segments.len() as u64, length as u64);
                length
            }
            Err(error) => {
                note_failure(endpoint.remote, &error);
                counters.count_drops(DropReason::SendFailed, segments.len() as u64);
                0
            }
        }
    }

    /// Forgets all packets.
    pub(super) fn clear(&mut self) {
        self.end = 0;
        self.packets.clear();
        self.peers.clear();
    }
}

fn note_failure(remote: SocketAddr, error: &std::io::Error) {
    tracing::trace!(%remote, %error, "a datagram was not sent");
}

/// How many of the first packets go into one send: adjacent ones of one length, of which only
/// the last may be shorter.
fn segments_of(packets: &[Packet], socket: &OuterSocket) -> Option<usize> {
    let first = packets.first()?;
    let most = (LARGEST_SEND / first.length.max(1))
        .min(socket.segments())
        .max(1);
    let mut end = first.offset;
    let mut count = 0;
    for packet in packets.iter().take(most) {
        if packet.offset != end || packet.length > first.length {
            break;
        }
        count += 1;
        end += packet.length;
        if packet.length < first.length {
            break;
        }
    }
    Some(count)
}
