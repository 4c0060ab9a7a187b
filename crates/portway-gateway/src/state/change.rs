//! Changes applied to the device.

use std::time::{Duration, Instant};

use ipnet::IpNet;

use super::{
    Action, Device,
    device::Identity,
    peer::{Endpoint, Peer},
};
use crate::{Change, PeerChange, PeerId, PrivateKey, PublicKey};

/// Distance between handshakes that one change starts for many peers: a handshake costs some
/// hundred microseconds, and packets must not wait for thousands of them.
const SPREAD: Duration = Duration::from_millis(2);

impl Device {
    /// Applies one step. The port and the mark belong to the socket: the data path does those
    /// and tells the result.
    pub(crate) fn apply(&mut self, change: Change, now: Instant) {
        match change {
            Change::PrivateKey(key) => self.change_identity(key, now),
            Change::RemoveAllPeers => self.remove_all_peers(),
            Change::RemovePeer(key) => self.remove_peer(&key),
            Change::Peer(change) => self.change_peer(change, now),
            Change::ListenPort(_) | Change::FirewallMark(_) => {}
        }
    }

    fn change_identity(&mut self, key: Option<PrivateKey>, now: Instant) {
        let identity = key
            .filter(|key| !key.is_zero())
            .map(|private_key| Identity {
                public_key: private_key.public_key(),
                private_key,
            });
        let new_key = identity.as_ref().map(|identity| identity.public_key);
        let old_key = self.identity.as_ref().map(|identity| identity.public_key);
        if new_key == old_key {
            return;
        }
        self.identity = identity;
        if let Some(own) = new_key {
            self.remove_peer(&own);
        }
        let all: Vec<PeerId> = self.peers.keys().copied().collect();
        for id in all {
            self.close_tunnel(id);
            if self.peers.get(&id).is_some_and(|peer| peer.keepalive > 0) {
                self.send_first_keepalive(id, now);
            }
        }
    }

    fn remove_all_peers(&mut self) {
        let keys: Vec<PublicKey> = self.by_key.keys().copied().collect();
        for key in keys {
            self.remove_peer(&key);
        }
    }

    fn remove_peer(&mut self, key: &PublicKey) {
        let Some(id) = self.by_key.remove(key) else {
            return;
        };
        let Some(mut peer) = self.peers.remove(&id) else {
            return;
        };
        for prefix in &peer.prefixes {
            self.routes.remove(*prefix, id);
        }
        if let Some(index) = peer.tunnel_index {
            self.indices.release(index);
        }
        self.deadlines.remove(id, &mut peer.queued);
        self.actions.push_back(Action::Forget(id));
    }

    fn change_peer(&mut self, change: PeerChange, now: Instant) {
        let known = self.by_key.get(&change.public_key).copied();
        let own = self.identity.as_ref().map(|identity| identity.public_key);
        if own == Some(change.public_key) || (known.is_none() && change.update_only) {
            return;
        }
        let id = known.unwrap_or_else(|| self.add_peer(change.public_key));
        if let Some(key) = change.preshared_key {
            self.change_preshared_key(id, key.filter(|key| !key.is_zero()));
        }
        if let Some(remote) = change.endpoint {
            self.change_endpoint(id, remote.into(), now);
        }
        if let Some(keepalive) = change.keepalive {
            self.change_keepalive(id, keepalive, now);
        }
        self.change_prefixes(
            id,
            change.replace_allowed_prefixes,
            &change.allowed_prefixes,
        );
    }

    fn add_peer(&mut self, key: PublicKey) -> PeerId {
        let id = PeerId(self.next_id);
        self.next_id += 1;
        self.by_key.insert(key, id);
        self.peers.insert(id, Peer::new(key));
        id
    }

    fn change_preshared_key(&mut self, id: PeerId, key: Option<crate::PresharedKey>) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.preshared_key != key {
            peer.preshared_key = key;
            self.close_tunnel(id);
        }
    }

    fn change_endpoint(&mut self, id: PeerId, endpoint: Endpoint, now: Instant) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let is_first = peer.endpoint.replace(endpoint).is_none();
        // Until now there was nowhere to send them.
        if is_first && peer.keepalive > 0 {
            self.send_first_keepalive(id, now);
        }
    }

    fn change_keepalive(&mut self, id: PeerId, keepalive: u16, now: Instant) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let turned_on = peer.keepalive == 0 && keepalive > 0;
        peer.keepalive = keepalive;
        let first = peer.keepalive_interval().map(|interval| now + interval);
        peer.timers.keepalive_changed(first);
        if turned_on {
            self.send_first_keepalive(id, now);
        }
        self.wake(id);
    }

    /// Sends a keepalive at once; for the many peers of one change "at once" is spread out,
    /// because each begins with a handshake.
    fn send_first_keepalive(&mut self, id: PeerId, now: Instant) {
        let first = self.spread_until.max(now);
        self.spread_until = first + SPREAD;
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.timers.keepalive_changed(Some(first));
        }
        self.wake(id);
    }

    fn change_prefixes(&mut self, id: PeerId, replace: bool, changes: &[(IpNet, bool)]) {
        if replace {
            let earlier = self
                .peers
                .get_mut(&id)
                .map(|peer| std::mem::take(&mut peer.prefixes));
            for prefix in earlier.unwrap_or_default() {
                self.routes.remove(prefix, id);
            }
        }
        for (prefix, add) in changes {
            let prefix = prefix.trunc();
            if *add {
                self.add_prefix(id, prefix);
            } else if self.routes.remove(prefix, id) {
                self.forget_prefix(id, prefix);
            }
        }
    }

    fn add_prefix(&mut self, id: PeerId, prefix: IpNet) {
        let before = self.routes.insert(prefix, id);
        if before == Some(id) {
            return;
        }
        if let Some(robbed) = before {
            self.forget_prefix(robbed, prefix);
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.prefixes.push(prefix);
        }
    }

    fn forget_prefix(&mut self, id: PeerId, prefix: IpNet) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.prefixes.retain(|known| *known != prefix);
        }
    }
}
