//! AF_PACKET sockets: every packet of an interface, received into frames and sent from them in batches.
//!
//! Received packets lie in a ring that the kernel shares, and are copied into frames without a system call: a copy of the
//! usual packet is cheaper than its part of `recvmmsg`. One system call sends a batch, straight from its frames.

mod batch;
mod error;
mod ring;
mod tag;

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
};

use batch::{BATCH, Batch};
pub use error::PacketSocketError;
use ring::ReceiveRing;

use crate::memory::{Burst, Frame, FramePool, Region};

/// A socket that receives every packet of an interface and sends from it.
///
/// It sees what the kernel sees, beside the kernel: packets go on to the kernel's own sockets too. Its own packets and
/// others that the interface sends do not come back. Needs CAP_NET_RAW.
#[derive(Debug)]
pub struct PacketSocket {
    descriptor: OwnedFd,
    interface: String,
    pool: FramePool,
    batch: Batch,
    /// None in a socket that sends only.
    ring: Option<ReceiveRing>,
}

/// What one call received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Frames appended to the burst.
    pub frames: usize,
    /// Packets that were longer than a frame, and are lost.
    pub too_long: usize,
    /// The region had no frame; packets wait in the kernel.
    pub starved: bool,
}

impl PacketSocket {
    /// Opens a socket on an interface of this network namespace. Received packets come in frames of `region`.
    ///
    /// # Errors
    ///
    /// There is no such interface, or the privilege is missing.
    pub fn open(interface: &str, region: &Region) -> Result<Self, PacketSocketError> {
        Self::bound(interface, libc::ETH_P_ALL as u16, region)
    }

