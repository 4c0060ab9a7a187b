//! The device: its identity, its peers, and the queue of what is left to do.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    Action, Counters, DropReason,
    deadlines::Deadlines,
    flood::FloodGate,
    indices::{Indices, Random},
    peer::Peer,
    routes::Routes,
    timers::Due,
};
use crate::{DeviceSnapshot, PeerId, PresharedKey, PrivateKey, PublicKey};

/// The longest random delay of a retried initiation.
const MAXIMUM_JITTER_MILLISECONDS: u32 = 333;

/// The device's own key pair.
pub(super) struct Identity {
    pub(super) private_key: PrivateKey,
    pub(super) public_key: PublicKey,
}

/// What it takes to open a peer's tunnel.
pub(crate) struct TunnelKeys {
    pub(crate) private_key: PrivateKey,
    pub(crate) peer_public_key: PublicKey,
    pub(crate) preshared_key: Option<PresharedKey>,
    /// The 24-bit index of the tunnel.
    pub(crate) index: u32,
}

/// All decisions of one WireGuard device.
pub(crate) struct Device {
    pub(super) identity: Option<Identity>,
    pub(super) listen_port: u16,
    pub(super) firewall_mark: u32,
    pub(super) peers: BTreeMap<PeerId, Peer>,
    pub(super) by_key: BTreeMap<PublicKey, PeerId>,
    pub(super) next_id: u32,
    pub(super) routes: Routes,
    pub(super) indices: Indices,
    pub(super) deadlines: Deadlines,
    pub(super) flood_gate: FloodGate,
    pub(super) actions: VecDeque<Action>,
    pub(super) random: Random,
    pub(super) counters: Arc<Counters>,
    /// The same moment on both clocks, from which calendar times are told.
    epoch: (Instant, SystemTime),
    /// When the last of the handshakes that were spread out is due.
    pub(super) spread_until: Instant,
}

impl Device {
    /// Makes a device without identity and peers. `now` and `calendar` are the same moment;
    /// `random` is asked for indices and jitter.
    pub(crate) fn new(
        counters: Arc<Counters>,
        random: Random,
        now: Instant,
        calendar: SystemTime,
    ) -> Self {
        Self {
            identity: None,
            listen_port: 0,
            firewall_mark: 0,
            peers: BTreeMap::new(),
            by_key: BTreeMap::new(),
            next_id: 0,
            routes: Routes::default(),
            indices: Indices::default(),
            deadlines: Deadlines::default(),
            flood_gate: FloodGate::new(now),
            actions: VecDeque::new(),
            random,
            counters,
            epoch: (now, calendar),
            spread_until: now,
        }
    }

    /// Tells the calendar time of `now` again: it may have been set meanwhile.
    pub(crate) fn synchronise(&mut self, now: Instant, calendar: SystemTime) {
        self.epoch = (now, calendar);
    }

    pub(super) fn calendar(&self, now: Instant) -> SystemTime {
        self.epoch.1 + now.saturating_duration_since(self.epoch.0)
    }

    /// Takes note of the port that is really bound.
    pub(crate) fn set_listen_port(&mut self, port: u16) {
        self.listen_port = port;
    }

    /// Takes note of the mark that outgoing datagrams really bear.
    pub(crate) fn set_firewall_mark(&mut self, mark: u32) {
        self.firewall_mark = mark;
    }

    /// The device's own key pair, if it has one.
    pub(crate) fn identity(&self) -> Option<(&PrivateKey, &PublicKey)> {
        let identity = self.identity.as_ref()?;
        Some((&identity.private_key, &identity.public_key))
    }

    /// The device as it is now.
    pub(crate) fn snapshot(&self) -> DeviceSnapshot {
        DeviceSnapshot {
            private_key: self
                .identity
                .as_ref()
                .map(|identity| identity.private_key.clone()),
            listen_port: self.listen_port,
            firewall_mark: self.firewall_mark,
            peers: self.peers.values().map(Peer::snapshot).collect(),
        }
    }

