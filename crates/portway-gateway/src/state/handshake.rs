//! Decisions about handshakes.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use super::{
    Content, Device, DropReason, Endpoint,
    peer::{Role, Session},
};
use crate::{PeerId, PublicKey};

/// When an initiation was made, as its sender's clock says (TAI64N, big endian).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Stamp(pub(crate) [u8; 12]);

/// A peer's initiations closer together than this are refused: fifty a second.
const INITIATION_INTERVAL: Duration = Duration::from_millis(20);

impl Device {
    /// Whether a handshake message of this source is worth a Diffie-Hellman.
    ///
    /// # Errors
    ///
    /// Refuses a source that sends too many while many arrive.
    pub(crate) fn admit_handshake(
        &mut self,
        source: IpAddr,
        now: Instant,
    ) -> Result<(), DropReason> {
        let admitted = self.flood_gate.admit(source, now);
        admitted.then_some(()).ok_or(DropReason::UnderLoad)
    }

    /// Whether an initiation of this key is to be answered.
    ///
    /// # Errors
    ///
    /// Names why not.
    pub(crate) fn admit_initiation(
        &self,
        key: &PublicKey,
        now: Instant,
    ) -> Result<PeerId, DropReason> {
        let id = *self.by_key.get(key).ok_or(DropReason::RefusedHandshake)?;
        let peer = self.peers.get(&id).ok_or(DropReason::RefusedHandshake)?;
        let too_soon = |last| now < last + INITIATION_INTERVAL;
        if peer.last_answered.is_some_and(too_soon) {
            return Err(DropReason::HandshakeTooSoon);
        }
        Ok(id)
    }

    /// Takes note of the time of an authentic initiation, for as long as the peer is there.
    ///
    /// # Errors
    ///
    /// Refuses one that is not later than the latest of this peer: it is a copy.
    pub(crate) fn admit_stamp(&mut self, id: PeerId, stamp: Stamp) -> Result<(), DropReason> {
        let peer = self
            .peers
            .get_mut(&id)
            .ok_or(DropReason::RefusedHandshake)?;
        if peer.latest_stamp.is_some_and(|latest| stamp <= latest) {
            return Err(DropReason::RefusedHandshake);
        }
        peer.latest_stamp = Some(stamp);
        Ok(())
    }

    /// Takes note of an initiation that was authentic and answered; `index` is ours in the new
    /// session.
    pub(crate) fn responded(
        &mut self,
        id: PeerId,
        index: u32,
        source: Endpoint,
        bytes: usize,
        now: Instant,
    ) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        // Only what was authentic counts: replays must not lock the peer out.
        peer.last_answered = Some(now);
        peer.sessions.respond(Session {
            index,
            made_at: now,
            role: Role::Responder,
        });
        peer.timers.keys_made(now);
        self.heard(id, source, bytes, Content::Handshake, now);
    }

    /// Takes note of a response that was authentic; `index` is ours in the new session.
    pub(crate) fn completed(
        &mut self,
        id: PeerId,
        index: u32,
        source: Endpoint,
        bytes: usize,
        now: Instant,
    ) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.sessions.complete(Session {
            index,
            made_at: now,
            role: Role::Initiator,
        });
        peer.timers.keys_made(now);
        self.heard(id, source, bytes, Content::Handshake, now);
        self.session_ready(id, now);
    }
}
