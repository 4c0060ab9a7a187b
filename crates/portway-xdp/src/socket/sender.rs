//! The sending half: send ring and completion ring.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;

use super::endpoint::{Endpoint, Terms};
use super::error::SocketError;
use super::loans::Loans;
use super::metadata::TimeStamp;
use super::receiver::is_momentary;
use super::statistics::{KernelStatistics, SenderStatistics};
use crate::features::SendFeatures;
use crate::kernel::Descriptor;
use crate::memory::{Burst, Frame, FramePool};
use crate::ring::{Consumer, Producer};

/// In copy mode an older kernel sends 32 frames a call; so many calls empty the largest burst and something more.
const MAXIMUM_CALLS: u32 = 12;

/// The sending half of a [`Socket`](crate::Socket).
#[derive(Debug)]
pub struct Sender {
    // Before `loans`, which keeps the rings mapped.
    ring: Producer<Descriptor>,
    completion: Consumer<u64>,
    loans: Loans,
    terms: Terms,
    offered: SendFeatures,
    statistics: SenderStatistics,
}

impl Sender {
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        ring: Producer<Descriptor>,
        completion: Consumer<u64>,
    ) -> Self {
        Self {
            ring,
            completion,
            loans: Loans::new(endpoint),
            terms: Terms {
                zero_copy: false,
                multi_buffer: false,
                says_when_to_wake: true,
                software_checksum: false,
            },
            offered: SendFeatures::NONE,
            statistics: SenderStatistics::default(),
        }
    }

    pub(super) fn begin(&mut self, terms: Terms, offered: SendFeatures) {
        self.terms = terms;
        self.offered = offered;
    }

    pub(super) fn offered(&self) -> SendFeatures {
        self.offered
    }

    /// Hands frames from the front of a burst to the kernel, as many as the send ring takes, and returns how many.
    /// The others stay in the burst. Never waits.
    ///
    /// A frame of another region is copied into one of this socket's. An empty frame, one that continues where
    /// multi-buffer was not asked for, and one that asks for a checksum outside of its packet cannot be sent and are given
    /// back.
    ///
    /// # Errors
    ///
    /// The interface is down or gone. Frames taken from the burst before stay in the send ring and are sent when it
    /// is up again.
    pub fn send(&mut self, burst: &mut Burst) -> Result<usize, SocketError> {
        self.reclaim();
        let count = self.enqueue(burst);
        self.transmit()?;
        Ok(count)
    }

    /// Makes the kernel go on with what it has not sent yet, takes back the frames it has sent, and returns how many
    /// it still has.
    ///
    /// # Errors
    ///
    /// The interface is down or gone.
    pub fn flush(&mut self) -> Result<usize, SocketError> {
        self.transmit()?;
        self.reclaim();
        Ok(self.loans.count() as usize)
    }

    /// Returns the stock that sent frames come back to: frames for what is to be sent next.
    pub fn pool(&mut self) -> &mut FramePool {
        self.loans.pool()
    }

    /// Returns the next time stamp that came back with a packet that was sent, in the order in which they did. Those of
    /// packets that have left since the last [`send`](Self::send) or [`flush`](Self::flush) come with the next one.
    pub fn next_time_stamp(&mut self) -> Option<TimeStamp> {
        self.loans.time_stamps().next()
    }

    /// Returns what this half has counted.
    pub fn statistics(&self) -> SenderStatistics {
        SenderStatistics {
            time_stamps_missing: self.loans.time_stamps_missing(),
            ..self.statistics
        }
    }

    /// Asks the kernel what it has counted for the socket, both halves.
    ///
    /// # Errors
    ///
    /// The system call fails; no reason is known.
    pub fn kernel_statistics(&self) -> Result<KernelStatistics, SocketError> {
        self.loans.endpoint().statistics()
    }

    /// Takes back the frames that the kernel has sent.
    #[inline]
    fn reclaim(&mut self) {
        if self.loans.count() == 0 {
            return;
        }
        for address in self.completion.read(u32::MAX) {
            match self.loans.completed(address) {
                true => self.statistics.completed += 1,
                false => self.statistics.refused += 1,
            }
        }
    }

    #[inline]
    fn enqueue(&mut self, burst: &mut Burst) -> usize {
        let ready = self.ready(burst);
        let mut writing = self.ring.write(ready as u32);
        let count = whole_packets(burst, writing.room() as usize);
        if count < ready {
            self.statistics.ring_full += 1;
        }
        let (mut bytes, mut packets) = (0, 0);
        let mut begins = true;
        for frame in burst.drain(count) {
            bytes += frame.len() as u64;
            let ends = !frame.continues();
            packets += u64::from(ends);
            // The kernel looks for what is asked at the first frame of a packet alone.
            let lent = match begins {
                true => self.loans.lend_asking(frame),
                false => self.loans.lend(frame),
            };
            begins = ends;
            writing.put(lent);
        }
        self.statistics.frames += count as u64;
        self.statistics.packets += packets;
        self.statistics.bytes += bytes;
        count
    }

    /// Returns how many frames at the front of the burst can be handed over.
    #[inline]
    fn ready(&mut self, burst: &mut Burst) -> usize {
        let multi_buffer = self.terms.multi_buffer;
        let (loans, offered) = (&self.loans, self.offered);
        if burst.iter().all(|frame| {
            sendable(frame, multi_buffer)
                && loans.knows(frame)
                && frame.headroom() >= loans.minimum_headroom()
                && offered.contains(frame.requested())
        }) {
            return burst.len();
        }
        self.make_ready(burst)
    }

    #[cold]
    fn make_ready(&mut self, burst: &mut Burst) -> usize {
        let before = burst.len();
        let multi_buffer = self.terms.multi_buffer;
        let chunk_size = self.loans.pool().region().chunk_size();
        let capacity = chunk_size - self.loans.minimum_headroom();
        self.statistics.requests_unmet += burst.meet_all_but(self.offered);
        burst.retain(|frame| sendable(frame, multi_buffer) && frame.len() <= capacity);
        self.statistics.unsendable += (before - burst.len()) as u64;
        let ready = |sender: &mut Self, frame: &mut Frame| match sender.loans.knows(frame) {
            true => sender.make_headroom(frame),
            false => sender.copy_here(frame),
        };
        let stuck = burst.iter_mut().position(|frame| !ready(self, frame));
        stuck.unwrap_or(burst.len())
    }

    /// Moves a packet back in its frame, where there is too little before it for the kernel's metadata.
    fn make_headroom(&mut self, frame: &mut Frame) -> bool {
        let minimum = self.loans.minimum_headroom();
        if frame.headroom() >= minimum {
            return true;
        }
        let moved = frame.move_to(minimum);
        self.statistics.moved += u64::from(moved);
        moved
    }

    /// Puts a copy into a frame of this socket's region in the place of a foreign one.
    fn copy_here(&mut self, foreign: &mut Frame) -> bool {
        let Some(mut own) = self.loans.pool().take() else {
            return false;
        };
        let headroom = own
            .headroom()
            .min(own.headroom() + own.room() - foreign.len())
            .max(self.loans.minimum_headroom());
        if own.place(headroom, foreign.len()).is_err() {
            return false;
        }
        own.copy_from_slice(foreign);
        own.set_continues(foreign.continues());
        // What this region has no room for was met before.
        if own.adopt_requests(foreign).is_err() {
            return false;
        }
        *foreign = own;
        self.statistics.copied += 1;
        true
    }

    /// Tells the kernel to send, again as long as it gets on and has more to do.
    fn transmit(&mut self) -> Result<(), SocketError> {
        let mut waiting = self.ring.unconsumed();
        for call in 0..MAXIMUM_CALLS {
            let asleep = !self.terms.says_when_to_wake || self.ring.needs_wakeup();
            if waiting == 0 || !asleep {
                return Ok(());
            }
            self.statistics.wakeups += 1;
            self.statistics.repeated += u64::from(call > 0);
            let Err(error) = self.loans.endpoint().wake_send() else {
                return Ok(());
            };
            if !is_momentary(&error) {
                return Err(self.loans.endpoint().failed("send", error));
            }
            self.statistics.device_drops += u64::from(error.raw_os_error() == Some(libc::EBUSY));
            // The kernel may lack room for completions.
            self.reclaim();
            let left = self.ring.unconsumed();
            if left == waiting && call > 0 {
                return Ok(());
            }
            waiting = left;
        }
        Ok(())
    }
}

impl AsRawFd for Sender {
    fn as_raw_fd(&self) -> RawFd {
        self.loans.endpoint().as_raw_fd()
    }
}

/// The kernel takes an invalid descriptor without ever completing it: such a frame would be lost. One with a checksum outside
/// of its packet it completes without sending it.
#[inline]
fn sendable(frame: &Frame, multi_buffer: bool) -> bool {
    !frame.is_empty() && (multi_buffer || !frame.continues()) && frame.requests_fit()
}

/// Returns how many of the first `limit` frames end with a whole packet.
#[inline]
fn whole_packets(burst: &Burst, limit: usize) -> usize {
    let mut count = limit.min(burst.len());
    while count > 0 && burst[count - 1].continues() {
        count -= 1;
    }
    count
}
