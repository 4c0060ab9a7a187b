//! What a data path is started with.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use ipnet::IpNet;

use crate::{FlowExport, InnerStack, PrivateKey};

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
    /// Takes the datagrams for the listen address, which is then one of this interface or stands for all that it has at the
    /// start, off it by AF_XDP; needs
    /// `CAP_NET_ADMIN`, `CAP_NET_RAW` and `CAP_BPF`. The socket stays for what AF_XDP does not take: fragments, and IPv6
    /// with extension headers.
    pub outer_xdp: Option<XdpInterface>,
    /// The identity, if it is known already.
    pub private_key: Option<PrivateKey>,
    /// Mark of outgoing datagrams (`SO_MARK`, needs `CAP_NET_ADMIN`); 0 is none.
    pub firewall_mark: u32,
    /// Length of the longest inner packet, in bytes.
    pub mtu: u16,
    /// Where conversations of peers are counted to, if they are: [`flow_export`](crate::flow_export) makes it.
    pub flows: Option<FlowExport>,
}

impl DataPathConfiguration {
    /// Listens there, without an identity, with the usual MTU.
    #[must_use]
    pub const fn new(listen: ListenAddress) -> Self {
        Self {
            listen,
            outer_xdp: None,
            private_key: None,
            firewall_mark: 0,
            mtu: DEFAULT_MTU,
            flows: None,
        }
    }
}

/// The inner side.
#[non_exhaustive]
pub enum Inner {
    /// A network interface of the system; needs `CAP_NET_ADMIN`.
    Tun(TunConfiguration),
    /// A network behind an Ethernet interface, by AF_XDP; needs the same capabilities as
    /// [`DataPathConfiguration::outer_xdp`].
    Xdp(XdpInner),
    /// A stack inside the process.
    Stack(Box<dyn InnerStack>),
}

impl Inner {
    /// What is asked of AF_XDP, if anything is.
    pub(super) fn xdp(&self) -> Option<&XdpInner> {
        match self {
            Self::Xdp(configuration) => Some(configuration),
            _ => None,
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tun(configuration) => formatter.debug_tuple("Tun").field(configuration).finish(),
            Self::Xdp(configuration) => formatter.debug_tuple("Xdp").field(configuration).finish(),
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

/// An Ethernet interface and its receive queues, for AF_XDP.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct XdpInterface {
    /// Its name.
    pub name: String,
    /// The queues to take packets from, each with a thread of its own; all where none is named. What comes on others
    /// goes to the kernel.
    pub queues: Vec<u32>,
}

impl XdpInterface {
    /// All queues of an interface.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            queues: Vec::new(),
        }
    }
}

/// The network behind an Ethernet interface as inner side: a router between it and the peers, past the kernel's stack.
///
/// Packets into the tunnel's networks are taken off the interface, everything else on it is the kernel's. Next hops are
/// those of the kernel's routes and neighbours. ARP and neighbour solicitations for peers and for the gateway's own
/// addresses are answered, and pings to the latter; nothing else of this host is reached by them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct XdpInner {
    /// The interface.
    pub interface: XdpInterface,
    /// The tunnel's networks. A peer's prefix outside of them is not served.
    pub networks: Vec<IpNet>,
    /// The gateway's own addresses in the tunnel.
    pub addresses: Vec<IpAddr>,
}
