//! Packets on their way out: laid side by side so that, once sealed in place, a run of them is
//! one contiguous send.

use std::ops::Range;

use super::sockets::{OuterSocket, Sockets, would_block};
use crate::{
    PeerId,
    state::{
        CongestionMark, Counters, DropReason, Endpoint, TRANSPORT_HEADER, TRANSPORT_OVERHEAD,
        TRANSPORT_TAG, padded_length,
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
    marks: Vec<CongestionMark>,
    mtu: usize,
    /// Whether a full socket was waited for in vain in this turn, which is done once.
    waited: bool,
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

    /// From now on packets are padded up to this length at most.
    pub(super) fn set_mtu(&mut self, mtu: u16) {
        self.mtu = mtu.into();
    }

    /// Whether packets of so many bytes in all still have room.
    pub(super) fn has_room(&self, packets: usize, bytes: usize) -> bool {
        // Padding adds less than one overhead to each.
        self.end + bytes + 2 * packets * TRANSPORT_OVERHEAD <= self.memory.len()
    }

    /// How many packets there are.
    pub(super) fn count(&self) -> usize {
        self.packets.len()
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
        self.marks
            .push(CongestionMark::of(&self.memory[start..start + length]));
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
        &mut self,
        run: Range<usize>,
        endpoint: Endpoint,
        sockets: &Sockets,
        counters: &Counters,
    ) -> usize {
        let Some(socket) = sockets.towards(endpoint.remote) else {
            counters.count_drops(DropReason::SendFailed, run.len() as u64);
            return 0;
        };
        let mut start = run.start;
        let mut bytes = 0;
        while let Some(count) = self.segments(start..run.end, socket) {
            if let Some(reason) = self.packets[start].dropped {
                // Never sealed: what lies there is nobody else's business.
                counters.count_drop(reason);
                start += 1;
                continue;
            }
            bytes += self.send(start..start + count, endpoint, socket, counters);
            start += count;
        }
        bytes
    }

    fn send(
        &mut self,
        segments: Range<usize>,
        endpoint: Endpoint,
        socket: &OuterSocket,
        counters: &Counters,
    ) -> usize {
        let mark = self.marks[segments.start];
        let packets = &self.packets[segments];
        let (count, start) = (packets.len() as u64, packets[0].offset);
        let length: usize = packets.iter().map(|packet| packet.length).sum();
        let messages = &self.memory[start..start + length];
        let mut result = socket.send(endpoint, mark, messages, packets[0].length);
        if result.as_ref().is_err_and(would_block) && !self.waited {
            self.waited = !socket.wait_until_writable();
            result = socket.send(endpoint, mark, messages, packets[0].length);
        }
        if let Err(error) = result {
            tracing::trace!(remote = %endpoint.remote, %error, "datagrams were not sent");
            counters.count_drops(DropReason::SendFailed, count);
            return 0;
        }
        counters.count_sent(count, length as u64);
        length
    }

    /// How many of the first packets go into one send: adjacent ones of one mark and one length,
    /// of which only the last may be shorter.
    fn segments(&self, run: Range<usize>, socket: &OuterSocket) -> Option<usize> {
        let packets = &self.packets[run.clone()];
        let first = packets.first()?;
        let most = (LARGEST_SEND / first.length.max(1))
            .min(socket.segments())
            .max(1);
        let mut end = first.offset;
        let mut count = 0;
        for (packet, mark) in packets.iter().zip(&self.marks[run.clone()]).take(most) {
            let same = *mark == self.marks[run.start]
                && packet.length <= first.length
                && packet.dropped == first.dropped;
            if packet.offset != end || !same {
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

    /// Forgets all packets.
    pub(super) fn clear(&mut self) {
        self.end = 0;
        self.waited = false;
        self.packets.clear();
        self.peers.clear();
        self.marks.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, time::Duration};

    use super::*;
    use crate::io::ListenAddress;

    #[test]
    fn what_was_not_sealed_never_leaves() {
        let poll = mio::Poll::new().unwrap();
        let loopback = ListenAddress::At("127.0.0.1:0".parse().unwrap());
        let tokens = [mio::Token(1), mio::Token(2)];
        let sockets = Sockets::bind(loopback, 0, poll.registry(), tokens).unwrap();
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();

        let mut outgoing = Outgoing::new(1420);
        let peer = PeerId(1);
        for mark in [1, 2, 3] {
            outgoing.push(peer, &[mark; 16]);
        }
        outgoing.packets[1].discard(DropReason::SendFailed);
        let counters = Counters::default();
        let endpoint = receiver.local_addr().unwrap().into();
        let sent = outgoing.transmit(0..3, endpoint, &sockets, &counters);

        assert_eq!((sent, counters.drops(DropReason::SendFailed)), (32, 1));
        for mark in [1, 3] {
            let mut message = [0; 64];
            let length = receiver.recv(&mut message).unwrap();
            assert_eq!(message[..length], [mark; 16]);
        }
    }
}
