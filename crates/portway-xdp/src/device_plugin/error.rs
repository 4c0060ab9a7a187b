//! What can go wrong in the handshake, each with what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::message::{HOST_NAME_LIMIT, MESSAGE_LIMIT};
use crate::program::ProgramError;

/// Why the device plugin did not give what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevicePluginError {
    /// The plugin's socket cannot be connected to.
    #[error(
        "cannot connect to the device plugin at {}: the pod must ask for a resource `afxdp/POOL`, whose socket is then \
         mounted into it; the plugin serves one connection in a pod's life and closes the socket when none came for a \
         while (its `udsTimeout`)",
        path.display()
    )]
    Unreachable {
        /// Where it should be.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The plugin does not know the pod by this name.
    #[error(
        "the device plugin knows no pod {host_name:?} with these devices{}: the name must be the pod's (a pod in the \
         host's network, or with a `hostname` of its own, must set it by `host_name`)",
        if *cut { "; the name was cut to the room of a message, so give the pod a shorter one" } else { "" }
    )]
    HostRefused {
        /// The name that was sent.
        host_name: String,
        /// Whether it was longer than the 55 bytes that a message has room for.
        cut: bool,
    },
    /// The plugin could not ask the kubelet about the pod.
    #[error(
        "the device plugin could not ask the kubelet about pod {host_name:?}: see the plugin's log on the node"
    )]
    ValidationFailed {
        /// The name that was sent.
        host_name: String,
    },
    /// The interface is not one of the pod's.
    #[error(
        "the device plugin has no map for {interface:?}: `AFXDP_DEVICES_<pool>` in the pod's environment lists its \
         interfaces"
    )]
    MapRefused {
        /// The interface.
        interface: String,
    },
    /// The plugin said that it gives a map, and gave something else or nothing.
    #[error("the device plugin gave no usable map for {interface:?}: see its log on the node")]
    NoMap {
        /// The interface.
        interface: String,
        /// What is wrong with what it gave; nothing was given if there is none.
        source: Option<ProgramError>,
    },
    /// The plugin could not set the options of busy polling.
    #[error(
        "the device plugin could not set busy polling (Linux 5.11 or later is needed; see its log on the node): go on \
         without"
    )]
    BusyPollRefused,
    /// The plugin does not know a request, or found it malformed.
    #[error(
        "the device plugin does not understand {request:?}: does it speak another version than 0.1?"
    )]
    NotUnderstood {
        /// What was sent.
        request: String,
    },
    /// A name cannot be sent.
    #[error(
        "{name:?} cannot be sent to the device plugin: a name has neither commas, spaces nor control characters, and \
         must fit into a message of {MESSAGE_LIMIT} bytes ({HOST_NAME_LIMIT} for a host name)"
    )]
    InvalidName {
        /// The name.
        name: String,
    },
    /// What came is no answer to what was asked.
    #[error(
        "the device plugin answered {answer:?} to {request:?}: is something else listening there?"
    )]
    UnexpectedAnswer {
        /// What was sent.
        request: String,
        /// The beginning of what came, with unprintable bytes escaped.
        answer: String,
    },
    /// No answer came in time.
    #[error(
        "the device plugin did not answer {request:?} within {timeout:?}: see its log on the node"
    )]
    TimedOut {
        /// What was sent.
        request: String,
        /// How long was waited.
        timeout: Duration,
    },
    /// The plugin closed the connection.
    #[error(
        "the device plugin closed the connection instead of answering {request:?}: it does so after an error, or when it \
         waited too long (its `udsTimeout`); see its log on the node"
    )]
    Closed {
        /// What was sent.
        request: String,
    },
    /// An earlier request went without its answer, so that the next answer might be that one's.
    #[error("an earlier request to the device plugin went wrong: connect anew")]
    OutOfStep,
    /// The system refused to send or receive.
    #[error("cannot talk to the device plugin")]
    Io(#[from] io::Error),
}
