//! A device as it is at one moment: what `wg show` prints and what goes back to the grid.

use std::{net::SocketAddr, time::SystemTime};

use ipnet::IpNet;

use crate::{PresharedKey, PrivateKey, PublicKey};

/// A device at one moment.
#[derive(Clone, Debug, Default)]
pub struct DeviceSnapshot {
    /// The identity, if one is set.
    pub private_key: Option<PrivateKey>,
    /// The UDP port that is really bound.
    pub listen_port: u16,
    /// The mark of outgoing datagrams; 0 is none.
    pub firewall_mark: u32,
    /// All peers, in the order in which they were made.
    pub peers: Vec<PeerSnapshot>,
}

/// A peer at one moment.
#[derive(Clone, Debug)]
pub struct PeerSnapshot {
    /// Which peer.
    pub public_key: PublicKey,
    /// The symmetric key, if one is set.
    pub preshared_key: Option<PresharedKey>,
    /// Where datagrams go.
    pub endpoint: Option<SocketAddr>,
    /// When the last handshake was completed.
    pub last_handshake: Option<SystemTime>,
    /// Bytes of whole WireGuard messages sent.
    pub sent_bytes: u64,
    /// Bytes of whole authenticated WireGuard messages received.
    pub received_bytes: u64,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: u16,
    /// Prefixes that the peer may use as source and that are routed to it.
    pub allowed_prefixes: Vec<IpNet>,
}
