//! The map from receive queues to AF_XDP sockets, through which a program hands frames over.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::error::ProgramError;
use crate::bpf::{Failure, Map, MapKind};

/// The most queues that a map is made for: each takes eight bytes in the kernel, and no card has so many.
pub const QUEUE_LIMIT: u32 = 4096;
/// How many queues a map is made for when nothing else is said.
pub const DEFAULT_QUEUES: u32 = 256;

/// A map of AF_XDP sockets (XSKMAP): for each receive queue of an interface the socket that gets its frames.
///
/// A process with all privileges makes the map together with the program ([`Attached`](super::Attached)), and may hand it
/// to one that has CAP_NET_RAW alone: by a descriptor over a UNIX socket, as the device plugin does, or by a pin. That one
/// needs the map only to put its socket in. The kernel takes a socket out by itself when it is closed.
///
/// ```no_run
/// use portway_xdp::program::SocketMap;
///
/// # fn put(socket: &std::net::UdpSocket) -> Result<(), portway_xdp::program::ProgramError> {
/// let map = SocketMap::from_pin("/sys/fs/bpf/eth0-sockets")?;
/// map.insert(0, socket)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SocketMap {
    map: Map,
}

impl SocketMap {
    /// Makes an empty map for queues 0 to `queues - 1`. Needs CAP_BPF.
    ///
    /// # Errors
    ///
    /// [`QueueCount`](ProgramError::QueueCount) outside of 1 to [`QUEUE_LIMIT`];
    /// [`NotPermitted`](ProgramError::NotPermitted), [`OutOfMemory`](ProgramError::OutOfMemory) and
    /// [`Unsupported`](ProgramError::Unsupported) by the kernel's answer.
    pub fn create(queues: u32) -> Result<Self, ProgramError> {
        if !(1..=QUEUE_LIMIT).contains(&queues) {
            return Err(ProgramError::QueueCount { queues });
        }
        // The name by which other programs look for the map, so that the device plugin's tools find it too.
        let map = Map::create(
            MapKind::SocketMap,
            "xsks_map",
            size_of::<u32>() as u32,
            queues,
        )?;
        Ok(Self { map })
    }

    /// Takes over a map that another process has handed over by its descriptor.
    ///
    /// # Errors
    ///
    /// [`NotASocketMap`](ProgramError::NotASocketMap), when it is something else.
    pub fn from_descriptor(descriptor: OwnedFd) -> Result<Self, ProgramError> {
        let map = Map::from_descriptor(descriptor, MapKind::SocketMap).map_err(|failure| {
            ProgramError::NotASocketMap {
                what: "the descriptor".to_owned(),
                source: failure.source,
            }
        })?;
        Ok(Self { map })
    }

    /// Opens a map by the kernel's number of it.
    pub(super) fn by_id(id: u32) -> Result<Self, Failure> {
        let map = Map::by_id(id, MapKind::SocketMap)?;
        Ok(Self { map })
    }

    /// Opens a map that [`pin`](Self::pin) or another program has pinned.
    ///
    /// # Errors
    ///
    /// [`Pin`](ProgramError::Pin), when there is no such pin or it may not be opened;
    /// [`NotASocketMap`](ProgramError::NotASocketMap), when something else is pinned there.
    pub fn from_pin(path: impl AsRef<Path>) -> Result<Self, ProgramError> {
        let path = path.as_ref();
        match Map::from_pin(path, MapKind::SocketMap) {
            Ok(map) => Ok(Self { map }),
            Err(Failure { source, .. }) if source.kind() == io::ErrorKind::InvalidInput => {
                Err(ProgramError::NotASocketMap {
                    what: path.display().to_string(),
                    source,
                })
            }
            Err(failure) => Err(pin_error("open the pinned map", path, failure)),
        }
    }

    /// Gives the map a name in a BPF file system. It lives until the file is removed, also beyond this process; the
    /// program does not, so that frames go to the kernel once this process has ended.
    ///
    /// # Errors
    ///
    /// [`Pin`](ProgramError::Pin), when the path is taken or not in a BPF file system.
    pub fn pin(&self, path: impl AsRef<Path>) -> Result<(), ProgramError> {
        let path = path.as_ref();
        self.map
            .pin(path)
            .map_err(|failure| pin_error("pin the map", path, failure))
    }

    /// Gives the frames of `queue` to `socket`, which must be bound to that queue of the interface: the kernel drops
    /// what it would have to give to a socket of another queue. A socket that was there before is replaced.
    ///
    /// # Errors
    ///
    /// [`QueueBeyondMap`](ProgramError::QueueBeyondMap), when the map has no place for the queue, and
    /// [`NotASocket`](ProgramError::NotASocket), when `socket` is not of AF_XDP.
    pub fn insert(&self, queue: u32, socket: &impl AsRawFd) -> Result<(), ProgramError> {
        self.expect_queue(queue)?;
        let descriptor = socket.as_raw_fd().cast_unsigned();
        self.map
            .update(queue, descriptor)
            .map_err(|failure| match failure.errno() {
                libc::EOPNOTSUPP | libc::ENOTSOCK => ProgramError::NotASocket {
                    queue,
                    source: failure.source,
                },
                _ => failure.into(),
            })
    }

    /// Gives the frames of `queue` to the kernel again. Does nothing if no socket is there.
    ///
    /// # Errors
    ///
    /// [`QueueBeyondMap`](ProgramError::QueueBeyondMap), when the map has no place for the queue.
    pub fn remove(&self, queue: u32) -> Result<(), ProgramError> {
        self.expect_queue(queue)?;
        match self.map.delete(queue) {
            Err(failure) if failure.errno() != libc::ENOENT => Err(failure.into()),
            _ => Ok(()),
        }
    }

    /// Returns how many queues there are places for, counted from 0.
    pub fn queues(&self) -> u32 {
        self.map.entries()
    }

    fn expect_queue(&self, queue: u32) -> Result<(), ProgramError> {
        let entries = self.map.entries();
        if queue < entries {
            return Ok(());
        }
        Err(ProgramError::QueueBeyondMap { queue, entries })
    }
}

/// For handing the map over.
impl AsFd for SocketMap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}

fn pin_error(doing: &'static str, path: &Path, failure: Failure) -> ProgramError {
    ProgramError::Pin {
        doing,
        path: path.to_owned(),
        source: failure.source,
    }
}
