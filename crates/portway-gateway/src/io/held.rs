//! Packets that wait for a session.

use std::collections::{BTreeMap, VecDeque};

use crate::PeerId;

/// Packets that may wait for one peer's session; the kernel keeps as many.
const HELD_PER_PEER: usize = 128;
/// Packets that may wait in all, about 12 MB at the usual MTU.
const HELD_IN_ALL: usize = 8192;

/// Packets that wait, per peer in the order of arrival.
#[derive(Default)]
pub(super) struct Held {
    packets: BTreeMap<PeerId, VecDeque<Box<[u8]>>>,
    count: usize,
}

impl Held {
    /// Keeps a packet. The peer's oldest one makes room where too many wait, since the newest
    /// is the likeliest to be wanted still. Tells how many were dropped.
    pub(super) fn push(&mut self, peer: PeerId, packet: &[u8]) -> u64 {
        let waiting = self.packets.entry(peer).or_default();
        if self.count >= HELD_IN_ALL && waiting.is_empty() {
            self.packets.remove(&peer);
            return 1;
        }
        let full = waiting.len() >= HELD_PER_PEER || self.count >= HELD_IN_ALL;
        if full && waiting.pop_front().is_some() {
            self.count -= 1;
        }
        waiting.push_back(packet.into());
        self.count += 1;
        u64::from(full)
    }

    /// Takes all that waits for a peer.
    pub(super) fn take(&mut self, peer: PeerId) -> VecDeque<Box<[u8]>> {
        let waiting = self.packets.remove(&peer).unwrap_or_default();
        self.count -= waiting.len();
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_packet_makes_room_for_the_newest() {
        let mut held = Held::default();
        let dropped: u64 = (0..=HELD_PER_PEER)
            .map(|n| held.push(PeerId(1), &[n as u8]))
            .sum();
        assert_eq!(dropped, 1);
        let waiting = held.take(PeerId(1));
        assert_eq!(waiting.len(), HELD_PER_PEER);
        assert_eq!(*waiting[0], [1]);
        assert_eq!(held.count, 0);
    }

    #[test]
    fn many_peers_share_one_bound() {
        let mut held = Held::default();
        let peers = (HELD_IN_ALL / HELD_PER_PEER) as u32;
        for peer in 0..peers {
            (0..HELD_PER_PEER).for_each(|_| assert_eq!(held.push(PeerId(peer), &[0]), 0));
        }
        assert_eq!(held.push(PeerId(peers), &[0]), 1);
        assert_eq!(held.push(PeerId(0), &[0]), 1);
        assert_eq!(held.count, HELD_IN_ALL);
    }
}
