//! WireGuard's cryptography of one peer, behind a trait: today boringtun, later a core of our
//! own, with the same callers.

mod batch;
mod boring;
mod gatekeeper;
mod initiation;
#[cfg(test)]
mod tests;

pub(crate) use batch::{Packet, PacketBatch};
pub(crate) use boring::BoringTunnel;
pub(crate) use gatekeeper::{Examination, Gatekeeper};

use std::time::Instant;

use crate::state::DropReason;

/// The sessions with one peer. Decides nothing: when to send what is up to
/// [`crate::state::Device`].
pub(crate) trait Tunnel {
    /// Encrypts each packet of a batch where it lies: the message begins in the free room
    /// before the packet and ends in that behind it.
    ///
    /// # Errors
    ///
    /// Without a session nothing is sealed.
    fn seal(&mut self, batch: &mut PacketBatch<'_>, now: Instant) -> Result<(), DropReason>;

    /// Decrypts each transport message of a batch where it lies and leaves the inner packet,
    /// cut to its own length. A keepalive leaves an empty packet; what is not authentic is
    /// marked with the reason.
    fn open(&mut self, batch: &mut PacketBatch<'_>, now: Instant);

    /// Writes a handshake initiation and tells the sender index in it.
    ///
    /// # Errors
    ///
    /// Fails where the buffer is shorter than an initiation.
    fn initiate(&mut self, message: &mut [u8], now: Instant) -> Result<Written, DropReason>;

    /// Answers an initiation.
    ///
    /// # Errors
    ///
    /// Refuses one that is not authentic, or not newer than the last.
    fn respond(
        &mut self,
        initiation: &[u8],
        response: &mut [u8],
        now: Instant,
    ) -> Result<Written, DropReason>;

    /// Takes the response to an initiation and writes the empty message that confirms the
    /// session to the other side.
    ///
    /// # Errors
    ///
    /// Refuses one that answers no initiation, or is not authentic.
    fn complete(
        &mut self,
        response: &[u8],
        confirmation: &mut [u8],
        now: Instant,
    ) -> Result<usize, DropReason>;

    /// Keeps a cookie for the next handshake message; nothing is sent at once.
    ///
    /// # Errors
    ///
    /// Refuses one that is not authentic.
    fn store_cookie(&mut self, reply: &[u8], now: Instant) -> Result<(), DropReason>;
}

/// A handshake message that was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Written {
    /// Its length in bytes.
    pub(crate) length: usize,
    /// The index by which the other side will address this tunnel.
    pub(crate) index: u32,
}
