//! Opening a socket, step by step: descriptor, memory, rings, frames, bind.

use std::ffi::CString;
use std::io;
use std::mem::size_of;
use std::os::fd::AsRawFd;
use std::sync::{Arc, MutexGuard, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};

use super::builder::{Copying, SocketBuilder, Wakeup};
use super::endpoint::{Endpoint, Terms};
use super::error::SocketError;
use super::options;
use super::receiver::Receiver;
use super::rings::Rings;
use super::{BusyPoll, Socket};
use crate::features::SendFeatures;
use crate::kernel;
use crate::memory::Region;
use crate::netlink::device;

/// Between two attempts to get what a closed socket has not given back yet.
const PAUSE: Duration = Duration::from_millis(10);

/// Opens a socket; waits for a queue that is taken, and for locked memory, as long as the builder's patience lasts.
pub(super) fn open(asked: &SocketBuilder, region: &Region) -> Result<Socket, SocketError> {
    let started = Instant::now();
    loop {
        let mut error = match attempt(asked, region) {
            Ok(socket) => return Ok(socket),
            Err(error) => error,
        };
        let so_far = started.elapsed();
        if let SocketError::QueueBusy { waited, .. } = &mut error {
            *waited = so_far;
        }
        if so_far >= asked.patience || !may_pass(&error) {
            return Err(error);
        }
        thread::sleep(PAUSE);
    }
}

/// Whether the kernel may still be about to free what is missing: it gives back the queue and the memory of a closed
/// socket somewhat later, so that attempts at a queue that is taken use up the memory that may be locked.
fn may_pass(error: &SocketError) -> bool {
    match error {
        SocketError::QueueBusy { .. } => true,
        // All processes of the user count.
        SocketError::MemoryLock { bytes, .. } => getrlimit(Resource::Memlock)
            .current
            .is_none_or(|limit| *bytes <= limit),
        _ => false,
    }
}

fn attempt(asked: &SocketBuilder, region: &Region) -> Result<Socket, SocketError> {
    let interface_index = index_of(&asked.interface)?;
    let mut endpoint = Endpoint::open(asked.interface.clone(), region)?;
    // Held until the socket is bound, so that two first sockets do not both register the memory.
    let mut sharers = region.sharers();
    let shared = living(&mut sharers).find_map(|sharer| Some((sharer.terms()?, sharer)));
    if shared.is_none() {
        register(&endpoint, asked)?;
    }
    let rings = Rings::map(&mut endpoint, asked)?;
    let endpoint = Arc::new(endpoint);
    let (mut receiver, mut sender) = rings.halves(&endpoint, asked);
    lend(&mut receiver, asked, region)?;
    let terms = match &shared {
        Some(shared) => bind_shared(&endpoint, asked, interface_index, shared)?,
        None => bind_first(&endpoint, asked, interface_index)?,
    };
    endpoint.agree(terms);
    sharers.push(Arc::downgrade(&endpoint));
    drop(sharers);
    if let Some(busy_poll) = asked.busy_poll {
        set_busy_poll(&endpoint, busy_poll)?;
    }
    receiver.begin(terms, asked.busy_poll.is_some());
    sender.begin(terms, offered(asked, terms, interface_index, region)?);
    let copies = !terms.zero_copy;
    Ok(Socket {
        receiver,
        sender,
        endpoint,
        interface_index,
        queue: asked.queue,
        copies,
    })
}

/// Returns what can be asked with packets, and refuses where what is required is not among it.
fn offered(
    asked: &SocketBuilder,
    terms: Terms,
    interface: u32,
    region: &Region,
) -> Result<SendFeatures, SocketError> {
    if !region.has_send_metadata() {
        return Ok(SendFeatures::NONE);
    }
    // A kernel that does not tell has no driver that offers anything.
    let of_driver = device::send_features(interface).unwrap_or_default();
    let offered = match terms.zero_copy {
        true => of_driver,
        // The kernel does the first two itself; the third it leaves to the driver in either mode.
        false => SendFeatures::CHECKSUM | SendFeatures::TIME_STAMP | of_driver,
    };
    let missing = asked.required.without(offered);
    let interface = asked.interface.clone();
    match missing.is_empty() {
        true => Ok(offered),
        false => Err(SocketError::NoSendFeature { interface, missing }),
    }
}

