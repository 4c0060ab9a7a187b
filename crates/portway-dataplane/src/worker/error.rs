//! Why workers do not start, and why a port ends.

use std::io;

use portway_xdp::SocketError;

/// Why workers cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A thread names a port that was not given.
    #[error("the thread {thread} serves port {port}, and there are {ports} ports")]
    NoSuchPort {
        /// The thread.
        thread: String,
        /// The index of the port.
        port: usize,
        /// How many there are.
        ports: usize,
    },
    /// Two threads serve one port.
    #[error(
        "the port {port} is served by two threads, {first} and {second}: leave it to one of them"
    )]
    ServedTwice {
        /// The port.
        port: String,
        /// The first of them.
        first: String,
        /// The other one.
        second: String,
    },
    /// No thread serves anything.
    #[error("there is no thread that serves a port")]
    NoThread,
    /// The system gives no thread, or not on these processors.
    #[error(
        "the thread {thread} cannot run on the processors {cores:?}: `taskset -p $$` shows those that this process may use"
    )]
    Processors {
        /// The thread.
        thread: String,
        /// The processors.
        cores: Vec<usize>,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refuses what a thread needs.
    #[error("the thread {thread} cannot be started")]
    System {
        /// The thread.
        thread: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The configuration does not say what is to be done.
    #[error(
        "the thread {thread} has no mode: set `mode` in `options`, or give one on the command line"
    )]
    NoMode {
        /// The thread.
        thread: String,
    },
    /// A mode lacks what it works with.
    #[error("the mode {mode} needs `{option}` in `options`")]
    MissingOption {
        /// The mode.
        mode: &'static str,
        /// The key.
        option: &'static str,
    },
    /// A mode that works on Ethernet frames got a port without them.
    #[error(
        "the mode {mode} needs Ethernet frames, and those of {port} begin with IP: use another back end, such as net_tap for net_tun"
    )]
    NotEthernet {
        /// The mode.
        mode: &'static str,
        /// The port.
        port: String,
    },
    /// The addresses of an interface cannot be learned.
    #[error("the system does not tell the addresses of {interface}")]
    Addresses {
        /// The interface.
        interface: String,
        /// Its reason.
        source: io::Error,
    },
    /// The memory for a capture file cannot be made.
    #[error(transparent)]
    Memory(#[from] portway_xdp::RegionError),
    /// The patterns cannot be compiled together.
    #[error(transparent)]
    Patterns(#[from] crate::PatternError),
    /// A capture file cannot be used.
    #[error(transparent)]
    Capture(#[from] crate::CaptureError),
}

/// Why a port has ended while others go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PortEnd {
    /// Its interface was removed.
    #[error("the interface {interface} was removed: start the configuration again when it is back")]
    InterfaceGone {
        /// The interface.
        interface: String,
    },
    /// Its mode panicked, which is a defect.
    #[error("the mode {mode} panicked: {message}; please report it")]
    Panicked {
        /// The mode.
        mode: &'static str,
        /// What it said.
        message: String,
    },
    /// The system says that it can never be used again.
    #[error("{message}")]
    Failed {
        /// What the system said, and what to do.
        message: String,
    },
    /// Its thread has ended.
    #[error("its thread has ended")]
    Stopped,
}

/// Why a port has to end after this error; none where trying again makes sense.
pub(super) fn end_after(error: &io::Error) -> Option<PortEnd> {
    let socket = error
        .get_ref()
        .and_then(|error| error.downcast_ref::<SocketError>());
    let is_final = socket.is_some_and(SocketError::is_final);
    // What a TAP or TUN interface says once it has been removed.
    let is_gone = error.kind() == io::ErrorKind::NotConnected;
    (is_final || is_gone).then(|| PortEnd::Failed {
        message: error.to_string(),
    })
}
