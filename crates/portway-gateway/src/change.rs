//! The one vocabulary in which a device is changed: by `wg` over the UAPI socket, by a wg-quick
//! file, and by the follower of the grid.

use std::net::SocketAddr;

use ipnet::IpNet;

use crate::{PresharedKey, PrivateKey, PublicKey};

/// One step of a change to a device; steps are applied in order.
///
/// Steps before one that fails stay applied, as on the UAPI socket.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Sets or removes the device's identity. Every session is void afterwards, and a peer with
    /// the device's own public key is dropped.
    PrivateKey(Option<PrivateKey>),
    /// Binds the outer socket again; 0 lets the system choose.
    ListenPort(u16),
    /// Marks outgoing datagrams (`SO_MARK`); 0 removes the mark.
    FirewallMark(u32),
    /// Removes all peers.
    RemoveAllPeers,
    /// Removes one peer with its sessions and prefixes; nothing happens when there is none.
    RemovePeer(PublicKey),
    /// Makes or changes a peer.
    Peer(PeerChange),
}

/// What changes of one peer; `None` and empty leave as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerChange {
    /// Which peer.
    pub public_key: PublicKey,
    /// Do nothing if the peer does not exist.
    pub update_only: bool,
    /// The symmetric key; `Some(None)` removes it.
    pub preshared_key: Option<Option<PresharedKey>>,
    /// Where to send from now on, until the peer roams.
    pub endpoint: Option<SocketAddr>,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: Option<u16>,
    /// Forget the earlier prefixes first.
    pub replace_allowed_prefixes: bool,
    /// Prefixes added (`true`) or removed (`false`), in order. An added one is taken away from
    /// the peer that has it; removing one that this peer has not does nothing.
    pub allowed_prefixes: Vec<(IpNet, bool)>,
}

impl PeerChange {
    /// Changes nothing yet: makes the peer if it is not there.
    #[must_use]
    pub const fn new(public_key: PublicKey) -> Self {
        Self {
            public_key,
            update_only: false,
            preshared_key: None,
            endpoint: None,
            keepalive: None,
            replace_allowed_prefixes: false,
            allowed_prefixes: Vec::new(),
        }
    }
}
