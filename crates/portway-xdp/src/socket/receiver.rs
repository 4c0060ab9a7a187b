//! The receiving half: fill ring and receive ring.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::endpoint::{Endpoint, Terms};
use super::error::SocketError;
use super::loans::Loans;
use super::statistics::{KernelStatistics, ReceiverStatistics};
use crate::kernel::{Descriptor, XDP_PKT_CONTD};
use crate::memory::{Burst, FramePool};
use crate::ring::{Consumer, Producer, Reading};

/// Nothing tells a receiver that polls that the interface is gone: it asks the kernel so often while nothing comes. The
/// system call touches what the kernel's receiving side works with, which is why it is not made more often.
const BETWEEN_CHECKS: Duration = Duration::from_millis(10);

/// After so many empty calls in a row the receiver looks at the clock, some 20 ns.
const EMPTY_CALLS_BETWEEN_LOOKS: u32 = 64;

/// The receiving half of a [`Socket`](crate::Socket).
#[derive(Debug)]
pub struct Receiver {
    // Before `loans`, which keeps the rings mapped.
    ring: Consumer<Descriptor>,
    fill: Producer<u64>,
    loans: Loans,
    terms: Terms,
    polls: bool,
    /// Places of the fill ring that have no frame yet.
    vacant: u32,
    empty_in_a_row: u32,
    checked: Instant,
    statistics: ReceiverStatistics,
}

impl Receiver {
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        ring: Consumer<Descriptor>,
        fill: Producer<u64>,
        fill_size: u32,
    ) -> Self {
        Self {
            ring,
            fill,
            loans: Loans::new(endpoint),
            terms: Terms {
                zero_copy: false,
                multi_buffer: false,
                says_when_to_wake: true,
                software_checksum: false,
            },
            polls: false,
            vacant: fill_size,
            empty_in_a_row: 0,
            checked: Instant::now(),
            statistics: ReceiverStatistics::default(),
        }
    }

    pub(super) fn begin(&mut self, terms: Terms, polls: bool) {
        (self.terms, self.polls) = (terms, polls);
    }

    pub(super) fn poll_always(&mut self) {
        self.polls = true;
    }

    /// Returns how many frames the kernel has to receive into.
    pub(super) fn lent(&self) -> u32 {
        self.loans.count()
    }

    /// Appends received frames to a burst, as many as are there and fit, and returns how many. Never waits.
    ///
    /// Gives the kernel free frames for those it used. A packet in several frames
    /// ([`Frame::continues`](crate::Frame::continues)) comes whole or not yet.
    ///
    /// # Errors
    ///
    /// The interface is down or gone. Noticed with a delay: when nothing has come for 64 calls and 10 ms, or by
    /// [`wait`](Self::wait).
    #[inline]
    pub fn receive(&mut self, burst: &mut Burst) -> Result<usize, SocketError> {
        if self.polls {
            self.wake()?;
        }
        let count = self.take_received(burst);
        self.refill();
        if !self.polls && self.fill.needs_wakeup() {
            self.wake()?;
        }
        if count == 0 {
            self.note_empty()?;
        } else {
            self.empty_in_a_row = 0;
        }
        Ok(count)
    }

    /// Waits until a packet is there or the time is over, and returns whether one is.
    ///
    /// # Errors
    ///
    /// The interface is down or gone.
    pub fn wait(&mut self, limit: Duration) -> Result<bool, SocketError> {
        if self.ring.read(1).len() > 0 {
            return Ok(true);
        }
        let ready = super::poll::readable(self.as_raw_fd(), limit)
            .map_err(|source| self.loans.endpoint().failed("poll", source))?;
        if !ready {
            self.check()?;
        }
        Ok(ready)
    }

    /// Asks the kernel whether the interface is there and up.
    ///
    /// # Errors
    ///
    /// It is not.
    pub fn check(&mut self) -> Result<(), SocketError> {
        self.empty_in_a_row = 0;
        self.checked = Instant::now();
        self.wake()
    }

    /// Returns the stock of free frames that the fill ring is topped up from. What is given here need not go
    /// through the region.
    pub fn pool(&mut self) -> &mut FramePool {
        self.loans.pool()
    }

    /// Returns what this half has counted.
    pub fn statistics(&self) -> ReceiverStatistics {
        self.statistics
    }

    /// Asks the kernel what it has counted for the socket, both halves.
    ///
    /// # Errors
    ///
    /// The system call fails; no reason is known.
    pub fn kernel_statistics(&self) -> Result<KernelStatistics, SocketError> {
        self.loans.endpoint().statistics()
    }

    /// Puts free frames into the vacant places of the fill ring.
    #[inline]
    pub(super) fn refill(&mut self) {
        let mut writing = self.fill.write(self.vacant);
        while writing.room() > 0 {
            let Some(address) = self.loans.lend_free() else {
                self.statistics.frames_short += 1;
                break;
            };
            writing.put(address);
            self.vacant -= 1;
        }
    }

    #[inline]
    fn take_received(&mut self, burst: &mut Burst) -> usize {
        let before = burst.len();
        let mut reading = self.ring.read(burst.vacancy() as u32);
        if self.terms.multi_buffer {
            end_with_a_whole_packet(&mut reading);
        }
        self.vacant += reading.len();
        let mut bytes = 0;
        for descriptor in reading {
            match self.loans.received(descriptor) {
                Some(frame) => {
                    bytes += u64::from(descriptor.length);
                    burst.push_unchecked(frame);
                }
                None => self.statistics.refused += 1,
            }
        }
        let count = burst.len() - before;
        self.statistics.bytes += bytes;
        self.statistics.frames += count as u64;
        count
    }

    #[cold]
    fn note_empty(&mut self) -> Result<(), SocketError> {
        self.statistics.empty += 1;
        self.empty_in_a_row += 1;
        if self.empty_in_a_row < EMPTY_CALLS_BETWEEN_LOOKS {
            return Ok(());
        }
        self.empty_in_a_row = 0;
        if self.checked.elapsed() < BETWEEN_CHECKS {
            return Ok(());
        }
        self.check()
    }

    fn wake(&mut self) -> Result<(), SocketError> {
        self.statistics.wakeups += 1;
        match self.loans.endpoint().wake_receive() {
            Ok(()) => Ok(()),
            Err(error) if is_momentary(&error) => Ok(()),
            Err(error) => Err(self.loans.endpoint().failed("recv", error)),
        }
    }
}

impl AsRawFd for Receiver {
    fn as_raw_fd(&self) -> RawFd {
        self.loans.endpoint().as_raw_fd()
    }
}

/// Returns whether the call is to be repeated later and nothing is wrong.
pub(super) fn is_momentary(error: &std::io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EAGAIN | libc::EBUSY | libc::ENOBUFS | libc::EINTR)
    )
}

/// Leaves the beginning of a packet whose end has not come, or does not fit, for the next time.
fn end_with_a_whole_packet(reading: &mut Reading<'_, Descriptor>) {
    let continues = |descriptor: Descriptor| descriptor.options & XDP_PKT_CONTD != 0;
    let mut whole = reading.len();
    while whole > 0 && reading.peek(whole - 1).is_some_and(continues) {
        whole -= 1;
    }
    reading.truncate(whole);
}
