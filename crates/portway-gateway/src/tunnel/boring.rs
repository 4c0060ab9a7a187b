//! The tunnel on boringtun's `Tunn`, of which only the Noise handshake and the sessions are
//! used: timers, queues and rate limits are decided in [`crate::state`].

use std::{cell::RefCell, sync::Arc, time::Instant};

use boringtun::{
    noise::{Tunn, TunnResult, errors::WireGuardError, rate_limiter::RateLimiter},
    x25519,
};
use tracing::subscriber::NoSubscriber;

use super::{Packet, PacketBatch, Tunnel, Written};
use crate::state::{
    DropReason, TRANSPORT_HEADER, TRANSPORT_OVERHEAD, TRANSPORT_TAG, TunnelKeys, counter,
    receiver_index, sender_index,
};

/// From this counter on a session is used up (REJECT_AFTER_MESSAGES): boringtun's window would
/// overflow a little later, and begin anew.
const REJECT_AFTER_MESSAGES: u64 = u64::MAX - (1 << 13);

thread_local! {
    /// boringtun copies from one buffer to another; this is the other one. It grows to the
    /// largest packet seen on this thread.
    static COPY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One peer's tunnel.
pub(crate) struct BoringTunnel {
    tunn: Tunn,
    /// Whether boringtun has a session to seal with: it would queue the packet otherwise.
    has_session: bool,
    /// The index in the latest initiation. boringtun takes answers to the one before as well, and
    /// then counts the handshake as still under way.
    initiated: Option<u32>,
}

impl BoringTunnel {
    /// Opens a tunnel; costs two Diffie-Hellman operations. `limiter` must let everything
    /// pass: the gatekeeper has examined the message before.
    pub(crate) fn new(keys: &TunnelKeys, limiter: Arc<RateLimiter>) -> Self {
        let tunn = Tunn::new(
            x25519::StaticSecret::from(*keys.private_key.as_bytes()),
            x25519::PublicKey::from(*keys.peer_public_key.as_bytes()),
            keys.preshared_key.as_ref().map(|key| *key.as_bytes()),
            None,
            keys.index,
            Some(limiter),
        );
        Self {
            tunn,
            has_session: false,
            initiated: None,
        }
    }

    /// Lets boringtun look at its clock, which stands still otherwise. By it boringtun knows the
    /// later of two sessions, so that a late packet does not bring the earlier one back, erases
    /// sessions past their time, and forgets an old cookie.
    ///
    /// What it would like to send finds no room and is dropped, and what it says of that is not
    /// heard: that is decided elsewhere.
    fn look_at_the_clock(&mut self) {
        tracing::subscriber::with_default(NoSubscriber::default(), || {
            let _ = self.tunn.update_timers(&mut [0; TRANSPORT_OVERHEAD]);
        });
    }

    fn seal_one(&mut self, packet: &mut Packet, memory: &mut [u8], copy: &mut Vec<u8>) {
        let plain = packet.offset..packet.offset + packet.length;
        copy.clear();
        copy.extend_from_slice(&memory[plain.clone()]);
        let message = plain.start - TRANSPORT_HEADER..plain.end + TRANSPORT_TAG;
        match self.tunn.encapsulate(copy, &mut memory[message.clone()]) {
            // Where it has just erased the session it writes an initiation instead.
            TunnResult::WriteToNetwork(sealed) if counter(sealed).is_some() => {
                *packet = Packet::new(message.start, sealed.len());
            }
            _ => packet.discard(DropReason::SendFailed),
        }
    }

    fn open_one(&mut self, packet: &mut Packet, memory: &mut [u8], copy: &mut Vec<u8>) {
        let message = packet.offset..packet.offset + packet.length;
        copy.clear();
        copy.extend_from_slice(&memory[message.clone()]);
        if counter(copy).is_none_or(|counter| counter >= REJECT_AFTER_MESSAGES) {
            return packet.discard(DropReason::Replayed);
        }
        let plain = message.start + TRANSPORT_HEADER;
        match self
            .tunn
            .decapsulate(None, copy, &mut memory[plain..message.end])
        {
            TunnResult::WriteToTunnelV4(inner, _) | TunnResult::WriteToTunnelV6(inner, _) => {
                *packet = Packet::new(plain, inner.len());
                self.has_session = true;
            }
            TunnResult::Done => {
                *packet = Packet::new(plain, 0);
                self.has_session = true;
            }
            TunnResult::Err(error) => packet.discard(reason_of(&error)),
            TunnResult::WriteToNetwork(_) => packet.discard(DropReason::Malformed),
        }
    }
}

impl Tunnel for BoringTunnel {
    fn seal(&mut self, batch: &mut PacketBatch<'_>, _now: Instant) -> Result<(), DropReason> {
        if !self.has_session {
            return Err(DropReason::HandshakeFailed);
        }
        COPY.with_borrow_mut(|copy| {
            batch.each(|packet, memory| self.seal_one(packet, memory, copy));
        });
        Ok(())
    }

    fn open(&mut self, batch: &mut PacketBatch<'_>, _now: Instant) {
        COPY.with_borrow_mut(|copy| {
            batch.each(|packet, memory| self.open_one(packet, memory, copy));
        });
    }

    fn initiate(&mut self, message: &mut [u8], _now: Instant) -> Result<Written, DropReason> {
        self.look_at_the_clock();
        let written = written(self.tunn.format_handshake_initiation(message, true))?;
        self.initiated = Some(written.index);
        Ok(written)
    }

    fn respond(
        &mut self,
        initiation: &[u8],
        response: &mut [u8],
        _now: Instant,
    ) -> Result<Written, DropReason> {
        self.look_at_the_clock();
        written(self.tunn.decapsulate(None, initiation, response))
    }

    fn complete(
        &mut self,
        response: &[u8],
        confirmation: &mut [u8],
        _now: Instant,
    ) -> Result<usize, DropReason> {
        if self.initiated.is_none() || receiver_index(response) != self.initiated {
            return Err(DropReason::RefusedHandshake);
        }
        self.look_at_the_clock();
        match self.tunn.decapsulate(None, response, confirmation) {
            TunnResult::WriteToNetwork(message) => {
                self.has_session = true;
                self.initiated = None;
                Ok(message.len())
            }
            _ => Err(DropReason::RefusedHandshake),
        }
    }

    fn store_cookie(&mut self, reply: &[u8], _now: Instant) -> Result<(), DropReason> {
        self.look_at_the_clock();
        match self.tunn.decapsulate(None, reply, &mut []) {
            TunnResult::Done => Ok(()),
            _ => Err(DropReason::RefusedHandshake),
        }
    }
}

fn written(result: TunnResult<'_>) -> Result<Written, DropReason> {
    let TunnResult::WriteToNetwork(message) = result else {
        return Err(DropReason::RefusedHandshake);
    };
    let index = sender_index(message).ok_or(DropReason::RefusedHandshake)?;
    Ok(Written {
        length: message.len(),
        index,
    })
}

fn reason_of(error: &WireGuardError) -> DropReason {
    match error {
        WireGuardError::InvalidCounter | WireGuardError::DuplicateCounter => DropReason::Replayed,
        WireGuardError::InvalidAeadTag => DropReason::Unauthentic,
        WireGuardError::InvalidPacket => DropReason::MalformedInner,
        _ => DropReason::ExpiredSession,
    }
}
