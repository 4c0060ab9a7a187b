//! Ports: what receives and sends bursts of frames.

mod back_end;
mod buffer;
mod capture;
mod drops;
mod link;
mod null;
mod packet_socket;
mod receiver;
mod ring;
mod sender;
mod statistics;
#[cfg(test)]
mod tests;
mod tunnel;
mod udp;
mod xdp;

use std::{io, os::fd::RawFd};

pub use back_end::{LinkType, Receive, Transmit};
pub use buffer::TransmitBuffer;
pub use capture::{CaptureError, CaptureFiles};
pub use drops::{DropReason, Drops};
pub use link::Link;
pub use null::NullPort;
pub use packet_socket::PacketPort;
pub use receiver::PortReceiver;
pub use ring::RingPort;
pub use sender::PortSender;
pub use statistics::{PortStatistics, ReceiveCounts, StatisticsReader, TransmitCounts};
pub use tunnel::TunnelInterface;
pub use udp::UdpPort;
pub use xdp::XdpPort;

use portway_xdp::{Burst, Region, SendFeatures, TimeStamp};
use statistics::Published;

/// One queue that frames come from and go to, with its statistics.
///
/// A port belongs to one thread at a time and can be moved to another one; nothing in a burst takes a lock. A device
/// with several queues is several ports. Where one thread receives and another one sends,
/// [`split`](Self::split) gives each its half.
#[derive(Debug)]
pub struct Port {
    receiver: PortReceiver,
    sender: PortSender,
}

impl Port {
    /// Makes a port of a back end. `region` is where [`prepare`](Self::prepare) takes frames from.
    pub fn new(
        name: impl Into<String>,
        region: &Region,
        receive: Box<dyn Receive>,
        transmit: Box<dyn Transmit>,
    ) -> Self {
        let published = Published::new(name.into());
        Self {
            receiver: PortReceiver::new(receive, published.clone()),
            sender: PortSender::new(transmit, region, published),
        }
    }

    /// The name that the port was given.
    pub fn name(&self) -> &str {
        self.receiver.name()
    }

    /// Receives frames into the room that `burst` has and tells how many; never waits.
    pub fn rx_burst(&mut self, burst: &mut Burst) -> usize {
        self.receiver.rx_burst(burst)
    }

    /// Sends frames from the front of `burst` and tells how many it took; the others stay in the burst, in their
    /// order. Never waits.
    pub fn tx_burst(&mut self, burst: &mut Burst) -> usize {
        self.sender.tx_burst(burst)
    }

    /// Has what is held back passed on: see [`PortSender::flush`].
    pub fn flush(&mut self) {
        self.sender.flush();
    }

    /// Puts up to `count` empty frames into `burst`, for packets that begin here; tells how many there were.
    ///
    /// The port keeps up to some 300 free frames of the region for itself, so that it seldom has to lock: a region wants
    /// that many for each of its ports, beside those that are under way.
    pub fn prepare(&mut self, burst: &mut Burst, count: usize) -> usize {
        self.sender.prepare(burst, count)
    }

    /// What frames can ask of the device behind the port: see [`PortSender::send_features`].
    pub fn send_features(&self) -> SendFeatures {
        self.sender.send_features()
    }

    /// The next time stamp that came back: see [`PortSender::next_time_stamp`].
    pub fn next_time_stamp(&mut self) -> Option<TimeStamp> {
        self.sender.next_time_stamp()
    }

    /// Gives frames back that nobody needs any more: to this port, where it receives into them again, without the lock that
    /// giving them to their region takes.
    pub fn give_back(&mut self, burst: &mut Burst) {
        self.receiver.give_back(burst);
    }

    /// What the port has counted so far.
    pub fn statistics(&self) -> PortStatistics {
        self.receiver.statistics_reader().read()
    }

    /// Asks the system for what it alone counts (`in_missed`), at the price of a system call.
    ///
    /// Bursts do it now and then: this is for who wants the statistics exact, or sleeps between bursts.
    pub fn refresh_statistics(&mut self) {
        self.receiver.refresh_statistics();
    }

    /// A handle by which any thread reads the statistics while the port works.
    pub fn statistics_reader(&self) -> StatisticsReader {
        self.receiver.statistics_reader()
    }

    /// What the first bytes of its frames are.
    pub fn link_type(&self) -> LinkType {
        self.receiver.link_type()
    }

    /// What becomes readable when frames have arrived, for a thread that wants to sleep; none where there is
    /// nothing of the kind, as with a ring. It lives as long as the port; one poller can watch those of several ports
    /// (`mio::unix::SourceFd`).
    pub fn descriptor(&self) -> Option<RawFd> {
        self.receiver.descriptor()
    }

    /// The newest error of the system that a burst met, once. Bursts count errors and go on.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.receiver
            .take_error()
            .or_else(|| self.sender.take_error())
    }

    /// Gives both halves, each for a thread of its own.
    pub fn split(self) -> (PortReceiver, PortSender) {
        (self.receiver, self.sender)
    }

    /// Both halves, where one is to be borrowed beside the other.
    pub fn halves(&mut self) -> (&mut PortReceiver, &mut PortSender) {
        (&mut self.receiver, &mut self.sender)
    }
}
