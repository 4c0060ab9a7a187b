//! What can go wrong with an AF_PACKET socket.

use std::io;

/// Why an AF_PACKET socket cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PacketSocketError {
    /// There is no such interface in this network namespace.
    #[error("there is no interface {interface} here: `ip link` lists those there are")]
    NoInterface {
        /// The name.
        interface: String,
    },
    /// The privilege is missing.
    #[error("a packet socket on {interface} needs CAP_NET_RAW: run as root or use setcap")]
    Privilege {
        /// The interface.
        interface: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The interface is down, or it has been removed.
    #[error("the interface {interface} is down or gone: `ip link set {interface} up`")]
    Down {
        /// The interface.
        interface: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The kernel does not send this packet: it is too long for the interface, or too short for its header.
    #[error("the interface {interface} cannot send this packet")]
    Refused {
        /// The interface.
        interface: String,
        /// The system's reason.
        source: io::Error,
    },
    /// Another reason of the system.
    #[error("{call} failed on {interface}")]
    System {
        /// The system call.
        call: &'static str,
        /// The interface.
        interface: String,
        /// The system's reason.
        source: io::Error,
    },
}

impl PacketSocketError {
    pub(super) fn from_call(interface: &str, call: &'static str) -> impl FnOnce(io::Error) -> Self {
        let interface = interface.to_owned();
        move |source| match source.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => Self::Privilege { interface, source },
            Some(libc::ENETDOWN | libc::ENXIO | libc::ENODEV) => Self::Down { interface, source },
            Some(libc::EMSGSIZE | libc::EINVAL) if call == "sendmmsg" => {
                Self::Refused { interface, source }
            }
            _ => Self::System {
                call,
                interface,
                source,
            },
        }
    }
}
