//! What both halves of a socket share: the descriptor, the mapped rings, and the frames left with the kernel.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::error::SocketError;
use super::lent::Lent;
use super::statistics::KernelStatistics;
use crate::kernel;
use crate::memory::{Mapping, Region};

/// What was agreed with the kernel when the socket was bound. Sockets of one region share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(super) zero_copy: bool,
    pub(super) multi_buffer: bool,
    /// The kernel says when it wants a system call; otherwise it wants one each time.
    pub(super) says_when_to_wake: bool,
    /// The kernel computes checksums itself.
    pub(super) software_checksum: bool,
}

/// An AF_XDP socket, open as long as one of its halves exists.
///
/// # Closing
///
/// A frame may be used again only once the kernel cannot write to it any more. The mappings of the rings hold the
/// socket open as the descriptor does, so both go first. Then, in copy mode, the kernel is done: closing waits until
/// nobody receives. In zero copy the driver lets go somewhat later, and when the descriptor is in another process the
/// socket is not closed at all: the frames are retired, that is, never used again, and only their memory is
/// returned with the region's. So is, in copy mode, a frame whose time stamp has not come: the kernel writes it when the
/// device lets go of the packet, and does not wait for that when it closes the socket.
///
/// The descriptor is closed on `exec`; what no process can see is a child that was forked and has not called that
/// yet. A program that forks without `exec` must not close sockets while the child lives.
#[derive(Debug)]
pub(crate) struct Endpoint {
    descriptor: Option<OwnedFd>,
    rings: Vec<Mapping>,
    region: Region,
    interface: Arc<str>,
    terms: OnceLock<Terms>,
    left_process: AtomicBool,
    left_with_kernel: Mutex<Vec<Left>>,
}

/// What a half had lent when it was dropped.
#[derive(Debug)]
struct Left {
    lent: Lent,
    /// The kernel may write to these frames after the socket is closed.
    in_doubt: bool,
}

impl Endpoint {
    /// Opens a socket that is not bound yet.
    pub(super) fn open(interface: Arc<str>, region: &Region) -> Result<Self, SocketError> {
        // SAFETY: the call takes no memory of ours.
        let descriptor =
            unsafe { libc::socket(kernel::AF_XDP, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if descriptor < 0 {
            return Err(refused(interface, io::Error::last_os_error()));
        }
        // SAFETY: the descriptor was just opened and belongs to nobody else.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Ok(Self {
            descriptor: Some(descriptor),
            rings: Vec::with_capacity(4),
            region: region.clone(),
            interface,
            terms: OnceLock::new(),
            left_process: AtomicBool::new(false),
            left_with_kernel: Mutex::new(Vec::with_capacity(2)),
        })
    }

    pub(super) fn region(&self) -> &Region {
        &self.region
    }

    pub(super) fn interface(&self) -> &Arc<str> {
        &self.interface
    }

    /// Returns what was agreed, or `None` before the socket is bound.
    pub(super) fn terms(&self) -> Option<Terms> {
        self.terms.get().copied()
    }

    pub(super) fn agree(&self, terms: Terms) {
        self.terms.get_or_init(|| terms);
    }

    /// Notes that another process gets the descriptor, so that closing ours no longer closes the socket.
    pub(super) fn leaves_process(&self) {
        self.left_process.store(true, Ordering::Relaxed);
    }

    /// Takes over what a half has lent, until the socket is closed; for good, what the kernel may write to even then.
    pub(super) fn inherit(&self, lent: Lent, in_doubt: bool) {
        self.left_with_kernel
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Left { lent, in_doubt });
    }

    /// Maps a ring of the socket and keeps it mapped until the socket is closed.
    pub(super) fn map_ring(&mut self, length: usize, offset: i64) -> io::Result<&Mapping> {
        let mapping = Mapping::of_socket(self.as_raw_fd(), length, offset)?;
        self.rings.push(mapping);
        self.rings
            .last()
            .ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// Makes the kernel look at the receive side; in busy polling, makes it poll the device.
    pub(super) fn wake_receive(&self) -> io::Result<()> {
        let (descriptor, flags) = (self.as_raw_fd(), libc::MSG_DONTWAIT);
        // SAFETY: no memory is given: a null buffer of length zero.
        checked(unsafe { libc::recv(descriptor, std::ptr::null_mut(), 0, flags) })
    }

    /// Makes the kernel send what is in the send ring.
    pub(super) fn wake_send(&self) -> io::Result<()> {
        let (descriptor, flags) = (self.as_raw_fd(), libc::MSG_DONTWAIT);
        // SAFETY: no memory is given: a null buffer of length zero.
        checked(unsafe { libc::send(descriptor, std::ptr::null(), 0, flags) })
    }

    /// Returns what the kernel has counted.
    pub(super) fn statistics(&self) -> Result<KernelStatistics, SocketError> {
        let mut counted = kernel::Statistics::default();
        super::options::read(self.as_raw_fd(), kernel::XDP_STATISTICS, &mut counted)
            .map_err(|source| self.failed("getsockopt(XDP_STATISTICS)", source))?;
        Ok(counted.into())
    }

    /// Says what the failure of a call on the open socket means.
    pub(super) fn failed(&self, call: &'static str, source: io::Error) -> SocketError {
        let interface = self.interface.clone();
        match source.raw_os_error() {
            Some(libc::ENETDOWN) => SocketError::InterfaceDown { interface },
            // The kernel unbinds a socket when its interface goes.
            Some(libc::ENXIO | libc::ENODEV) => SocketError::InterfaceGone { interface },
            _ => SocketError::System {
                call,
                interface,
                source,
            },
        }
    }
}

/// The raw descriptor only: a safe copy of it (`AsFd`) would keep the socket open behind our back.
impl AsRawFd for Endpoint {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let in_doubt = self.left_process.load(Ordering::Relaxed)
            || self.terms().is_some_and(|terms| terms.zero_copy);
        self.rings.clear();
        drop(self.descriptor.take());
        let left = self
            .left_with_kernel
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for Left {
            lent,
            in_doubt: later,
        } in left.drain(..)
        {
            // SAFETY: each half handed over what it had lent and is gone. What is not in doubt the kernel no
            // longer touches, see above; what is in doubt is not used again.
            unsafe {
                match in_doubt || later {
                    true => self.region.retire(lent.count() as usize),
                    false => self.region.give_back(lent.indices()),
                }
            }
        }
    }
}

fn checked(answer: isize) -> io::Result<()> {
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn refused(interface: Arc<str>, source: io::Error) -> SocketError {
    match source.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => SocketError::NoPrivilege { source },
        Some(libc::EAFNOSUPPORT | libc::EPROTONOSUPPORT) => SocketError::NotSupported { source },
        _ => SocketError::System {
            call: "socket(AF_XDP)",
            interface,
            source,
        },
    }
}
