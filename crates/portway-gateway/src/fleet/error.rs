//! What can go wrong between a fleet and its grid.

use std::sync::Arc;

use ipnet::IpNet;

use super::{PeerName, PrefixesError, Refusal, TunnelNetworks};
use crate::PublicKey;

/// Why an operation on the fleet failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The grid is away or refused.
    #[error(transparent)]
    Grid(#[from] portway_ignite::Error),
    /// The grid no longer tells of changes, and did not say why.
    #[error("the grid no longer tells of changes")]
    Unheard,
    /// No gateway has told the grid how it is dialled.
    #[error("no gateway of this fleet is running")]
    NoGateway,
    /// The gateways use another fleet key.
    #[error("the gateways of this grid use another fleet key")]
    OtherFleet,
    /// Another peer has the name.
    #[error("the name {name} belongs to the peer {key}")]
    NameTaken {
        /// The name.
        name: PeerName,
        /// Whose it is.
        key: PublicKey,
    },
    /// The public key is in the fleet already.
    #[error("the public key {key} belongs to {}", owner(name.as_ref()))]
    KeyTaken {
        /// The key.
        key: PublicKey,
        /// What its peer is called; the gateway itself has no name.
        name: Option<PeerName>,
    },
    /// No peer has this name or key.
    #[error("there is no peer {0}")]
    UnknownPeer(String),
    /// Several peers have this name: two commands added them at once.
    #[error("several peers are called {0}")]
    AmbiguousName(String),
    /// Another peer has the prefix.
    #[error("the prefix {prefix} belongs to the peer {name}")]
    PrefixTaken {
        /// The prefix.
        prefix: IpNet,
        /// Whose it is.
        name: PeerName,
    },
    /// The prefix is a part of the tunnel network.
    #[error(
        "the prefix {prefix} lies in the tunnel network {network}, whose addresses are allotted"
    )]
    PrefixInTunnel {
        /// The prefix.
        prefix: IpNet,
        /// The tunnel network.
        network: IpNet,
    },
    /// The list of prefixes cannot be used.
    #[error(transparent)]
    Prefixes(#[from] PrefixesError),
    /// All addresses are allotted.
    #[error("no {family} address is left in {networks}")]
    NoAddress {
        /// "IPv4" or "IPv6".
        family: &'static str,
        /// The tunnel networks.
        networks: TunnelNetworks,
    },
    /// The row's seal is wrong, so nothing can be built on it.
    #[error("the row of the peer {key} is not believed: {reason}")]
    NotBelieved {
        /// The row's key.
        key: String,
        /// Why.
        reason: Refusal,
    },
    /// Others changed the same row again and again.
    #[error("another command keeps changing the peer {0}")]
    Contended(PublicKey),
    /// There is no random source.
    #[error("the system's random source failed")]
    NoRandomness(#[source] Arc<std::io::Error>),
}

fn owner(name: Option<&PeerName>) -> String {
    name.map_or_else(
        || "a gateway of the fleet".to_owned(),
        |name| format!("the peer {name}"),
    )
}