fn index_of(interface: &Arc<str>) -> Result<u32, SocketError> {
    let missing = || SocketError::NoSuchInterface {
        interface: interface.clone(),
    };
    let name = CString::new(interface.as_bytes()).map_err(|_| missing())?;
    // SAFETY: the name ends with a zero byte and lives through the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(missing()),
        index => Ok(index),
    }
}

/// Returns the sockets of the region that are still open, forgetting the others.
fn living<'list>(
    sharers: &'list mut MutexGuard<'_, Vec<Weak<Endpoint>>>,
) -> impl Iterator<Item = Arc<Endpoint>> + 'list {
    sharers.retain(|sharer| sharer.strong_count() > 0);
    sharers.iter().filter_map(Weak::upgrade)
}

/// Registers the region's memory with the kernel (`XDP_UMEM_REG`).
fn register(endpoint: &Endpoint, asked: &SocketBuilder) -> Result<(), SocketError> {
    let region = endpoint.region();
    let (address, chunk_size) = (region.address() as u64, region.chunk_size() as u32);
    let unaligned = asked.unaligned || !chunk_size.is_power_of_two();
    let bytes = u64::from(chunk_size) * region.frames() as u64;
    let registration = kernel::UmemRegistration {
        address,
        length: bytes,
        chunk_size,
        headroom: (region.headroom() as u32).saturating_sub(kernel::PACKET_HEADROOM),
        flags: umem_flags(asked, region, unaligned),
        metadata_length: if region.has_send_metadata() {
            kernel::SEND_METADATA_LENGTH as u32
        } else {
            0
        },
    };
    options::set(endpoint.as_raw_fd(), kernel::XDP_UMEM_REG, &registration).map_err(|source| {
        match source.raw_os_error() {
            Some(libc::ENOBUFS | libc::ENOMEM) => SocketError::MemoryLock { bytes, source },
            Some(libc::EINVAL) if region.has_send_metadata() => {
                SocketError::MetadataNotSupported { source }
            }
            _ => endpoint.failed("setsockopt(XDP_UMEM_REG)", source),
        }
    })
}

fn umem_flags(asked: &SocketBuilder, region: &Region, unaligned: bool) -> u32 {
    let flags = [
        (unaligned, kernel::XDP_UMEM_UNALIGNED_CHUNK_FLAG),
        (region.has_send_metadata(), kernel::XDP_UMEM_TX_METADATA_LEN),
        (asked.software_checksum, kernel::XDP_UMEM_TX_SW_CSUM),
    ];
    let set = flags.into_iter().filter(|(is_set, _)| *is_set);
    set.fold(0, |all, (_, flag)| all | flag)
}

/// Fills the fill ring: a driver in zero copy takes frames from it as soon as the socket is bound.
fn lend(
    receiver: &mut Receiver,
    asked: &SocketBuilder,
    region: &Region,
) -> Result<(), SocketError> {
    let (free, needed) = (region.free_frames(), asked.fill_entries());
    receiver.refill();
    if receiver.lent() < needed {
        return Err(SocketError::TooFewFrames {
            free,
            needed: needed as usize,
        });
    }
    Ok(())
}

