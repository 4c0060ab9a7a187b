//! Why a configuration cannot be opened here.

use std::{io, net::SocketAddr, path::PathBuf};

use portway_xdp::{
    PacketSocketError, RegionError, SocketError, device_plugin::DevicePluginError,
    program::ProgramError,
};

use crate::{
    CaptureError,
    config::{Diagnostic, Span},
};

/// Why a configuration cannot be opened on this machine, and where in the file that is asked for.
#[derive(Debug, thiserror::Error)]
#[error("`{name}`: {reason}")]
pub struct OpenError {
    /// The lport or umem that could not be opened.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Why.
    #[source]
    pub reason: Box<OpenReason>,
}

/// Why an lport or a umem cannot be opened; each reason says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenReason {
    /// Somebody in this process has it.
    #[error("{what} belongs to `{holder}` in this process: end that one first")]
    Claimed {
        /// A port, queue, region, interface, file or address.
        what: String,
        /// The name of the configuration that has it.
        holder: String,
    },
    /// The memory cannot be made.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The XDP program cannot be attached, or the socket cannot be put into its map.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The AF_XDP socket cannot be opened.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The device plugin does not hand out the map.
    #[error("the device plugin at {} refuses", path.display())]
    DevicePlugin {
        /// Its socket.
        path: PathBuf,
        /// What it said.
        source: DevicePluginError,
    },
    /// The packet socket cannot be opened.
    #[error(transparent)]
    PacketSocket(#[from] PacketSocketError),
    /// The capture files cannot be opened.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The UDP address cannot be had.
    #[error(
        "UDP {address} cannot be bound ({source}): choose a free port of an address of this machine"
    )]
    Udp {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The interface cannot be made.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl OpenError {
    /// The same as a finding in the file.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut message = self.to_string();
        let mut cause = std::error::Error::source(&self.reason);
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        Diagnostic::error(self.span, message)
    }
}
