//! What a file says, in types that cannot say anything else.

use ipnet::IpNet;

use super::{HostPort, PlainText};
use crate::{PresharedKey, PrivateKey, PublicKey};

/// A tunnel as wg-quick describes it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TunnelFile {
    /// This side.
    pub interface: InterfaceSection,
    /// The other sides, in the order of the file.
    pub peers: Vec<PeerSection>,
}

/// The section `[Interface]`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InterfaceSection {
    /// The identity of this side.
    pub private_key: Option<PrivateKey>,
    /// The UDP port; 0 lets the system choose.
    pub listen_port: Option<u16>,
    /// The mark of outgoing datagrams; 0 is none.
    pub firewall_mark: Option<u32>,
    /// Addresses of this side in the tunnel, with the length of their network.
    pub addresses: Vec<IpNet>,
    /// Name servers by address, and search domains.
    pub dns: Vec<PlainText>,
    /// The longest packet inside the tunnel, in bytes.
    pub mtu: Option<u16>,
    /// Where routes go: `auto`, `off`, or the number or name of a table.
    pub table: Option<PlainText>,
    /// Commands around the life of the interface.
    pub hooks: Vec<Hook>,
    /// Whether wg-quick writes the file again at the end.
    pub save_config: Option<bool>,
}

/// A command that wg-quick runs; `%i` in it is the interface.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hook {
    /// When it runs.
    pub event: HookEvent,
    /// What is given to the shell.
    pub command: PlainText,
}

/// When a command runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HookEvent {
    /// Before the interface is up.
    PreUp,
    /// When the interface is up.
    PostUp,
    /// Before the interface goes down.
    PreDown,
    /// When the interface is gone.
    PostDown,
}

/// A section `[Peer]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerSection {
    /// Which peer.
    pub public_key: PublicKey,
    /// The symmetric key.
    pub preshared_key: Option<PresharedKey>,
    /// Prefixes routed to the peer.
    pub allowed_prefixes: Vec<IpNet>,
    /// Where it is reached, by name or address.
    pub endpoint: Option<HostPort>,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: Option<u16>,
}

impl PeerSection {
    /// A peer of which only the key is known.
    #[must_use]
    pub const fn new(public_key: PublicKey) -> Self {
        Self {
            public_key,
            preshared_key: None,
            allowed_prefixes: Vec::new(),
            endpoint: None,
            keepalive: None,
        }
    }
}
