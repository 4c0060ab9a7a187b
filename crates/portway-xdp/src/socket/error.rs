//! What can go wrong with a socket, and what to do then.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::features::SendFeatures;

/// Why a socket could not be opened, or why it stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// There is no network interface of that name in this network namespace.
    #[error("there is no interface {interface} in this network namespace: `ip link` lists them")]
    NoSuchInterface {
        /// The name asked for.
        interface: Arc<str>,
    },
    /// The process may not open raw sockets.
    #[error(
        "an AF_XDP socket needs the capability CAP_NET_RAW: run as root, or `setcap cap_net_raw+ep` the program, or grant it in the unit or the pod"
    )]
    NoPrivilege {
        /// What the system said.
        source: io::Error,
    },
    /// The kernel was built without AF_XDP, or forbids it here.
    #[error("this kernel has no AF_XDP: it needs CONFIG_XDP_SOCKETS (Linux 5.11 or newer)")]
    NotSupported {
        /// What the system said.
        source: io::Error,
    },
    /// The region's memory is more than the process may lock.
    #[error(
        "the region's {bytes} bytes exceed the memory that this process may lock: raise the limit (`ulimit -l`, `LimitMEMLOCK=` of the unit), grant CAP_IPC_LOCK, or make the region smaller"
    )]
    MemoryLock {
        /// The length of the region.
        bytes: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The chunks of the region are not what AF_XDP takes.
    #[error(
        "AF_XDP cannot use chunks of {size} bytes: make the region with 2048 or 4096, or any size between for unaligned chunks"
    )]
    ChunkSize {
        /// The size of the region's chunks.
        size: usize,
    },
    /// The region keeps no room for what is to be asked with packets.
    #[error(
        "the region keeps no room for what is asked with packets: make it with `Region::builder().send_metadata()`"
    )]
    NoMetadata,
    /// The kernel takes no metadata with packets.
    #[error(
        "this kernel takes no requests with packets (Linux 6.11 or newer does): make the region without `send_metadata`, and checksums with `Frame::complete_checksum`"
    )]
    MetadataNotSupported {
        /// What the system said.
        source: io::Error,
    },
    /// What was required cannot be asked of this device.
    #[error(
        "{interface} offers no {missing} for packets that AF_XDP sends: require less, or use a device whose driver has it (`ynl --family netdev --dump dev-get` lists them); checksums and software time stamps are to be had in copy mode"
    )]
    NoSendFeature {
        /// The interface.
        interface: Arc<str>,
        /// What it does not offer.
        missing: SendFeatures,
    },
    /// The kernel does not tell what drivers offer.
    #[error(
        "the kernel does not tell what its drivers offer for sending ({source}): Linux 6.8 or newer does"
    )]
    FeaturesUnknown {
        /// What the system said.
        source: io::Error,
    },
    /// The size of a ring is not a power of two in range.
    #[error(
        "a {ring} ring of {size} entries is not possible: choose a power of two from 64 to 65536"
    )]
    RingSize {
        /// Which ring.
        ring: &'static str,
        /// The size asked for.
        size: u32,
    },
    /// The region has too few free frames to receive into.
    #[error(
        "the region has {free} free frames and the fill ring takes {needed}: make the region larger (fill rings, send rings and 256 for each pool), or the ring smaller"
    )]
    TooFewFrames {
        /// The frames that were free.
        free: usize,
        /// The frames that the fill ring holds.
        needed: usize,
    },
    /// A socket that shares the region with others wants something else than the first one fixed.
    #[error(
        "the region already serves a socket {fixed}, which all of its sockets share: ask for the same here, or give this socket a region of its own"
    )]
    Shared {
        /// What the first socket fixed.
        fixed: &'static str,
    },
    /// Another socket has the queue.
    #[error(
        "queue {queue} of {interface} is taken by another socket (waited {waited:.1?} for it): end the other program, or choose another queue"
    )]
    QueueBusy {
        /// The interface.
        interface: Arc<str>,
        /// The queue.
        queue: u32,
        /// How long opening waited for the queue to become free.
        waited: Duration,
    },
    /// The interface has no such queue.
    #[error(
        "{interface} has no queue {queue}: `ethtool -l {interface}` shows how many there are, `ethtool -L` changes it"
    )]
    NoSuchQueue {
        /// The interface.
        interface: Arc<str>,
        /// The queue asked for.
        queue: u32,
    },
    /// Zero copy was demanded and the driver does not offer it.
    #[error(
        "the driver of {interface} cannot do this ({source}): without zero copy and multi-buffer it may work"
    )]
    NotByDriver {
        /// The interface.
        interface: Arc<str>,
        /// What the system said.
        source: io::Error,
    },
    /// Busy polling was asked for without the capability.
    #[error(
        "busy polling needs the capability CAP_NET_ADMIN: grant it, or let the device plugin set it for the socket"
    )]
    BusyPollPrivilege {
        /// What the system said.
        source: io::Error,
    },
    /// The interface is down. The socket stays open and goes on when it is up again.
    #[error("{interface} is down: `ip link set {interface} up`")]
    InterfaceDown {
        /// The interface.
        interface: Arc<str>,
    },
    /// The interface was removed. The socket is of no use any more.
    #[error("{interface} was removed: open a new socket when it is back")]
    InterfaceGone {
        /// The interface.
        interface: Arc<str>,
    },
    /// A system call failed for another reason.
    #[error("{call} failed on {interface}: {source}")]
    System {
        /// The system call.
        call: &'static str,
        /// The interface.
        interface: Arc<str>,
        /// What the system said.
        source: io::Error,
    },
}

impl SocketError {
    /// Returns whether the socket can never be used again. Otherwise trying again later makes sense.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::InterfaceDown { .. } | Self::QueueBusy { .. })
    }
}
