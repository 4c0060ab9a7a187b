//! A match program on an interface.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use super::compile::{COUNTERS, Verdict, compile};
use super::counters::{Counters, ProgramStatistics};
use super::error::ProgramError;
use super::interface::Interface;
use super::linking::Parts;
use super::matching::Match;
use super::socket_map::{DEFAULT_QUEUES, SocketMap};
use crate::bpf::{Frags, Link, Program};

/// How long attaching is tried again while the interface is busy. A program of a process that has just ended is taken off
/// a moment after the process has gone.
pub(super) const DEFAULT_PATIENCE: Duration = Duration::from_millis(500);
/// The names that programs are loaded by: what must not be shared, and what may.
const PROGRAM_NAME: &str = "portway_match";
pub(super) const SHARED_PROGRAM_NAME: &str = "portway_shared";

/// Where a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachMode {
    /// In the driver, before the kernel has made a packet buffer of its own: the fast one, if the driver can.
    Driver,
    /// In the kernel's general code, with every driver.
    Generic,
}

impl fmt::Display for AttachMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Driver => "driver",
            Self::Generic => "generic",
        })
    }
}

/// Which modes may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachPolicy {
    /// Driver mode; generic mode if the driver refuses. [`Attached::mode`] and [`Attached::refusal`] tell.
    #[default]
    DriverElseGeneric,
    /// Driver mode or none.
    Driver,
    /// Generic mode alone.
    Generic,
}

/// A [`Match`] attached to an interface, with its map of sockets.
///
/// It is attached by a BPF link, which this value holds: dropping it takes the program off, and so does the end of the
/// process, whichever way it ends. A program of another process is never replaced; it can be
/// [shared](AttachedBuilder::sharing).
///
/// A frame that matches goes to the socket of its receive queue; to the kernel if the queue has no socket.
///
/// Needs CAP_BPF and CAP_NET_ADMIN.
///
/// ```no_run
/// use portway_xdp::program::{Attached, Match};
///
/// # fn example(socket: &portway_xdp::Socket) -> Result<(), portway_xdp::program::ProgramError> {
/// let attached = Attached::builder("eth0", Match::udp_port(7)).attach()?;
/// attached.insert(socket.queue(), socket)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Attached {
    // The order is that of dropping: first the frames stop, then the map goes.
    pub(super) link: Link,
    pub(super) program: Program,
    pub(super) sockets: SocketMap,
    pub(super) counters: Option<Counters>,
    pub(super) mode: AttachMode,
    pub(super) refusal: Option<io::Error>,
    pub(super) is_shared: bool,
}

/// What is to be attached, and how.
#[derive(Debug)]
pub struct AttachedBuilder {
    interface: String,
    rule: Match,
    policy: AttachPolicy,
    queues: u32,
    frags: Frags,
    counting: bool,
    sharing: bool,
    patience: Duration,
}

impl Attached {
    /// Begins to attach a match to the interface of this name.
    pub fn builder(interface: impl Into<String>, rule: Match) -> AttachedBuilder {
        AttachedBuilder {
            interface: interface.into(),
            rule,
            policy: AttachPolicy::default(),
            queues: DEFAULT_QUEUES,
            frags: Frags::SingleBuffer,
            counting: false,
            sharing: false,
            patience: DEFAULT_PATIENCE,
        }
    }

    /// Gives the matching frames of `queue` to `socket`. See [`SocketMap::insert`].
    ///
    /// # Errors
    ///
    /// Those of [`SocketMap::insert`].
    pub fn insert(&self, queue: u32, socket: &impl AsRawFd) -> Result<(), ProgramError> {
        self.sockets.insert(queue, socket)
    }

    /// Gives all frames of `queue` to the kernel again. See [`SocketMap::remove`].
    ///
    /// # Errors
    ///
    /// Those of [`SocketMap::remove`].
    pub fn remove(&self, queue: u32) -> Result<(), ProgramError> {
        self.sockets.remove(queue)
    }

    /// Returns the map of sockets, to pin it or to hand it over.
    pub fn socket_map(&self) -> &SocketMap {
        &self.sockets
    }

    /// Returns the mode that the program runs in.
    pub fn mode(&self) -> AttachMode {
        self.mode
    }

