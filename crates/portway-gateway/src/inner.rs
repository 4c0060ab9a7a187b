//! The contract between the data path and an inner side made of sockets.

use std::{net::IpAddr, time::Instant};

use mio::{Registry, event::Event};

/// Names a peer inside one data path; never used twice while the process runs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerId(pub u32);

/// An inner side that terminates packets in the process: the user-space exit, or the client's
/// own stack. The data-path thread drives it and nobody else touches it.
///
/// After any `handle_*` call the driver takes packets with [`poll_packet`](Self::poll_packet)
/// until there is none, then asks [`next_timeout`](Self::next_timeout) again.
pub trait InnerStack: Send {
    /// Gives the stack the registry for its sockets, once, before anything else. Its tokens
    /// start at `first_token`; smaller ones belong to the driver.
    ///
    /// # Errors
    ///
    /// Fails when a socket cannot be registered.
    fn attach(&mut self, registry: Registry, first_token: usize) -> std::io::Result<()>;

    /// Takes one decrypted IP packet. Its source was checked against the peer's prefixes.
    fn handle_packet(&mut self, from: PeerId, packet: &[u8], now: Instant);

    /// Takes a readiness event of one of the stack's own sockets.
    fn handle_event(&mut self, event: &Event, now: Instant);

    /// Does what is due at `now`.
    fn handle_timeout(&mut self, now: Instant);

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, at the latest.
    fn next_timeout(&mut self) -> Option<Instant>;

    /// Writes the next IP packet for a peer into `packet` (at least the tunnel's MTU long) and
    /// tells its length. The data path routes it by its destination.
    fn poll_packet(&mut self, packet: &mut [u8], now: Instant) -> Option<usize>;

    /// Whether a packet of a peer to this address goes straight on to another peer whose prefix
    /// covers it, past this stack. By default none does.
    fn relays(&self, destination: IpAddr) -> bool {
        let _ = destination;
        false
    }

    /// Drops what belongs to a peer that was removed.
    fn forget_peer(&mut self, peer: PeerId);
}
