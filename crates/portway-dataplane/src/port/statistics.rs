//! What a port counts.
//!
//! Each half of a port adds to plain numbers of its own and publishes them once a burst with relaxed stores: one
//! thread writes, so no atomic addition is needed, and readers never slow it down.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use portway_xdp::Frame;

use super::drops::{DropReason, Drops, PublishedDrops};

/// Makes the plain numbers of one half and their published form.
macro_rules! counters {
    ($(#[$about:meta])* $plain:ident, $published:ident { $($(#[$meaning:meta])* $name:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
        #[non_exhaustive]
        pub struct $plain {
            $($(#[$meaning])* pub $name: u64,)*
            /// Packets that this half dropped, by reason.
            pub drops: Drops,
        }

        impl $plain {
            /// All counters but the drops, by name.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }

        /// Keeps off the cache lines of the other half.
        #[derive(Debug, Default)]
        #[repr(align(128))]
        struct $published {
            $($name: AtomicU64,)*
            drops: PublishedDrops,
        }

        impl $published {
            fn publish(&self, counts: &$plain) {
                $(self.$name.store(counts.$name, Ordering::Relaxed);)*
                self.drops.publish(&counts.drops);
            }

            fn read(&self) -> $plain {
                $plain {
                    $($name: self.$name.load(Ordering::Relaxed),)*
                    drops: self.drops.read(),
                }
            }
        }
    };
}

counters! {
    /// What the receiving half counts.
    ReceiveCounts, PublishedReceive {
        /// Packets received; one of several frames counts once.
        in_packets,
        /// Their bytes.
        in_bytes,
        /// Bursts that the system answered with an error.
        in_errors,
        /// Packets that arrived and were lost because no frame or no place in the ring was free.
        in_missed,
        /// Packets that arrived and cannot be handed on: too long for a frame, or cut short.
        rx_invalid,
        /// Bursts asked for.
        rx_bursts,
        /// Bursts that found nothing.
        rx_empty,
        /// Frames lent to the device to be filled.
        fill_frames,
        /// Times that there was no free frame to lend.
        fill_starved,
        /// System calls that woke the receiving side of the device.
        rx_wakeups,
    }
}

counters! {
    /// What the sending half counts. Each packet that it took is in one of `out_packets`, `out_dropped` and
    /// `tx_invalid`.
    TransmitCounts, PublishedTransmit {
        /// Packets sent; one of several frames counts once.
        out_packets,
        /// Their bytes.
        out_bytes,
        /// Bursts that the system answered with an error.
        out_errors,
        /// Packets taken and not sent.
        out_dropped,
        /// Packets taken that could never be sent: empty, too long, or without the headers that the back end needs.
        tx_invalid,
        /// Bursts asked for.
        tx_bursts,
        /// Bursts of which a part found no place.
        tx_ring_full,
        /// Frames that came back from the device after it had sent them.
        completed_frames,
        /// System calls that told the device or the system to send.
        tx_kicks,
        /// Those that have to be repeated because the device was busy.
        tx_kicks_again,
    }
}

impl ReceiveCounts {
    /// Counts a packet that was lost for want of a place.
    pub fn count_missed(&mut self, packets: u64, reason: DropReason) {
        self.in_missed += packets;
        self.drops[reason] += packets;
    }

    /// Counts a packet that cannot be handed on.
    pub fn count_invalid(&mut self, reason: DropReason) {
        self.rx_invalid += 1;
        self.drops[reason] += 1;
    }

    pub(super) fn count_received(&mut self, frames: &[Frame]) {
        let (packets, bytes) = sum(frames);
        self.in_packets += packets;
        self.in_bytes += bytes;
        self.rx_bursts += 1;
        self.rx_empty += u64::from(frames.is_empty());
    }
}

impl TransmitCounts {
    /// Counts frames that are on their way.
    pub fn count_sent(&mut self, frames: &[Frame]) {
        let (packets, bytes) = sum(frames);
        self.out_packets += packets;
        self.out_bytes += bytes;
    }

    /// Counts packets that were taken and not sent.
    pub fn count_dropped(&mut self, packets: u64, reason: DropReason) {
        self.out_dropped += packets;
        self.drops[reason] += packets;
    }

    /// Counts a packet that could never be sent.
    pub fn count_invalid(&mut self, reason: DropReason) {
        self.tx_invalid += 1;
        self.drops[reason] += 1;
    }
}

/// Packets and bytes of some frames.
#[inline]
pub(super) fn sum(frames: &[Frame]) -> (u64, u64) {
    frames.iter().fold((0, 0), |(packets, bytes), frame| {
        let ends_here = u64::from(!frame.continues());
        (packets + ends_here, bytes + frame.len() as u64)
    })
}

/// What a port has counted.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PortStatistics {
    /// The port.
    pub name: String,
    /// What its receiving half counted.
    pub received: ReceiveCounts,
    /// What its sending half counted.
    pub sent: TransmitCounts,
}

impl PortStatistics {
    /// The drops of both halves by reason.
    pub fn drops(&self) -> Drops {
        self.received.drops.plus(self.sent.drops)
    }

    /// All counters but the drops, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.received.iter().chain(self.sent.iter())
    }
}

/// Reads the statistics of a port while another thread works with it.
///
/// Counters of one port are read one after the other: they may be a burst apart.
#[derive(Clone, Debug)]
pub struct StatisticsReader(Arc<Published>);

impl StatisticsReader {
    /// What the port has counted so far.
    pub fn read(&self) -> PortStatistics {
        PortStatistics {
            name: self.0.name.clone(),
            received: self.0.received.read(),
            sent: self.0.sent.read(),
        }
    }

    /// The port's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

/// What both halves of a port publish for all threads.
#[derive(Debug)]
pub(super) struct Published {
    name: String,
    received: PublishedReceive,
    sent: PublishedTransmit,
}

impl Published {
    pub(super) fn new(name: String) -> Arc<Self> {
        Arc::new(Self {
            name,
            received: PublishedReceive::default(),
            sent: PublishedTransmit::default(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn received(&self, counts: &ReceiveCounts) {
        self.received.publish(counts);
    }

    pub(super) fn sent(&self, counts: &TransmitCounts) {
        self.sent.publish(counts);
    }

    pub(super) fn reader(self: &Arc<Self>) -> StatisticsReader {
        StatisticsReader(self.clone())
    }
}
