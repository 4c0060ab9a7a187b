//! What a socket counts, and what the kernel counts for it.

use crate::kernel;

/// What a receiver has counted since the socket was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiverStatistics {
    /// Frames received.
    pub frames: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Calls that found the receive ring empty.
    pub empty: u64,
    /// Calls after which frames were missing to top up the fill ring: the region is too small for its load.
    pub frames_short: u64,
    /// System calls that woke the driver or polled the device.
    pub wakeups: u64,
    /// Entries of the receive ring that named a frame the kernel did not have, or bytes outside of it; they were ignored.
    pub refused: u64,
}

/// What a sender has counted since the socket was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SenderStatistics {
    /// Frames handed to the kernel.
    pub frames: u64,
    /// Packets handed to the kernel: one in several frames counts once.
    pub packets: u64,
    /// Bytes handed to the kernel.
    pub bytes: u64,
    /// Frames that the kernel gave back after sending them.
    pub completed: u64,
    /// Calls that found too little room in the send ring and left frames in the burst.
    pub ring_full: u64,
    /// System calls that told the kernel to send.
    pub wakeups: u64,
    /// Of these: after which more had to be sent, because the kernel takes a limited number of frames a call.
    pub repeated: u64,
    /// Of these: in which the device's driver refused a frame and dropped it.
    pub device_drops: u64,
    /// Frames that cannot be sent: empty, longer than a chunk, or continued without multi-buffer. They were given back.
    pub unsendable: u64,
    /// Frames of another region, which were copied into one of this socket's.
    pub copied: u64,
    /// Packets moved within their frame, to make room for the kernel's metadata before them.
    pub moved: u64,
    /// Packets sent without the time stamp, or not at the time, that was asked for: the device has no such thing.
    pub requests_unmet: u64,
    /// Time stamps that the device owed, or that nobody fetched in time.
    pub time_stamps_missing: u64,
    /// Entries of the completion ring that named a frame the kernel did not have; they were ignored.
    pub refused: u64,
}

/// What the kernel counts for a socket (`XDP_STATISTICS`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KernelStatistics {
    /// Packets dropped for other reasons than a full receive ring: no frame in the fill ring, or a packet longer than
    /// a frame.
    pub receive_dropped: u64,
    /// Packets dropped because the receive ring was full: the program reads too slowly.
    pub receive_ring_full: u64,
    /// Entries of the fill ring that the kernel refused.
    pub fill_invalid: u64,
    /// How often the kernel found no frame to receive into: the region is too small, or the program too slow.
    pub fill_ring_empty: u64,
    /// Entries of the send ring that the kernel refused, such as a packet longer than the device takes.
    pub send_invalid: u64,
    /// How often the kernel looked into an empty send ring.
    pub send_ring_empty: u64,
}

impl From<kernel::Statistics> for KernelStatistics {
    fn from(counted: kernel::Statistics) -> Self {
        Self {
            receive_dropped: counted.receive_dropped,
            receive_ring_full: counted.receive_ring_full,
            fill_invalid: counted.receive_invalid,
            fill_ring_empty: counted.fill_ring_empty,
            send_invalid: counted.send_invalid,
            send_ring_empty: counted.send_ring_empty,
        }
    }
}
