//! What the decisions leave to do.

use std::{net::SocketAddr, time::SystemTime};

use crate::{PeerId, PublicKey};

/// One side effect that the data path carries out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// Send a handshake initiation.
    Initiate(PeerId),
    /// Send an empty transport message.
    Keepalive(PeerId),
    /// A session is ready: send what waits for it.
    SendHeld(PeerId),
    /// No session came: drop what waits for it.
    DropHeld(PeerId),
    /// Erase the peer's tunnel with all its keys.
    CloseTunnel(PeerId),
    /// The peer is gone: erase its tunnel and tell the inner side.
    Forget(PeerId),
    /// Tell whoever listens.
    Emit(PeerEvent),
}

/// Something about a peer that a listener outside may want to keep.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PeerEvent {
    /// A handshake was completed.
    Handshake {
        /// Which peer.
        public_key: PublicKey,
        /// Where it was heard.
        endpoint: Option<SocketAddr>,
        /// By which index the peer addresses this device now.
        receiver_index: u32,
        /// Bytes of whole messages sent to the peer so far.
        sent_bytes: u64,
        /// Bytes of whole authenticated messages received from the peer so far.
        received_bytes: u64,
        /// When.
        at: SystemTime,
    },
    /// The peer was heard from a new address.
    Roamed {
        /// Which peer.
        public_key: PublicKey,
        /// Where it was heard.
        endpoint: Option<SocketAddr>,
        /// By which index the peer addresses this device now, or 0 before the first session.
        receiver_index: u32,
        /// Bytes of whole messages sent to the peer so far.
        sent_bytes: u64,
        /// Bytes of whole authenticated messages received from the peer so far.
        received_bytes: u64,
        /// When.
        at: SystemTime,
    },
}
