//! The sending half of a port.

use std::{io, sync::Arc};

use portway_xdp::{Burst, FramePool, Region};

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
        if let Err(error) = self.back_end.transmit(burst, &mut self.counts) {
            self.counts.out_errors += 1;
            self.error = Some(error);
        }
        self.counts.tx_bursts += 1;
        self.counts.tx_ring_full += u64::from(!burst.is_empty());
        self.published.sent(&self.counts);
        before - burst.len()
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
