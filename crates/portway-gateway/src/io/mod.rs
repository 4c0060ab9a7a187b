//! The data path: one thread that owns the outer sockets, the inner side and every tunnel.

mod alarm;
mod commands;
mod configuration;
mod error;
mod handle;
mod handshake;
mod held;
mod incoming;
mod inner_side;
mod kernel_routes;
mod moderation;
mod opening;
mod outgoing;
mod path;
mod relay;
mod sockets;
mod traffic;
mod tun;
mod tunnels;
mod worker;
mod xdp;

pub use configuration::{
    DEFAULT_MTU, DataPathConfiguration, Inner, ListenAddress, TunConfiguration, XdpInner,
    XdpInterface,
};
pub use error::{ChangeError, DataPathError};
pub use handle::{DataPath, DataPathHandle};
pub use kernel_routes::KernelRoutes;