fn bind_first(
    endpoint: &Endpoint,
    asked: &SocketBuilder,
    interface: u32,
) -> Result<Terms, SocketError> {
    let copying = match asked.copying {
        // Without either flag the kernel tries zero copy and falls back by itself.
        Copying::PreferZeroCopy => 0,
        Copying::ZeroCopy => kernel::XDP_ZEROCOPY,
        Copying::Copy => kernel::XDP_COPY,
    };
    let says_when_to_wake = asked.wakeup == Wakeup::WhenAsked;
    let wakeup = if says_when_to_wake {
        kernel::XDP_USE_NEED_WAKEUP
    } else {
        0
    };
    let fragments = if asked.multi_buffer {
        kernel::XDP_USE_SG
    } else {
        0
    };
    bind(
        endpoint,
        asked,
        kernel::Address {
            family: kernel::AF_XDP as u16,
            flags: copying | wakeup | fragments,
            interface,
            queue: asked.queue,
            shared_descriptor: 0,
        },
    )?;
    let mut answered = 0_u32;
    options::read(endpoint.as_raw_fd(), kernel::XDP_OPTIONS, &mut answered)
        .map_err(|source| endpoint.failed("getsockopt(XDP_OPTIONS)", source))?;
    let zero_copy = answered & kernel::XDP_OPTIONS_ZEROCOPY != 0;
    Ok(Terms {
        zero_copy,
        multi_buffer: asked.multi_buffer,
        says_when_to_wake,
        software_checksum: asked.software_checksum,
    })
}

fn bind_shared(
    endpoint: &Endpoint,
    asked: &SocketBuilder,
    interface: u32,
    (terms, sharer): &(Terms, Arc<Endpoint>),
) -> Result<Terms, SocketError> {
    let fixed = match (asked.copying, terms) {
        (
            Copying::ZeroCopy,
            Terms {
                zero_copy: false, ..
            },
        ) => Some("in copy mode"),
        (
            Copying::Copy,
            Terms {
                zero_copy: true, ..
            },
        ) => Some("in zero copy"),
        (
            _,
            Terms {
                multi_buffer: false,
                ..
            },
        ) if asked.multi_buffer => Some("without multi-buffer"),
        (
            _,
            Terms {
                software_checksum: false,
                ..
            },
        ) if asked.software_checksum => Some("without software checksums"),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return Err(SocketError::Shared { fixed });
    }
    bind(
        endpoint,
        asked,
        kernel::Address {
            family: kernel::AF_XDP as u16,
            flags: kernel::XDP_SHARED_UMEM,
            interface,
            queue: asked.queue,
            shared_descriptor: sharer.as_raw_fd() as u32,
        },
    )?;
    Ok(*terms)
}

fn bind(
    endpoint: &Endpoint,
    asked: &SocketBuilder,
    address: kernel::Address,
) -> Result<(), SocketError> {
    let length = size_of::<kernel::Address>() as libc::socklen_t;
    // SAFETY: the kernel reads as many bytes of the address as it has.
    let answer = unsafe {
        libc::bind(
            endpoint.as_raw_fd(),
            std::ptr::from_ref(&address).cast(),
            length,
        )
    };
    if answer == 0 {
        return Ok(());
    }
    let source = io::Error::last_os_error();
    let (interface, queue) = (asked.interface.clone(), asked.queue);
    Err(match source.raw_os_error() {
        Some(libc::EBUSY) => SocketError::QueueBusy {
            interface,
            queue,
            waited: Duration::ZERO,
        },
        Some(libc::EINVAL) => SocketError::NoSuchQueue { interface, queue },
        Some(libc::EOPNOTSUPP) => SocketError::NotByDriver { interface, source },
        Some(libc::EPERM | libc::EACCES) => SocketError::NoPrivilege { source },
        _ => endpoint.failed("bind", source),
    })
}

fn set_busy_poll(endpoint: &Endpoint, asked: BusyPoll) -> Result<(), SocketError> {
    let microseconds =
        libc::c_int::try_from(asked.interval.as_micros()).unwrap_or(libc::c_int::MAX);
    let settings = [
        (kernel::SO_PREFER_BUSY_POLL, 1),
        (kernel::SO_BUSY_POLL, microseconds),
        (kernel::SO_BUSY_POLL_BUDGET, libc::c_int::from(asked.budget)),
    ];
    settings.into_iter().try_for_each(|(option, value)| {
        options::set_at(endpoint.as_raw_fd(), libc::SOL_SOCKET, option, &value).map_err(|source| {
            match source.raw_os_error() {
                Some(libc::EPERM) => SocketError::BusyPollPrivilege { source },
                _ => endpoint.failed("setsockopt(SO_BUSY_POLL)", source),
            }
        })
    })
}
