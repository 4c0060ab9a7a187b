//! What stands before every tunnel: handshake messages are checked, limited and answered by
//! cookies before any Diffie-Hellman is spent on them.

use std::{net::IpAddr, sync::Arc};

use boringtun::{
    noise::{TunnResult, errors::WireGuardError, rate_limiter::RateLimiter},
    x25519,
};

use super::initiation::{InitiationReader, NamedInitiation};
use crate::{PrivateKey, PublicKey, state::DropReason};

/// More handshake messages a second than this are answered by cookies first.
const HANDSHAKES_BEFORE_COOKIES: u64 = 100;

/// What the gatekeeper says of a handshake message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Examination {
    /// Worth a Diffie-Hellman.
    Pass,
    /// Answer with the cookie reply of this length.
    Answer(usize),
    /// Drop it silently.
    Refuse(DropReason),
}

/// The device's side of mac1, mac2 and cookies.
pub(crate) struct Gatekeeper {
    reader: InitiationReader,
    limiter: RateLimiter,
    /// Given to the tunnels: examined messages must not be counted again.
    open_gate: Arc<RateLimiter>,
}

impl Gatekeeper {
    pub(crate) fn new(private_key: &PrivateKey, public_key: &PublicKey) -> Self {
        let reader = InitiationReader::new(private_key, public_key);
        let public_key = x25519::PublicKey::from(*public_key.as_bytes());
        Self {
            reader,
            limiter: RateLimiter::new(&public_key, HANDSHAKES_BEFORE_COOKIES),
            open_gate: Arc::new(RateLimiter::new(&public_key, u64::MAX)),
        }
    }

    /// The limiter for tunnels, which lets everything pass.
    pub(crate) fn open_gate(&self) -> Arc<RateLimiter> {
        Arc::clone(&self.open_gate)
    }

    /// Examines an initiation or a response; a cookie reply is written to `reply`.
    pub(crate) fn examine(&self, source: IpAddr, message: &[u8], reply: &mut [u8]) -> Examination {
        self.limiter.reset_count();
        match self.limiter.verify_packet(Some(source), message, reply) {
            Ok(_) => Examination::Pass,
            Err(TunnResult::WriteToNetwork(cookie)) => Examination::Answer(cookie.len()),
            Err(TunnResult::Err(WireGuardError::InvalidMac)) => {
                Examination::Refuse(DropReason::BadMac)
            }
            Err(_) => Examination::Refuse(DropReason::Malformed),
        }
    }

    /// Reads who sent an initiation.
    ///
    /// # Errors
    ///
    /// Refuses one that was not made for this device.
    pub(crate) fn identify<'a>(
        &'a self,
        initiation: &'a [u8],
    ) -> Result<NamedInitiation<'a>, DropReason> {
        self.reader.name(initiation)
    }
}