    /// Takes the next side effect to carry out; ask again until there is none.
    pub(crate) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; ask again after any
    /// other call.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Does what is due at `now`.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.deadlines.pop(now) {
            if let Some(peer) = self.peers.get_mut(&id) {
                peer.queued = None;
            }
            while let Some(due) = self.take_due(id, now) {
                self.handle_due(id, due, now);
            }
            self.wake(id);
        }
    }

    fn take_due(&mut self, id: PeerId, now: Instant) -> Option<Due> {
        self.peers.get_mut(&id)?.timers.due(now)
    }

    fn handle_due(&mut self, id: PeerId, due: Due, now: Instant) {
        match due {
            Due::Initiate => {
                // Nobody answered: it may be that we no longer have the address that was used.
                self.forget_local_address(id);
                self.initiate(id, now);
            }
            Due::Keepalive => self.keepalive(id, now),
            Due::GiveUp => self.give_up(id),
            Due::Erase => self.close_tunnel(id),
        }
    }

    fn keepalive(&mut self, id: PeerId, now: Instant) {
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        if peer.sessions.can_seal(now) {
            self.actions.push_back(Action::Keepalive(id));
        } else if !peer.timers.handshake_in_progress() {
            self.initiate(id, now);
        }
    }

    /// Ends an attempt that nobody answered. A session that still lives ends with it: the tunnel
    /// takes no second attempt while it counts the first as under way.
    fn give_up(&mut self, id: PeerId) {
        self.actions.push_back(Action::DropHeld(id));
        self.close_tunnel(id);
    }

    /// Asks for an initiation, where that can be sent and was not sent just now.
    pub(super) fn initiate(&mut self, id: PeerId, now: Instant) {
        if self.identity.is_none() {
            return;
        }
        let jitter = self.jitter();
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.endpoint.is_none() || !peer.timers.may_initiate(now) {
            return;
        }
        let interval = peer.keepalive_interval();
        peer.timers.initiation_sent(now, jitter, interval);
        self.actions.push_back(Action::Initiate(id));
        self.wake(id);
    }

    fn jitter(&mut self) -> Duration {
        let milliseconds = (self.random)() % (MAXIMUM_JITTER_MILLISECONDS + 1);
        Duration::from_millis(milliseconds.into())
    }

    /// Puts a peer's first deadline into the queue.
    pub(super) fn wake(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if let Some(wanted) = peer.timers.next() {
            self.deadlines.wake(id, wanted, &mut peer.queued);
        }
    }

    /// Allots what it takes to open a peer's tunnel. Nothing without an identity.
    pub(crate) fn open_tunnel(&mut self, id: PeerId) -> Option<TunnelKeys> {
        let identity = self.identity.as_ref()?;
        let peer = self.peers.get_mut(&id)?;
        let index = match peer.tunnel_index {
            Some(index) => index,
            None => self.indices.allot(id, &mut self.random),
        };
        peer.tunnel_index = Some(index);
        Some(TunnelKeys {
            private_key: identity.private_key.clone(),
            peer_public_key: peer.public_key,
            preshared_key: peer.preshared_key.clone(),
            index,
        })
    }

    /// Ends all sessions of a peer.
    pub(super) fn close_tunnel(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.sessions = super::peer::Sessions::default();
        if peer.timers.handshake_in_progress() {
            self.actions.push_back(Action::DropHeld(id));
        }
        peer.timers.sessions_closed();
        if let Some(index) = peer.tunnel_index.take() {
            self.indices.release(index);
            self.actions.push_back(Action::CloseTunnel(id));
        }
    }

    /// A peer's public key.
    pub(crate) fn public_key_of(&self, id: PeerId) -> Option<PublicKey> {
        self.peers.get(&id).map(|peer| peer.public_key)
    }

    /// Where datagrams to a peer go.
    pub(crate) fn endpoint(&self, id: PeerId) -> Option<super::Endpoint> {
        self.peers.get(&id)?.endpoint
    }

    /// Forgets from which of our addresses a peer is answered: it may no longer be ours.
    pub(crate) fn forget_local_address(&mut self, id: PeerId) {
        if let Some(endpoint) = self
            .peers
            .get_mut(&id)
            .and_then(|peer| peer.endpoint.as_mut())
        {
            endpoint.local = None;
        }
    }

    /// Counts a drop.
    pub(crate) fn drop_packet(&self, reason: DropReason) {
        self.counters.count_drop(reason);
    }
}
