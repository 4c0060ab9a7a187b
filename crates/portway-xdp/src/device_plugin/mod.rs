//! The handshake with the AF_XDP device plugin of Kubernetes, by which a pod gets its interface's map of sockets.
//!
//! The plugin attaches the XDP program on the node and listens on a UNIX socket that it mounts into the pod
//! ([`default_path`]). A pod that has CAP_NET_RAW alone asks for the [`SocketMap`](crate::program::SocketMap) there, binds
//! its AF_XDP socket, and puts it into the map. Protocol version 0.1 of `intel/afxdp-plugins-for-kubernetes`.
//!
//! ```text
//!  pod                               plugin
//!   │ /connect,<host name> ──────────▶ │
//!   │ ◀─────── /host_ok or /host_nak   │  is this a pod that was given these devices?
//!   │ /version ──────────────────────▶ │
//!   │ ◀─────────────────────── 0.1     │
//!   │ /xsk_map_fd,<interface> ───────▶ │
//!   │ ◀── /fd_ack + map, or /fd_nak    │
//!   │ /config_busy_poll,… + socket ──▶ │  sets the options that need CAP_NET_ADMIN
//!   │ ◀─ /config_busy_poll_ack or _nak │
//!   │ /fin ──────────────────────────▶ │
//!   │ ◀─────────────────── /fin_ack    │  closes
//! ```

mod client;
mod connection;
mod error;
mod message;

pub use client::{Client, ClientBuilder, default_path};
pub use error::DevicePluginError;
