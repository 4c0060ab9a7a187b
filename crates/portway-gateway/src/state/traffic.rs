//! Decisions per packet, in both directions.

use std::{net::IpAddr, time::Instant};

use super::{Action, Device, DropReason, Endpoint, action::PeerEvent, peer::Peer};
use crate::PeerId;

/// What a message carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Content {
    /// At least one inner packet.
    Data,
    /// Nothing: it only keeps the session alive.
    Keepalive,
    /// A handshake message.
    Handshake,
}

/// Whether packets to a peer can go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readiness {
    /// Seal them and send them to this endpoint.
    Ready(Endpoint),
    /// Keep them until [`Action::SendHeld`] or [`Action::DropHeld`].
    Hold,
    /// Drop them.
    Refuse(DropReason),
}

impl Device {
    /// Which peer a packet to this destination goes to.
    pub(crate) fn route(&self, destination: IpAddr) -> Option<PeerId> {
        self.routes.longest_match(destination)
    }

    /// Whether packets to a peer can go now; begins a handshake where they cannot.
    pub(crate) fn prepare_send(&mut self, id: PeerId, now: Instant) -> Readiness {
        if self.identity.is_none() {
            return Readiness::Refuse(DropReason::NoIdentity);
        }
        let Some(peer) = self.peers.get(&id) else {
            return Readiness::Refuse(DropReason::NoRoute);
        };
        let Some(endpoint) = peer.endpoint else {
            return Readiness::Refuse(DropReason::NoEndpoint);
        };
        if peer.sessions.can_seal(now) {
            return Readiness::Ready(endpoint);
        }
        if !peer.timers.handshake_in_progress() {
            self.initiate(id, now);
        }
        Readiness::Hold
    }

    /// Takes note that messages went out, `bytes` in all.
    pub(crate) fn sent(&mut self, id: PeerId, bytes: usize, content: Content, now: Instant) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.sent_bytes += bytes as u64;
        let interval = peer.keepalive_interval();
        peer.timers.sent(now, content == Content::Data, interval);
        let rekey = content != Content::Handshake && peer.sessions.wants_rekey_on_send(now);
        if rekey && !peer.timers.handshake_in_progress() {
            self.initiate(id, now);
        }
        self.wake(id);
    }

    /// Whose tunnel a message with this receiver index is for, whatever its session.
    pub(crate) fn peer_of(&self, receiver: u32) -> Option<PeerId> {
        self.indices.peer_of(receiver)
    }

    /// Whose tunnel opens a transport message with this receiver index.
    ///
    /// # Errors
    ///
    /// Names why nobody does.
    pub(crate) fn prepare_open(&self, receiver: u32, now: Instant) -> Result<PeerId, DropReason> {
        let id = self.peer_of(receiver).ok_or(DropReason::UnknownIndex)?;
        let peer = self.peers.get(&id).ok_or(DropReason::UnknownIndex)?;
        if peer.sessions.can_open(receiver, now) {
            Ok(id)
        } else {
            Err(DropReason::ExpiredSession)
        }
    }

    /// Takes note of authentic transport messages from one source, `bytes` in all.
    pub(crate) fn received(
        &mut self,
        id: PeerId,
        receiver: u32,
        source: Endpoint,
        bytes: usize,
        content: Content,
        now: Instant,
    ) {
        let confirmed = match self.peers.get_mut(&id) {
            Some(peer) => peer.sessions.confirm(receiver),
            None => return,
        };
        if confirmed {
            self.session_ready(id, now);
        }
        self.heard(id, source, bytes, content, now);
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        let rekey = content == Content::Data && peer.sessions.wants_rekey_on_receipt(now);
        if rekey && !peer.timers.handshake_in_progress() {
            self.initiate(id, now);
        }
    }

    /// Takes note of anything authentic of a peer: its address, its bytes, its timers.
    pub(super) fn heard(
        &mut self,
        id: PeerId,
        source: Endpoint,
        bytes: usize,
        content: Content,
        now: Instant,
    ) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.received_bytes += bytes as u64;
        let interval = peer.keepalive_interval();
        peer.timers
            .received(now, content == Content::Data, interval);
        if peer.endpoint != Some(source) {
            let moved = peer.endpoint.map(|endpoint| endpoint.remote) != Some(source.remote);
            peer.endpoint = Some(source);
            if moved {
                self.emit_roamed(id, now);
            }
        }
        self.wake(id);
    }

    fn emit_roamed(&mut self, id: PeerId, now: Instant) {
        let at = self.calendar(now);
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        self.counters.count_roamed();
        self.actions.push_back(Action::Emit(PeerEvent::Roamed {
            public_key: peer.public_key,
            endpoint: peer.endpoint.map(|endpoint| endpoint.remote),
            receiver_index: peer.sessions.current_index().unwrap_or(0),
            sent_bytes: peer.sent_bytes,
            received_bytes: peer.received_bytes,
            at,
        }));
    }

    /// Whether an inner packet from this peer may bear this source address.
    pub(crate) fn accepts_source(&self, id: PeerId, source: IpAddr) -> bool {
        self.routes.longest_match(source) == Some(id)
    }

    /// A session is usable from now on.
    pub(super) fn session_ready(&mut self, id: PeerId, now: Instant) {
        let at = self.calendar(now);
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.timers.handshake_answered();
        peer.last_handshake = Some(at);
        let event = handshake_event(peer, at);
        self.counters.count_handshake();
        self.actions.push_back(Action::SendHeld(id));
        self.actions.push_back(Action::Emit(event));
    }
}

fn handshake_event(peer: &Peer, at: std::time::SystemTime) -> PeerEvent {
    PeerEvent::Handshake {
        public_key: peer.public_key,
        endpoint: peer.endpoint.map(|endpoint| endpoint.remote),
        receiver_index: peer.sessions.current_index().unwrap_or(0),
        sent_bytes: peer.sent_bytes,
        received_bytes: peer.received_bytes,
        at,
    }
}
