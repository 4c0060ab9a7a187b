//! The receiving half of a port.

use std::{
    io,
    os::fd::RawFd,
    sync::Arc,
    time::{Duration, Instant},
};

use portway_xdp::Burst;

use super::{
    LinkType, Receive, ReceiveCounts,
    statistics::{Published, StatisticsReader},
};

/// The system is asked so often for what it alone counts. The call takes locks that its receiving side needs, too, which is
/// why a port that polls does not ask more often.
const BETWEEN_REFRESHES: Duration = Duration::from_millis(10);

/// After so many bursts the port looks at the clock, some 20 ns.
const BURSTS_BETWEEN_LOOKS: u64 = 64;

/// Receives frames for one thread.
#[derive(Debug)]
pub struct PortReceiver {
    back_end: Box<dyn Receive>,
    counts: ReceiveCounts,
    published: Arc<Published>,
    error: Option<io::Error>,
    refreshed: Instant,
}

impl PortReceiver {
    pub(super) fn new(back_end: Box<dyn Receive>, published: Arc<Published>) -> Self {
        Self {
            back_end,
            counts: ReceiveCounts::default(),
            published,
            error: None,
            refreshed: Instant::now(),
        }
    }

    /// The name of the port.
    pub fn name(&self) -> &str {
        self.published.name()
    }

    /// Receives frames into the room that `burst` has and tells how many; never waits.
    pub fn rx_burst(&mut self, burst: &mut Burst) -> usize {
        let before = burst.len();
        if let Err(error) = self.back_end.receive(burst, &mut self.counts) {
            self.counts.in_errors += 1;
            self.error = Some(error);
        }
        let received = &burst[before..];
        self.counts.count_received(received);
        if self.counts.rx_bursts.is_multiple_of(BURSTS_BETWEEN_LOOKS) {
            self.refresh_when_due();
        }
        self.published.received(&self.counts);
        received.len()
    }

    #[cold]
    fn refresh_when_due(&mut self) {
        if self.refreshed.elapsed() >= BETWEEN_REFRESHES {
            self.refreshed = Instant::now();
            self.back_end.refresh(&mut self.counts);
        }
    }

    /// Gives frames back that nobody needs any more: to this port, where it receives into them again, without the lock that
    /// giving them to their region takes.
    pub fn give_back(&mut self, burst: &mut Burst) {
        self.back_end.give_back(burst);
    }

    /// Asks the system for what it alone counts (`in_missed`), at the price of a system call.
    ///
    /// Bursts do it now and then: this is for who wants the statistics exact, or sleeps between bursts.
    pub fn refresh_statistics(&mut self) {
        self.back_end.refresh(&mut self.counts);
        self.published.received(&self.counts);
    }

    /// A handle by which any thread reads the statistics of the whole port.
    pub fn statistics_reader(&self) -> StatisticsReader {
        self.published.reader()
    }

    /// What the first bytes of its frames are.
    pub fn link_type(&self) -> LinkType {
        self.back_end.link_type()
    }

    /// What becomes readable when frames have arrived; see [`Port::descriptor`](super::Port::descriptor).
    pub fn descriptor(&self) -> Option<RawFd> {
        self.back_end.descriptor()
    }

    /// The newest error of the system that a burst met, once.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }
}
