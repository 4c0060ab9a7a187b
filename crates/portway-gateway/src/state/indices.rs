//! The 24-bit indices by which the other side addresses this device's tunnels.

use std::collections::BTreeMap;

use crate::PeerId;

/// How many bits of a receiver index name the tunnel; the low eight count its sessions.
const INDEX_BITS: u32 = 24;

/// The source of randomness that is handed to the decisions.
pub(crate) type Random = Box<dyn FnMut() -> u32 + Send>;

/// Which tunnel an index names. Indices are random, so that an outsider cannot guess one.
#[derive(Default)]
pub(crate) struct Indices(BTreeMap<u32, PeerId>);

impl Indices {
    /// Allots a free index to a peer's tunnel.
    ///
    /// Open tunnels are far fewer than indices (each takes some kilobytes), so that a free one is
    /// found within a few draws.
    pub(crate) fn allot(&mut self, peer: PeerId, random: &mut Random) -> u32 {
        loop {
            let index = random() >> (u32::BITS - INDEX_BITS);
            if let std::collections::btree_map::Entry::Vacant(free) = self.0.entry(index) {
                free.insert(peer);
                return index;
            }
        }
    }

    /// Gives an index back.
    pub(crate) fn release(&mut self, index: u32) {
        self.0.remove(&index);
    }

    /// Whose tunnel a message with this receiver index is for.
    pub(crate) fn peer_of(&self, receiver: u32) -> Option<PeerId> {
        self.0.get(&(receiver >> (u32::BITS - INDEX_BITS))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_index_is_not_allotted_again_until_released() {
        let mut draws = [5_u32, 5, 6, 5].into_iter().map(|index| index << 8);
        let mut random: Random = Box::new(move || draws.next().unwrap());
        let mut indices = Indices::default();
        assert_eq!(indices.allot(PeerId(1), &mut random), 5);
        assert_eq!(indices.allot(PeerId(2), &mut random), 6);
        indices.release(5);
        assert_eq!(indices.allot(PeerId(3), &mut random), 5);
        assert_eq!(indices.peer_of(0x5ff), Some(PeerId(3)));
        assert_eq!(indices.peer_of(0x7ff), None);
    }
}
