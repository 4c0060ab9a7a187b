//! The sending half of a port.

use std::{io, sync::Arc};

use portway_xdp::{Burst, FramePool, Region, SendFeatures, TimeStamp};

use super::{
    DropReason, Transmit, TransmitCounts,
    statistics::{Published, StatisticsReader},
};

/// Sends frames for one thread.
#[derive(Debug)]
pub struct PortSender {
    back_end: Box<dyn Transmit>,
    counts: TransmitCounts,
    published: Arc<Published>,
    error: Option<io::Error>,
    /// Nobody behind it does.
    computes_checksums: bool,
    /// Where packets that begin here come from and refused ones go to.
    pool: FramePool,
}

impl PortSender {
    pub(super) fn new(
        back_end: Box<dyn Transmit>,
        region: &Region,
        published: Arc<Published>,
    ) -> Self {
        Self {
            computes_checksums: back_end.send_features().is_empty(),
            back_end,
            counts: TransmitCounts::default(),
            published,
            error: None,
            pool: FramePool::new(region),
        }
    }

    /// The name of the port.
    pub fn name(&self) -> &str {
        self.published.name()
    }

    /// Sends frames from the front of `burst` and tells how many it took; the others stay in the burst, in their
    /// order. Never waits.
    pub fn tx_burst(&mut self, burst: &mut Burst) -> usize {
        let before = burst.len();
        if self.computes_checksums {
            self.complete_checksums(burst);
        }
        if let Err(error) = self.back_end.transmit(burst, &mut self.counts) {
            self.counts.out_errors += 1;
            self.error = Some(error);
        }
        self.counts.tx_bursts += 1;
        self.counts.tx_ring_full += u64::from(!burst.is_empty());
        self.published.sent(&self.counts);
        before - burst.len()
    }

    /// Has what is held back passed on: packets that were sent into a capture file are in it then. Who sends into one calls
    /// it now and then; other back ends hold nothing back.
    pub fn flush(&mut self) {
        if let Err(error) = self.back_end.flush() {
            self.counts.out_errors += 1;
            self.published.sent(&self.counts);
            self.error = Some(error);
        }
    }

    /// What frames can ask of the device behind the port. A checksum can be asked for in any case: where nobody behind it has
    /// that, the port computes it.
    pub fn send_features(&self) -> SendFeatures {
        self.back_end.send_features()
    }

    /// The next time stamp that came back for a frame that asked for one; those of frames that have left come with the next
    /// [`tx_burst`](Self::tx_burst), an empty one too.
    pub fn next_time_stamp(&mut self) -> Option<TimeStamp> {
        self.back_end.next_time_stamp()
    }

    /// Computes checksums that were asked for; a packet that was cut since does not go out with a wrong one.
    fn complete_checksums(&mut self, burst: &mut Burst) {
        if burst.iter().all(|frame| frame.requested().is_empty()) {
            return;
        }
        burst.complete_checksums();
        let before = burst.len();
        burst.retain(|frame| frame.requested().is_empty());
        for _ in burst.len()..before {
            self.counts.count_invalid(DropReason::Unsendable);
        }
    }

    /// Puts up to `count` empty frames into `burst`, for packets that begin here; tells how many there were.
    pub fn prepare(&mut self, burst: &mut Burst, count: usize) -> usize {
        self.pool.take_into(burst, count)
    }

    /// Drops what found no place in [`tx_burst`](Self::tx_burst), and counts it.
    pub fn drop_unsent(&mut self, burst: &mut Burst) {
        let packets = burst.iter().filter(|frame| !frame.continues()).count();
        self.counts
            .count_dropped(packets as u64, DropReason::RingFull);
        self.pool.give_all(burst);
        self.published.sent(&self.counts);
    }

    /// A handle by which any thread reads the statistics of the whole port.
    pub fn statistics_reader(&self) -> StatisticsReader {
        self.published.reader()
    }

    /// The newest error of the system that a burst met, once.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }
}