    /// Opens a socket that sends only: the kernel copies nothing for it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn sending(interface: &str, region: &Region) -> Result<Self, PacketSocketError> {
        Self::bound(interface, 0, region)
    }

    fn bound(interface: &str, protocol: u16, region: &Region) -> Result<Self, PacketSocketError> {
        let failed = |call| PacketSocketError::from_call(interface, call);
        let index = rustix::net::netdevice::name_to_index(socket_for_names()?, interface).map_err(
            |_| PacketSocketError::NoInterface {
                interface: interface.into(),
            },
        )?;
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // Protocol 0: nothing comes before it is bound.
        // SAFETY: the call takes numbers only.
        let raw =
            check(unsafe { libc::socket(libc::AF_PACKET, kind, 0) }).map_err(failed("socket"))?;
        // SAFETY: the descriptor is new and nobody else's.
        let descriptor = unsafe { OwnedFd::from_raw_fd(raw) };
        let longest = region.chunk_size() - region.headroom();
        let ring = (protocol != 0)
            .then(|| ReceiveRing::open(descriptor.as_raw_fd(), longest))
            .transpose()
            .map_err(failed("setsockopt(PACKET_RX_RING)"))?;
        let socket = Self {
            descriptor,
            interface: interface.into(),
            pool: FramePool::new(region),
            batch: Batch::new(),
            ring,
        };
        socket.set_options().map_err(failed("setsockopt"))?;
        socket.bind(index, protocol).map_err(failed("bind"))?;
        Ok(socket)
    }

    /// Appends received packets to a burst, as many as are there and fit. Never waits.
    ///
    /// A VLAN tag that the kernel has taken out of a packet is put in again.
    ///
    /// # Errors
    ///
    /// The interface is down or gone.
    pub fn receive(&mut self, burst: &mut Burst) -> Result<Received, PacketSocketError> {
        let mut total = Received::default();
        let before = burst.len();
        while !burst.is_full()
            && let Some(waiting) = self.ring.as_mut().and_then(ReceiveRing::first)
        {
            let Some(mut frame) = self.pool.take() else {
                total.starved = true;
                // It goes on waiting.
                waiting.leave();
                break;
            };
            let copied = waiting
                .packet()
                .is_some_and(|packet| frame.append(packet).is_ok())
                && waiting
                    .tag()
                    .is_none_or(|tag| tag.restore(&mut frame).is_ok());
            if copied {
                // There is room: the loop asks.
                let _ = burst.push(frame);
            } else {
                total.too_long += 1;
                self.pool.give(frame);
            }
        }
        total.frames = burst.len() - before;
        if total == Received::default() {
            self.check_interface()?;
        }
        Ok(total)
    }

    /// Asks for the error that the system has noted: the ring itself stays silent when the interface goes.
    fn check_interface(&self) -> Result<(), PacketSocketError> {
        let error = rustix::net::sockopt::socket_error(&self.descriptor);
        let failed = PacketSocketError::from_call(&self.interface, "getsockopt(SO_ERROR)");
        match error {
            Ok(Ok(())) => Ok(()),
            Ok(Err(errno)) | Err(errno) => Err(failed(errno.into())),
        }
    }

    /// Sends packets from the front of a burst and returns how many went. The others stay in the burst. Never waits.
    ///
    /// # Errors
    ///
    /// The system's reason, which is about the packet that is now at the front of the burst where it is
    /// [`PacketSocketError::Refused`].
    pub fn send(&mut self, burst: &mut Burst) -> Result<usize, PacketSocketError> {
        let mut sent = 0;
        let mut result = Ok(());
        while sent < burst.len() {
            let end = burst.len().min(sent + BATCH);
            match self
                .batch
                .send(self.descriptor.as_raw_fd(), &burst[sent..end])
            {
                Ok(0) => break,
                Ok(count) => sent += count,
                Err(error) if is_momentary(&error) => break,
                Err(error) => {
                    result = Err(PacketSocketError::from_call(&self.interface, "sendmmsg")(
                        error,
                    ));
                    break;
                }
            }
        }
        burst.drain(sent).for_each(|frame| self.give(frame));
        result.map(|()| sent)
    }

    fn give(&mut self, frame: Frame) {
        self.pool.give(frame);
    }

    /// Returns how many packets the kernel has dropped for this socket since it was asked last, because nobody
    /// received them in time.
    ///
    /// # Errors
    ///
    /// The system call fails; no reason is known.
    pub fn missed(&self) -> Result<u64, PacketSocketError> {
        let mut counted = libc::tpacket_stats {
            tp_packets: 0,
            tp_drops: 0,
        };
        let mut length = size_of::<libc::tpacket_stats>() as libc::socklen_t;
        // SAFETY: the kernel writes at most `length` bytes to a structure of that size.
        let result = unsafe {
            libc::getsockopt(
                self.descriptor.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut counted).cast(),
                &raw mut length,
            )
        };
        let failed = PacketSocketError::from_call(&self.interface, "getsockopt");
        check(result).map_err(failed)?;
        Ok(u64::from(counted.tp_drops))
    }

    fn set_options(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, 1)?;
        // What a queueing discipline holds back would be neither sent nor counted.
        self.set(libc::SOL_PACKET, libc::PACKET_QDISC_BYPASS, 1)
    }

    fn set(&self, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
        // SAFETY: the kernel reads an integer of the size that is told.
        let result = unsafe {
            libc::setsockopt(
                self.descriptor.as_raw_fd(),
                level,
                name,
                (&raw const value).cast(),
                size_of::<libc::c_int>() as libc::socklen_t,
            )
        };
        check(result).map(drop)
    }

    fn bind(&self, index: u32, protocol: u16) -> io::Result<()> {
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: protocol.to_be(),
            sll_ifindex: index as libc::c_int,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        // SAFETY: the kernel reads an address of the size that is told.
        let result = unsafe {
            libc::bind(
                self.descriptor.as_raw_fd(),
                (&raw const address).cast(),
                size_of::<libc::sockaddr_ll>() as libc::socklen_t,
            )
        };
        check(result).map(drop)
    }
}

impl AsRawFd for PacketSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

/// Any socket of this namespace can be asked for the names of interfaces.
fn socket_for_names() -> Result<OwnedFd, PacketSocketError> {
    use rustix::net::{AddressFamily, SocketType, socket};
    socket(AddressFamily::UNIX, SocketType::DGRAM, None)
        .map_err(|errno| PacketSocketError::from_call("any", "socket")(errno.into()))
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// Whether the call is to be repeated later and nothing is wrong.
fn is_momentary(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EAGAIN | libc::ENOBUFS | libc::EINTR)
    )
}