    /// Returns why the driver refused the program, when generic mode was fallen back to.
    pub fn refusal(&self) -> Option<&io::Error> {
        self.refusal.as_ref()
    }

    /// Returns whether another process has attached the program, and this one [shares](AttachedBuilder::sharing) it.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Returns what was counted, if [counting](AttachedBuilder::counting) was asked for.
    ///
    /// # Errors
    ///
    /// [`Kernel`](ProgramError::Kernel), when the counters cannot be read.
    pub fn statistics(&self) -> Result<Option<ProgramStatistics>, ProgramError> {
        self.counters.as_ref().map(Counters::read).transpose()
    }

    /// Returns the kernel's number of the program, as `bpftool prog` and `ip link` show it.
    ///
    /// # Errors
    ///
    /// [`Kernel`](ProgramError::Kernel), when the kernel does not tell.
    pub fn program_id(&self) -> Result<u32, ProgramError> {
        Ok(self.program.id()?)
    }
}

/// The link's descriptor. Whoever holds a copy of it keeps the program attached.
impl AsFd for Attached {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.link.as_fd()
    }
}

impl AttachedBuilder {
    /// Sets which modes may be used. Driver mode with generic mode to fall back to, when not called.
    #[must_use]
    pub fn policy(mut self, policy: AttachPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how many receive queues the map of sockets has places for, 256 when not called.
    #[must_use]
    pub fn queues(mut self, queues: u32) -> Self {
        self.queues = queues;
        self
    }

    /// Lets the interface use frames of several buffers (jumbo frames). The sockets must then be bound with support for
    /// them, or the kernel drops such frames; headers are matched in the first buffer.
    #[must_use]
    pub fn several_buffers(mut self) -> Self {
        self.frags = Frags::SeveralBuffers;
        self
    }

    /// Lets the program count what it does with frames, at the cost of a look-up for each.
    #[must_use]
    pub fn counting(mut self) -> Self {
        self.counting = true;
        self
    }

    /// Lets processes share an interface, each with sockets on queues of its own: if a program that another one has
    /// attached in this way takes the same frames, its map is used. The program stays until the last of them has ended,
    /// whichever way; a queue whose socket is gone is the kernel's. Whoever joins needs CAP_SYS_ADMIN. Programs that
    /// [count](Self::counting) are not shared.
    #[must_use]
    pub fn sharing(mut self) -> Self {
        self.sharing = true;
        self
    }

    /// Sets how long attaching is tried again while another program is on the interface, half a second when not called:
    /// that of a process that has just ended is gone a moment later. Blocks the thread for that time at most.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Makes the map, loads the program and attaches it.
    ///
    /// # Errors
    ///
    /// - [`Match`](ProgramError::Match), when the match is too large.
    /// - [`NoSuchInterface`](ProgramError::NoSuchInterface), [`QueueCount`](ProgramError::QueueCount).
    /// - [`AlreadyAttached`](ProgramError::AlreadyAttached), when another program was there the whole time.
    /// - [`ModeRefused`](ProgramError::ModeRefused), when the modes that may be used do not work here.
    /// - [`NotPermitted`](ProgramError::NotPermitted), [`OutOfMemory`](ProgramError::OutOfMemory),
    ///   [`Unsupported`](ProgramError::Unsupported), [`Refused`](ProgramError::Refused) and
    ///   [`Kernel`](ProgramError::Kernel) by the kernel's answer.
    pub fn attach(self) -> Result<Attached, ProgramError> {
        let interface = Interface::find(&self.interface)?;
        let sockets = SocketMap::create(self.queues)?;
        let counters = self
            .counting
            .then(|| Counters::create(COUNTERS))
            .transpose()?;
        let verdict = Verdict::Redirect {
            sockets: sockets.as_fd().as_raw_fd(),
            counters: counters
                .as_ref()
                .map(|counters| counters.as_fd().as_raw_fd()),
        };
        let instructions = compile(&self.rule, verdict)?;
        let sharing = self.sharing && !self.counting;
        let name = if sharing {
            SHARED_PROGRAM_NAME
        } else {
            PROGRAM_NAME
        };
        let program = Program::load(name, &instructions, self.frags)?;
        let parts = Parts {
            program,
            sockets,
            counters,
        };
        if sharing {
            return parts.share(&interface, self.policy, self.patience);
        }
        parts.attach(&interface, self.policy, self.patience)
    }
}
