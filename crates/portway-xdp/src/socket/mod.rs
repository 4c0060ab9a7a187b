//! AF_XDP sockets: opened by a builder, used as two halves.

mod bind;
mod builder;
mod endpoint;
mod error;
mod lent;
mod loans;
mod metadata;
mod options;
mod poll;
mod receiver;
mod rings;
mod sender;
mod statistics;

use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;

pub use builder::{BusyPoll, Copying, SocketBuilder, Wakeup};
pub(crate) use endpoint::Endpoint;
pub use error::SocketError;
pub use metadata::TimeStamp;
pub use receiver::Receiver;
pub use sender::Sender;
pub use statistics::{KernelStatistics, ReceiverStatistics, SenderStatistics};

use crate::features::SendFeatures;
use crate::memory::Burst;

/// An AF_XDP socket on one queue of one interface.
///
/// It can send at once. It receives what an XDP program redirects to it, from the moment on when it is in the
/// program's map. Any number of sockets, on any queues and interfaces, may be opened over one region; frames then
/// go from one to the other without a copy.
///
/// Dropping both halves closes it: the kernel takes it out of the map, and its frames go back to the region.
///
/// ```no_run
/// use portway_xdp::{Burst, Region, Socket};
///
/// let region = Region::builder().chunks(4096).build()?;
/// let mut socket = Socket::builder("eth0", 0).open(&region)?;
/// let mut burst = Burst::new();
/// let mut frame = region.frame().ok_or("every frame is in use")?;
/// frame.append(&[0xff; 60])?;
/// burst.push(frame).map_err(|_| "the burst is full")?;
/// socket.send(&mut burst)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Socket {
    receiver: Receiver,
    sender: Sender,
    endpoint: Arc<Endpoint>,
    interface_index: u32,
    queue: u32,
    copies: bool,
}

impl Socket {
    /// Begins to describe a socket on a queue of an interface of this network namespace.
    pub fn builder(interface: &str, queue: u32) -> SocketBuilder {
        SocketBuilder::new(interface, queue)
    }

    /// Receives: see [`Receiver::receive`].
    ///
    /// # Errors
    ///
    /// The interface is down or gone.
    pub fn receive(&mut self, burst: &mut Burst) -> Result<usize, SocketError> {
        self.receiver.receive(burst)
    }

    /// Sends: see [`Sender::send`].
    ///
    /// # Errors
    ///
    /// The interface is down or gone.
    pub fn send(&mut self, burst: &mut Burst) -> Result<usize, SocketError> {
        self.sender.send(burst)
    }

    /// Returns the receiving half.
    pub fn receiver(&mut self) -> &mut Receiver {
        &mut self.receiver
    }

    /// Returns the sending half.
    pub fn sender(&mut self) -> &mut Sender {
        &mut self.sender
    }

    /// Parts the halves, for two threads. The socket stays open as long as one of them exists.
    pub fn split(self) -> (Receiver, Sender) {
        (self.receiver, self.sender)
    }

    /// Returns the queue it is bound to.
    pub fn queue(&self) -> u32 {
        self.queue
    }

    /// Returns the index of its interface.
    pub fn interface_index(&self) -> u32 {
        self.interface_index
    }

    /// Returns the name its interface had when the socket was opened.
    pub fn interface(&self) -> &str {
        self.endpoint.interface()
    }

    /// Returns how packets go between the device and the region, as agreed with the driver: [`Copying::ZeroCopy`]
    /// or, where that was not to be had, [`Copying::Copy`].
    pub fn copying(&self) -> Copying {
        if self.copies {
            Copying::Copy
        } else {
            Copying::ZeroCopy
        }
    }

    /// Returns what can be asked with packets sent through it; nothing where the region keeps no room for requests.
    ///
    /// A checksum that is asked of a socket which has none is computed by [`Sender::send`]; other requests are given up
    /// and counted ([`SenderStatistics::requests_unmet`]).
    pub fn send_features(&self) -> SendFeatures {
        self.sender.offered()
    }

    /// Says that another process gets the descriptor, as in the handshake with a device plugin.
    ///
    /// Closing here then no longer closes the socket for sure, so that frames which the kernel still has at that time are not used
    /// again as long as the region lives.
    pub fn descriptor_leaves_process(&self) {
        self.endpoint.leaves_process();
    }

    /// Says that busy polling was set from outside, by a device plugin: [`Receiver::receive`] polls the device from now
    /// on.
    pub fn busy_poll_is_set(&mut self) {
        self.receiver.poll_always();
    }
}

/// The raw descriptor, to be polled or put into a map.
///
/// There is no `AsFd` on purpose: a copy of the descriptor, which `AsFd` makes possible without `unsafe`, would keep
/// the socket open after its end here, while its frames are used again.
impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.endpoint.as_raw_fd()
    }
}
