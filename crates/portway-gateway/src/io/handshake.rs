//! Handshakes and what else is sent without being asked by a packet.

use std::{
    sync::MutexGuard,
    time::{Instant, SystemTime},
};

use super::worker::Worker;
use crate::{
    PeerId,
    state::{
        COOKIE_REPLY_LENGTH, CongestionMark, Content, DropReason, Endpoint, INITIATION_LENGTH,
        Message, RESPONSE_LENGTH, TRANSPORT_OVERHEAD,
    },
    tunnel::{BoringTunnel, Examination, Tunnel as _},
};

impl Worker {
    /// Handles a message that is no transport message.
    pub(super) fn handle_handshake(
        &mut self,
        kind: Message,
        message: &[u8],
        source: Endpoint,
        now: Instant,
    ) {
        self.device.synchronise(now, SystemTime::now());
        let result = match kind {
            Message::Initiation => self.handle_initiation(message, source, now),
            Message::Response { receiver } => self.handle_response(receiver, message, source, now),
            Message::CookieReply { receiver } => self.handle_cookie(receiver, message, now),
            Message::Transport { .. } => Ok(()),
        };
        if let Err(reason) = result {
            tracing::debug!(remote = %source.remote, reason = reason.label(), "handshake refused");
            self.counters.count_drop(reason);
        }
        self.carry_out_actions(now);
    }

    fn handle_initiation(
        &mut self,
        message: &[u8],
        source: Endpoint,
        now: Instant,
    ) -> Result<(), DropReason> {
        self.examine(message, source, now)?;
        let gatekeeper = self.tunnels.gatekeeper().ok_or(DropReason::NoIdentity)?;
        let initiation = gatekeeper.identify(message)?;
        let peer = self.device.admit_initiation(&initiation.sender(), now)?;
        // Nothing is opened for a peer that did not ask for it, and nothing twice.
        self.device.admit_stamp(peer, initiation.stamp()?)?;
        let tunnel = self.tunnels.open(peer, &mut self.device);
        let mut tunnel = tunnel.ok_or(DropReason::NoIdentity)?;
        let mut response = [0; RESPONSE_LENGTH];
        let written = tunnel.respond(message, &mut response, now)?;
        drop(tunnel);
        self.device
            .responded(peer, written.index, source, message.len(), now);
        self.send_message(peer, source, &response[..written.length], now);
        Ok(())
    }

    fn handle_response(
        &mut self,
        receiver: u32,
        message: &[u8],
        source: Endpoint,
        now: Instant,
    ) -> Result<(), DropReason> {
        self.examine(message, source, now)?;
        let (peer, mut tunnel) = self.addressed(receiver)?;
        let mut confirmation = [0; TRANSPORT_OVERHEAD];
        let length = tunnel.complete(message, &mut confirmation, now)?;
        drop(tunnel);
        self.device
            .completed(peer, receiver, source, message.len(), now);
        self.send_message(peer, source, &confirmation[..length], now);
        Ok(())
    }

    fn handle_cookie(
        &mut self,
        receiver: u32,
        message: &[u8],
        now: Instant,
    ) -> Result<(), DropReason> {
        let (_, mut tunnel) = self.addressed(receiver)?;
        tunnel.store_cookie(message, now)
    }

    /// The peer and the tunnel that a message names by its receiver index.
    fn addressed(
        &self,
        receiver: u32,
    ) -> Result<(PeerId, MutexGuard<'_, BoringTunnel>), DropReason> {
        let unknown = DropReason::UnknownIndex;
        let peer = self.device.peer_of(receiver).ok_or(unknown)?;
        let tunnel = self.tunnels.existing(peer).ok_or(unknown)?;
        Ok((peer, tunnel))
    }

    /// Lets the gatekeeper see a handshake message before anything is spent on it.
    fn examine(
        &mut self,
        message: &[u8],
        source: Endpoint,
        now: Instant,
    ) -> Result<(), DropReason> {
        let gatekeeper = self.tunnels.gatekeeper().ok_or(DropReason::NoIdentity)?;
        let mut reply = [0; COOKIE_REPLY_LENGTH];
        match gatekeeper.examine(source.remote.ip(), message, &mut reply) {
            Examination::Pass => self.device.admit_handshake(source.remote.ip(), now),
            Examination::Refuse(reason) => Err(reason),
            Examination::Answer(length) => {
                self.send_datagram(source, &reply[..length]);
                Err(DropReason::UnderLoad)
            }
        }
    }

    /// Sends a handshake initiation. What fails is tried again by the peer's timer.
    pub(super) fn send_initiation(&mut self, peer: PeerId, now: Instant) {
        let Some(endpoint) = self.device.endpoint(peer) else {
            return;
        };
        let Some(mut tunnel) = self.tunnels.open(peer, &mut self.device) else {
            return;
        };
        let mut message = [0; INITIATION_LENGTH];
        let written = tunnel.initiate(&mut message, now);
        drop(tunnel);
        match written {
            Ok(written) => self.send_message(peer, endpoint, &message[..written.length], now),
            Err(reason) => self.counters.count_drop(reason),
        }
    }

    /// Sends an empty transport message.
    pub(super) fn send_keepalive(&mut self, peer: PeerId, now: Instant) {
        self.outgoing.push(peer, &[]);
        self.flush_outgoing(now);
    }

    /// Sends what waited for a session.
    pub(super) fn send_held(&mut self, peer: PeerId, now: Instant) {
        for packet in self.held.take(peer) {
            if !self.outgoing.has_room(1, packet.len()) {
                self.flush_outgoing(now);
            }
            self.outgoing.push(peer, &packet);
        }
        self.flush_outgoing(now);
    }

    /// Drops what waited for a session that never came.
    pub(super) fn drop_held(&mut self, peer: PeerId) {
        let waited = self.held.take(peer).len() as u64;
        self.counters
            .count_drops(DropReason::HandshakeFailed, waited);
    }

    /// Sends one message that is not data, and tells the decisions. Where the address that the
    /// peer is answered from is no longer ours, the system chooses another.
    fn send_message(&mut self, peer: PeerId, mut to: Endpoint, message: &[u8], now: Instant) {
        let mut sent = self.send_datagram(to, message);
        if !sent && to.local.take().is_some() {
            self.forget_local_address(peer);
            sent = self.send_datagram(to, message);
        }
        if sent {
            self.device
                .sent(peer, message.len(), Content::Handshake, now);
        }
    }

    /// Nothing could be sent to a peer: the address that it is answered from may be gone.
    pub(super) fn forget_local_address(&mut self, peer: PeerId) {
        let Some(endpoint) = self.device.endpoint(peer) else {
            return;
        };
        if endpoint.local.is_some() {
            self.device.forget_local_address(peer);
            self.sockets.regain_offload(endpoint.remote);
        }
    }

    fn send_datagram(&self, to: Endpoint, message: &[u8]) -> bool {
        let socket = self.sockets.towards(to.remote);
        let sent = socket.is_some_and(|socket| {
            socket
                .send(to, CongestionMark::NotCapable, message, message.len())
                .is_ok()
        });
        if sent {
            self.counters.count_sent(1, message.len() as u64);
        } else {
            self.counters.count_drop(DropReason::SendFailed);
        }
        sent
    }
}
