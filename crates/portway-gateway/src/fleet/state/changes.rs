//! What the data path is to be told, in order.

use ipnet::IpNet;

use super::super::PeerRecord;
use crate::{Change, PeerChange, PublicKey};

/// The changes that nobody has taken yet.
#[derive(Default)]
pub(super) struct Changes(Vec<Change>);

impl Changes {
    pub(super) fn take(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.0)
    }

    /// Adds a peer, without prefixes. Whatever `wg` made of it, the fleet's word replaces it.
    pub(super) fn add(&mut self, record: &PeerRecord) {
        self.0.push(Change::Peer(PeerChange {
            preshared_key: Some(record.preshared_key.clone()),
            keepalive: Some(record.keepalive),
            replace_allowed_prefixes: true,
            ..PeerChange::new(record.public_key)
        }));
    }

    /// Sets what of a peer that the data path has differs from `earlier`.
    pub(super) fn set(&mut self, record: &PeerRecord, earlier: &PeerRecord) {
        let key = &record.public_key;
        if earlier.preshared_key != record.preshared_key {
            self.amend(key).preshared_key = Some(record.preshared_key.clone());
        }
        if earlier.keepalive != record.keepalive {
            self.amend(key).keepalive = Some(record.keepalive);
        }
    }

    /// Routes a prefix to a peer that the data path has.
    pub(super) fn route(&mut self, key: &PublicKey, prefix: IpNet) {
        self.amend(key).allowed_prefixes.push((prefix, true));
    }

    /// Takes a prefix from a peer that the data path has.
    pub(super) fn withdraw(&mut self, key: &PublicKey, prefix: IpNet) {
        self.amend(key).allowed_prefixes.push((prefix, false));
    }

    pub(super) fn remove(&mut self, key: PublicKey) {
        self.0.push(Change::RemovePeer(key));
    }

    /// The change of a peer that the data path has, joined with the one before where that is of
    /// the same peer.
    fn amend(&mut self, key: &PublicKey) -> &mut PeerChange {
        let joins = matches!(self.0.last(), Some(Change::Peer(last)) if last.public_key == *key);
        if !joins {
            // A peer that `wg` removed meanwhile must not come back half made.
            let change = PeerChange {
                update_only: true,
                ..PeerChange::new(*key)
            };
            self.0.push(Change::Peer(change));
        }
        match self.0.last_mut() {
            Some(Change::Peer(change)) => change,
            _ => unreachable!("the last change is of this peer: it was found or pushed above"),
        }
    }
}
