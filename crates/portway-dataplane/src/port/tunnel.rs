//! Ports over a TAP or TUN interface, which the kernel sees as an ordinary one.

use std::{
    io,
    os::fd::{AsRawFd, RawFd},
    sync::Arc,
};

use portway_xdp::{Burst, FramePool, Region};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use super::{DropReason, LinkType, Port, Receive, ReceiveCounts, Transmit, TransmitCounts};

/// The MTU unless set: Ethernet's.
const DEFAULT_MTU: u16 = 1500;
/// Headers before what the MTU counts, with two VLAN tags.
const LONGEST_LINK_HEADER: usize = 22;
/// `EBADFD`: what reads and writes say once the interface has been removed.
const REMOVED: i32 = 77;

/// A TAP or TUN interface as a port. What the kernel routes to the interface is received; what is sent, the kernel
/// receives from it.
///
/// Needs `CAP_NET_ADMIN`. The interface goes away with the port. Each packet costs a system call: for speed there
/// are AF_XDP and AF_PACKET.
#[derive(Clone, Debug)]
#[must_use = "nothing is made until `open`"]
pub struct TunnelInterface {
    name: String,
    link_type: LinkType,
    mtu: u16,
}

impl TunnelInterface {
    /// An interface whose frames begin with an Ethernet header.
    pub fn tap(name: impl Into<String>) -> Self {
        Self::new(name.into(), LinkType::Ethernet)
    }

    /// An interface whose frames begin with an IP header.
    pub fn tun(name: impl Into<String>) -> Self {
        Self::new(name.into(), LinkType::Ip)
    }

    fn new(name: String, link_type: LinkType) -> Self {
        Self {
            name,
            link_type,
            mtu: DEFAULT_MTU,
        }
    }

    /// The longest IP packet; 1500 unless set. A frame of the region must hold it.
    pub fn mtu(mut self, bytes: u16) -> Self {
        self.mtu = bytes;
        self
    }

    /// Makes the interface and brings it up. The port has its name; frames come from `region`.
    ///
    /// # Errors
    ///
    /// The region's frames are too short for the MTU, or the system's reason with what to do.
    pub fn open(self, region: &Region) -> io::Result<Port> {
        self.check_frames(region)?;
        let layer = match self.link_type {
            LinkType::Ethernet => Layer::L2,
            LinkType::Ip => Layer::L3,
        };
        let builder = DeviceBuilder::new().name(&self.name).layer(layer);
        let device = builder.mtu(self.mtu).enable(true).build_sync();
        let device = device.map_err(|error| self.explain(&error))?;
        device.set_nonblocking(true)?;
        let device = Arc::new(device);
        let half = |device| {
            Box::new(Half {
                device,
                link_type: self.link_type,
                pool: FramePool::new(region),
            })
        };
        let (receive, transmit) = (half(device.clone()), half(device));
        Ok(Port::new(self.name, region, receive, transmit))
    }

    fn check_frames(&self, region: &Region) -> io::Result<()> {
        let room = region.chunk_size() - region.headroom();
        let needed = usize::from(self.mtu) + LONGEST_LINK_HEADER;
        if needed < room {
            return Ok(());
        }
        let reason = format!(
            "packets of {} bytes do not fit into frames with room for {room}: lower the MTU or make larger chunks",
            self.mtu
        );
        Err(io::Error::new(io::ErrorKind::InvalidInput, reason))
    }

    fn explain(&self, error: &io::Error) -> io::Error {
        let hint = match error.kind() {
            io::ErrorKind::PermissionDenied => "it needs CAP_NET_ADMIN: run as root or use setcap",
            io::ErrorKind::ResourceBusy => "another program uses an interface of this name",
            io::ErrorKind::NotFound => "/dev/net/tun is missing: load the kernel module tun",
            _ => "see the system's reason",
        };
        let text = format!("cannot make the interface {}: {error}; {hint}", self.name);
        io::Error::new(error.kind(), text)
    }
}

/// Both halves are the same: the descriptor serves reads and writes of two threads.
struct Half {
    device: Arc<SyncDevice>,
    link_type: LinkType,
    pool: FramePool,
}

impl std::fmt::Debug for Half {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut structure = formatter.debug_struct("Tunnel");
        structure.field("link_type", &self.link_type).finish()
    }
}

impl Receive for Half {
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()> {
        while !burst.is_full() {
            let Some(mut frame) = self.pool.take() else {
                counts.fill_starved += 1;
                return Ok(());
            };
            let room = frame.room_mut();
            let capacity = room.len();
            match self.device.recv(room) {
                // One that fills all the room may have been cut.
                Ok(length) if length < capacity && frame.set_len(length).is_ok() => {
                    // The loop asked for room.
                    let _ = burst.push(frame);
                }
                Ok(_) => {
                    counts.count_invalid(DropReason::TooLong);
                    self.pool.give(frame);
                }
                Err(error) => {
                    self.pool.give(frame);
                    return ended(error);
                }
            }
        }
        Ok(())
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.device.as_raw_fd())
    }

    fn link_type(&self) -> LinkType {
        self.link_type
    }
}

impl Transmit for Half {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        let mut taken = 0;
        let mut result = Ok(());
        while taken < burst.len() {
            counts.tx_kicks += 1;
            match self.device.send(&burst[taken]) {
                Ok(_) => counts.count_sent(&burst[taken..=taken]),
                Err(error) if is_about_the_packet(&error) => {
                    counts.count_invalid(DropReason::BadHeaders);
                }
                Err(error) if is_down(&error) => {
                    counts.count_dropped(1, DropReason::InterfaceDown);
                }
                Err(error) => {
                    result = ended(error);
                    break;
                }
            }
            taken += 1;
        }
        burst.drain(taken).for_each(|frame| self.pool.give(frame));
        result
    }
}

/// Neither Ethernet nor IP, or shorter than its header.
fn is_about_the_packet(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput
}

/// `EIO` is what a write says while the interface is down.
fn is_down(error: &io::Error) -> bool {
    error.raw_os_error() == Some(5)
}

fn ended(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(()),
        _ if error.raw_os_error() == Some(REMOVED) => Err(io::Error::new(
            io::ErrorKind::NotConnected,
            "the interface has been removed",
        )),
        _ => Err(error),
    }
}
