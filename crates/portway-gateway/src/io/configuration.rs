//! What a data path is started with.

use std::{fmt, net::SocketAddr};

use ipnet::IpNet;

use crate::{InnerStack, PrivateKey};

/// WireGuard's usual MTU: 1500 less the overhead over IPv6.
pub const DEFAULT_MTU: u16 = 1420;

/// Where the outer side listens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListenAddress {
    /// One address of one family. Port 0 lets the system choose.
    At(SocketAddr),
    /// All addresses of both families on one port. Port 0 lets the system choose.
    Any(u16),
}

/// The outer side and the identity. Peers are added by [`crate::Change`].
#[derive(Clone, Debug)]
pub struct DataPathConfiguration {
    /// Where to listen.
    pub listen: ListenAddress,
    /// The identity, if it is known already.
    pub private_key: Option<PrivateKey>,
    /// Mark of outgoing datagrams (`SO_MARK`, needs `CAP_NET_ADMIN`); 0 is none.
    pub firewall_mark: u32,
    /// Length of the longest inner packet, in bytes.
    pub mtu: u16,
}

impl DataPathConfiguration {
    /// Listens there, without an identity, with the usual MTU.
    #[must_use]
    pub const fn new(listen: ListenAddress) -> Self {
        Self {
            listen,
            private_key: None,
            firewall_mark: 0,
            mtu: DEFAULT_MTU,
        }
    }
}

/// The inner side.
#[non_exhaustive]
pub enum Inner {
    /// A network interface of the system; needs `CAP_NET_ADMIN`.
    Tun(TunConfiguration),
    /// A stack inside the process.
    Stack(Box<dyn InnerStack>),
}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tun(configuration) => formatter.debug_tuple("Tun").field(configuration).finish(),
            Self::Stack(_) => formatter.write_str("Stack"),
        }
    }
}

/// A TUN interface to make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TunConfiguration {
    /// Its name, at most 15 bytes.
    pub name: String,
    /// Addresses to set, with the length of their network.
    pub addresses: Vec<IpNet>,
    /// Whether to set it up. `wg-quick` does that itself.
    pub up: bool,
}

impl TunConfiguration {
    /// An interface without addresses that is left down.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            addresses: Vec::new(),
            up: false,
        }
    }
}
