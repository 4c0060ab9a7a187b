//! Putting a program on an interface, in the first mode that works.

use std::io;
use std::time::{Duration, Instant};

use super::attached::{AttachMode, AttachPolicy, Attached};
use super::counters::Counters;
use super::error::ProgramError;
use super::interface::Interface;
use super::sharing;
use super::socket_map::SocketMap;
use crate::bpf::{Failure, Link, LinkMode, Program};

/// The pause between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// What is in the kernel and not attached yet.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) program: Program,
    pub(super) sockets: SocketMap,
    pub(super) counters: Option<Counters>,
}

/// What holds the program, the mode that it runs in, and why the driver refused it, if it did.
type Linked = (Link, AttachMode, Option<io::Error>);

impl Parts {
    /// Attaches in the first mode that works.
    pub(super) fn attach(
        self,
        interface: &Interface,
        policy: AttachPolicy,
        patience: Duration,
    ) -> Result<Attached, ProgramError> {
        let linked = self.link(interface, policy, patience)?;
        Ok(self.attached(linked))
    }

    /// Shares the program of another process, or attaches; or shares that of one who was about to attach just then.
    pub(super) fn share(
        self,
        interface: &Interface,
        policy: AttachPolicy,
        patience: Duration,
    ) -> Result<Attached, ProgramError> {
        if let Some(joined) = sharing::join(interface, &self.program, policy) {
            return Ok(joined);
        }
        match self.link(interface, policy, patience) {
            Ok(linked) => Ok(self.attached(linked)),
            Err(busy @ ProgramError::AlreadyAttached { .. }) => {
                sharing::join(interface, &self.program, policy).ok_or(busy)
            }
            Err(error) => Err(error),
        }
    }

    fn attached(self, (link, mode, refusal): Linked) -> Attached {
        Attached {
            link,
            program: self.program,
            sockets: self.sockets,
            counters: self.counters,
            mode,
            refusal,
            is_shared: false,
        }
    }

    fn link(
        &self,
        interface: &Interface,
        policy: AttachPolicy,
        patience: Duration,
    ) -> Result<Linked, ProgramError> {
        let try_mode = |mode| link_patiently(&self.program, interface, mode, patience);
        match policy {
            AttachPolicy::Driver => Ok((try_mode(AttachMode::Driver)?, AttachMode::Driver, None)),
            AttachPolicy::Generic => {
                Ok((try_mode(AttachMode::Generic)?, AttachMode::Generic, None))
            }
            AttachPolicy::DriverElseGeneric => match try_mode(AttachMode::Driver) {
                Ok(link) => Ok((link, AttachMode::Driver, None)),
                Err(ProgramError::ModeRefused { source, .. }) => {
                    let link = try_mode(AttachMode::Generic)?;
                    Ok((link, AttachMode::Generic, Some(source)))
                }
                Err(error) => Err(error),
            },
        }
    }
}

/// Attaches in `mode`, and goes on trying while another program is there.
fn link_patiently(
    program: &Program,
    interface: &Interface,
    mode: AttachMode,
    patience: Duration,
) -> Result<Link, ProgramError> {
    let kernel_mode = match mode {
        AttachMode::Driver => LinkMode::Driver,
        AttachMode::Generic => LinkMode::Generic,
    };
    let deadline = Instant::now() + patience;
    loop {
        match Link::create(program, interface.index, kernel_mode) {
            Ok(link) => return Ok(link),
            Err(failure) if is_busy(&failure) && Instant::now() < deadline => {
                std::thread::sleep(RETRY_PAUSE);
            }
            Err(failure) => return Err(link_error(failure, interface, mode)),
        }
    }
}

/// Another program is attached: in this mode (EBUSY), or in the other one (EEXIST).
fn is_busy(failure: &Failure) -> bool {
    matches!(failure.errno(), libc::EBUSY | libc::EEXIST)
}

fn link_error(failure: Failure, interface: &Interface, mode: AttachMode) -> ProgramError {
    let name = interface.name.clone();
    let busy = is_busy(&failure);
    match failure.errno() {
        _ if busy => ProgramError::AlreadyAttached {
            interface: name,
            program: interface.program(),
            source: failure.source,
        },
        libc::ENODEV => ProgramError::NoSuchInterface {
            interface: name,
            source: failure.source,
        },
        // What drivers answer when they have no XDP, or cannot have it with this MTU, ring or number of queues.
        libc::EOPNOTSUPP | libc::EINVAL | libc::ERANGE | libc::ENOSPC | libc::E2BIG => {
            ProgramError::ModeRefused {
                interface: name,
                mode,
                source: failure.source,
            }
        }
        _ => failure.into(),
    }
}
