//! The kernel's own offload: batches of segments instead of bursts of frames.
//!
//! A UDP socket and a TUN interface move up to 64 packets of one flow in one system call, if these lie side by side in one
//! piece of memory (GSO, GRO, TSO). A burst of frames would have each packet in a chunk of its own, and pay a call, or an
//! element of one, for each. So what sends and receives segments for its living, the gateway above all, uses these; a
//! [`UdpPort`](crate::UdpPort) and a [`TunnelInterface`](crate::TunnelInterface) are for who works on frames.

mod checksum;
mod coalesce;
mod device;
mod flow;
mod header;
mod segment;
mod socket;
#[cfg(test)]
mod tests;
mod tunnel;

pub use quinn_udp::RecvMeta;
pub use socket::SegmentSocket;
pub use tunnel::{Reading, SegmentTunnel, TunnelPackets};

/// Where a packet lies in the memory of its batch.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// First byte.
    pub offset: usize,
    /// Length in bytes.
    pub length: usize,
}

impl Place {
    /// A packet of `length` bytes that begins at `offset`.
    #[must_use]
    pub const fn new(offset: usize, length: usize) -> Self {
        Self { offset, length }
    }
}
