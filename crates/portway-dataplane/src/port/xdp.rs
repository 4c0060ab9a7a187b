//! Ports over AF_XDP.

use std::{
    io,
    os::fd::{AsRawFd, RawFd},
    sync::Arc,
};

use portway_xdp::{
    Burst, KernelStatistics, Receiver, Region, SendFeatures, Sender, SenderStatistics, Socket,
    TimeStamp, program::Attached,
};

use super::{DropReason, Port, Receive, ReceiveCounts, Transmit, TransmitCounts};

/// An AF_XDP socket as a port: what an XDP program redirects to its queue is received without a copy of ours, and sent
/// past the kernel's stack.
#[derive(Debug)]
pub struct XdpPort;

impl XdpPort {
    /// Makes a port of a socket that was opened over `region`.
    ///
    /// `program` is what redirects packets to it; the port holds it, and it stays attached as long as one of the ports that
    /// share it lives. None where somebody else attached it.
    pub fn open(
        name: impl Into<String>,
        socket: Socket,
        program: Option<Arc<Attached>>,
        region: &Region,
    ) -> Port {
        let features = socket.send_features();
        let (receiver, sender) = socket.split();
        let receive = Box::new(XdpReceiver {
            receiver,
            kernel: KernelStatistics::default(),
            _program: program,
        });
        let transmit = Box::new(XdpSender { sender, features });
        Port::new(name, region, receive, transmit)
    }
}

#[derive(Debug)]
struct XdpReceiver {
    // Before the program: the socket leaves first.
    receiver: Receiver,
    /// What the kernel had counted when it was asked last.
    kernel: KernelStatistics,
    _program: Option<Arc<Attached>>,
}

impl Receive for XdpReceiver {
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()> {
        let result = self.receiver.receive(burst);
        let counted = self.receiver.statistics();
        counts.fill_starved = counted.frames_short;
        counts.rx_wakeups = counted.wakeups;
        result.map(drop).map_err(io::Error::other)
    }

    fn refresh(&mut self, counts: &mut ReceiveCounts) {
        let Ok(now) = self.receiver.kernel_statistics() else {
            return;
        };
        let full = now.receive_ring_full - self.kernel.receive_ring_full;
        counts.count_missed(full, DropReason::RingFull);
        let starved = now.receive_dropped - self.kernel.receive_dropped;
        counts.count_missed(starved, DropReason::NoFreeFrame);
        self.kernel = now;
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.receiver.as_raw_fd())
    }

    fn give_back(&mut self, burst: &mut Burst) {
        self.receiver.pool().give_all(burst);
    }
}

#[derive(Debug)]
struct XdpSender {
    sender: Sender,
    features: SendFeatures,
}

impl Transmit for XdpSender {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        let before = self.sender.statistics();
        let result = self.sender.send(burst);
        count(counts, &before, &self.sender.statistics());
        result.map(drop).map_err(io::Error::other)
    }

    fn send_features(&self) -> SendFeatures {
        self.features
    }

    fn next_time_stamp(&mut self) -> Option<TimeStamp> {
        self.sender.next_time_stamp()
    }
}

/// Counts what one call did.
fn count(counts: &mut TransmitCounts, before: &SenderStatistics, after: &SenderStatistics) {
    for _ in before.unsendable..after.unsendable {
        counts.count_invalid(DropReason::Unsendable);
    }
    counts.out_packets += after.packets - before.packets;
    counts.out_bytes += after.bytes - before.bytes;
    counts.completed_frames = after.completed;
    counts.tx_kicks = after.wakeups;
    counts.tx_kicks_again = after.repeated;
    // The driver refused them after they had been counted as sent, here or in an earlier burst.
    let refused = after.device_drops - before.device_drops;
    counts.out_packets = counts.out_packets.saturating_sub(refused);
    counts.count_dropped(refused, DropReason::Refused);
}
