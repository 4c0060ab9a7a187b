//! A WireGuard gateway: sans-IO decisions, one data-path thread, peers that live in a grid.

mod change;
pub mod fleet;
mod inner;
mod keys;
mod snapshot;
mod uapi;
mod wg_quick;

pub use change::{Change, PeerChange};
pub use inner::{InnerStack, PeerId};
pub use keys::{KeyError, PresharedKey, PrivateKey, PublicKey};
pub use snapshot::{DeviceSnapshot, PeerSnapshot};
pub use uapi::{
    Device, Errno, Malformed, RequestEvent, RequestParser, SOCKET_DIRECTORY, UapiServer,
    UapiServerError, write_device,
};
pub use wg_quick::{
    Hook, HookEvent, HostPort, HostPortError, InterfaceSection, PeerSection, PlainText,
    PlainTextError, TunnelFile, TunnelFileError, TunnelFileProblem,
};
