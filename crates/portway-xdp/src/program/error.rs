//! What can go wrong with programs and maps, each with what to do about it.

use std::io;
use std::path::PathBuf;

use super::attached::AttachMode;
use super::matching::{CONDITION_LIMIT, DEPTH_LIMIT};
use super::socket_map::QUEUE_LIMIT;
use crate::bpf::{Failure, LoadError};

/// Why a [`Match`](super::Match) cannot be made into a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MatchError {
    /// More conditions than [`CONDITION_LIMIT`].
    #[error(
        "the match has more than {CONDITION_LIMIT} conditions: use prefixes and ranges of ports, or match more than \
         is wanted and sort it out in the application"
    )]
    TooManyConditions,
    /// Combinations nested deeper than [`DEPTH_LIMIT`].
    #[error(
        "the match is nested more than {DEPTH_LIMIT} levels deep: join combinations of the same kind"
    )]
    TooDeep,
    /// The program would be longer than is loaded.
    #[error("the match makes too long a program: use fewer conditions")]
    TooLong,
}

/// Why a program, a map or an interface cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The match is too large.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// There is no such interface in this network namespace.
    #[error(
        "there is no interface {interface:?} in this network namespace: `ip link` lists those there are"
    )]
    NoSuchInterface {
        /// The name that was given.
        interface: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The process lacks privileges.
    #[error(
        "not permitted to {doing}: it needs CAP_BPF and CAP_NET_ADMIN (root has them; `setcap \
         cap_bpf,cap_net_admin,cap_net_raw+ep PROGRAM` gives them), or a map from a process that has them, by a pin or \
         by the device plugin"
    )]
    NotPermitted {
        /// What was tried.
        doing: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },
    /// Another XDP program is on the interface.
    #[error(
        "an XDP program{} is attached to {interface} already: `ip -details link show dev {interface}` shows it; it goes \
         when the process that holds it ends, or, if it was left behind without one, by `ip link set dev {interface} \
         xdp off` (`xdpgeneric off` in generic mode)",
        program.map(|id| format!(" (id {id})")).unwrap_or_default()
    )]
    AlreadyAttached {
        /// The interface.
        interface: String,
        /// The kernel's number of the other program, when it could be asked for.
        program: Option<u32>,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The interface cannot take a program in the mode that was asked for.
    #[error(
        "{interface} takes no XDP program in {mode} mode: {}",
        match mode {
            AttachMode::Driver => "its driver may have none, or its MTU or its queues may be too many for one \
                (the kernel's log says which); generic mode works with every driver, at a lower rate",
            AttachMode::Generic => "the kernel's log says why",
        }
    )]
    ModeRefused {
        /// The interface.
        interface: String,
        /// The mode.
        mode: AttachMode,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The kernel's verifier refused the program, which is a defect of this crate or a kernel without a feature.
    #[error(
        "the kernel's verifier refused the program; please report it together with the kernel's version"
    )]
    Refused {
        /// What the verifier said at the end, in its source's text.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is not enough memory for a map or a program.
    #[error(
        "no memory to {doing}: on kernels before 5.11 it counts against the limit of locked memory (`ulimit -l`, \
         LimitMEMLOCK= of systemd); later against the memory of the control group"
    )]
    OutOfMemory {
        /// What was tried.
        doing: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The kernel is older than the feature, or was built without it.
    #[error(
        "this kernel cannot {doing}: Linux 5.9 or later is needed, with CONFIG_BPF_SYSCALL and CONFIG_XDP_SOCKETS"
    )]
    Unsupported {
        /// What was tried.
        doing: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The map has no place for the queue.
    #[error("the map has places for queues 0 to {}, not for queue {queue}: make it larger (`queues`)", entries.saturating_sub(1))]
    QueueBeyondMap {
        /// The queue.
        queue: u32,
        /// How many places the map has.
        entries: u32,
    },
    /// A map of no places or of more than [`QUEUE_LIMIT`] was asked for.
    #[error("a map for {queues} queues cannot be made: from 1 to {QUEUE_LIMIT} are possible")]
    QueueCount {
        /// The number that was asked for.
        queues: u32,
    },
    /// What was put into the map is not an AF_XDP socket.
    #[error(
        "only AF_XDP sockets can be put into the map, and for queue {queue} it was something else"
    )]
    NotASocket {
        /// The queue.
        queue: u32,
        /// The kernel's answer.
        source: io::Error,
    },
    /// A descriptor or a pin is of something else than an XSKMAP.
    #[error("{what} is no map of AF_XDP sockets (XSKMAP)")]
    NotASocketMap {
        /// The path of the pin, or "the descriptor".
        what: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// A map cannot be pinned, or the pin cannot be opened.
    #[error(
        "cannot {doing} at {}: the path must be in a BPF file system (`mount -t bpf bpf /sys/fs/bpf`), {}",
        path.display(),
        match source.kind() {
            io::ErrorKind::AlreadyExists => "and there is something of that name already: remove it if nobody uses it",
            io::ErrorKind::NotFound => "and everything before its last part must be there",
            _ => "and open to this user",
        }
    )]
    Pin {
        /// "pin the map" or "open the pinned map".
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// The kernel's answer.
        source: io::Error,
    },
    /// Anything else that the kernel answered.
    #[error("the kernel refused to {doing}")]
    Kernel {
        /// What was tried.
        doing: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },
}

impl From<Failure> for ProgramError {
    fn from(failure: Failure) -> Self {
        let errno = failure.errno();
        let Failure { doing, source } = failure;
        match errno {
            libc::EPERM | libc::EACCES => Self::NotPermitted { doing, source },
            libc::ENOMEM => Self::OutOfMemory { doing, source },
            libc::ENOSYS | libc::EINVAL => Self::Unsupported { doing, source },
            _ => Self::Kernel { doing, source },
        }
    }
}

impl From<LoadError> for ProgramError {
    fn from(error: LoadError) -> Self {
        if error.log.is_empty() {
            return error.failure.into();
        }
        Self::Refused {
            source: Box::new(error),
        }
    }
}
