//! What the kernel is asked with a packet, and answers: `struct xsk_tx_metadata`, right before the packet's first byte.
//!
//! ```text
//! byte  0        8        10       12       16       24
//!       | flags  | start  | offset |        | launch | packet ...
//!                | time stamp, once sent   |
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use super::lent::Lent;
use crate::features::SendFeatures;
use crate::kernel::{SEND_METADATA_LENGTH, XDP_TX_METADATA};
use crate::memory::Frame;

type Metadata = [u8; SEND_METADATA_LENGTH];

/// So many time stamps wait to be fetched; what comes then takes the place of the oldest.
const MAXIMUM_WAITING: usize = 4096;

/// When a packet left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeStamp {
    /// What [`Frame::request_time_stamp`](crate::Frame::request_time_stamp) was given.
    pub tag: u64,
    /// The time. In zero copy it is the device's clock that tells (`/dev/ptp*`), from its zero on. In copy mode it is the
    /// kernel's `CLOCK_TAI` at the moment when it let go of the packet.
    pub time: Duration,
}

/// Writes what is asked with the frame before its packet, and returns the options of its descriptor.
///
/// Nothing is asked where its place is not within the packet: who sends has looked for that.
pub(super) fn write(frame: &mut Frame) -> u32 {
    let mut asked = frame.requested();
    let place = frame.checksum_place();
    if place.is_none() {
        asked = asked.without(SendFeatures::CHECKSUM);
    }
    let place = place.filter(|_| asked.contains(SendFeatures::CHECKSUM));
    let launch = frame.launch_time();
    let Some(metadata) = frame.metadata() else {
        return 0;
    };
    *metadata = encode(asked, place, launch);
    XDP_TX_METADATA
}

fn encode(asked: SendFeatures, checksum: Option<(usize, usize)>, launch: u64) -> Metadata {
    let mut metadata = [0; SEND_METADATA_LENGTH];
    metadata[..8].copy_from_slice(&asked.to_kernel().to_ne_bytes());
    if let Some((start, offset)) = checksum {
        // Both are within a packet, which is within a page.
        metadata[8..10].copy_from_slice(&(start as u16).to_ne_bytes());
        metadata[10..12].copy_from_slice(&(offset as u16).to_ne_bytes());
    }
    metadata[16..].copy_from_slice(&launch.to_ne_bytes());
    metadata
}

/// Returns the time that the kernel wrote, if it did: the same place held the checksum's before, which as a time is within
/// the first five seconds of any clock.
fn time(metadata: &Metadata) -> Option<Duration> {
    let (_, rest) = metadata.split_first_chunk::<8>()?;
    let nanoseconds = u64::from_ne_bytes(*rest.first_chunk()?);
    (nanoseconds > u64::from(u32::MAX)).then(|| Duration::from_nanos(nanoseconds))
}

/// The time stamps that one socket has asked for.
#[derive(Debug)]
pub(super) struct TimeStamps {
    expected: Lent,
    waiting: VecDeque<TimeStamp>,
    missing: u64,
}

impl TimeStamps {
    pub(super) fn new(chunks: u32) -> Self {
        Self {
            expected: Lent::new(chunks),
            waiting: VecDeque::new(),
            missing: 0,
        }
    }

    /// Notes that one was asked with the packet in a chunk.
    pub(super) fn expect(&mut self, index: u32) {
        self.expected.lend(index);
    }

    /// Returns whether one was asked with the packet in a chunk, which has been sent now.
    #[inline]
    pub(super) fn is_due(&mut self, index: u32) -> bool {
        self.expected.count() > 0 && self.expected.reclaim(index)
    }

    /// Reads the one of a packet that was sent.
    #[cold]
    pub(super) fn read(&mut self, frame: &mut Frame) {
        let tag = frame.tag();
        let Some(time) = frame.metadata().and_then(|metadata| time(metadata)) else {
            self.missing += 1;
            return;
        };
        if self.waiting.len() == MAXIMUM_WAITING {
            self.waiting.pop_front();
            self.missing += 1;
        }
        self.waiting.push_back(TimeStamp { tag, time });
    }

    pub(super) fn next(&mut self) -> Option<TimeStamp> {
        self.waiting.pop_front()
    }

    /// Returns how many were asked for in vain: the kernel wrote none, or nobody fetched it in time.
    pub(super) fn missing(&self) -> u64 {
        self.missing
    }

    /// Returns those chunks to whose metadata the kernel may still write.
    pub(super) fn take_expected(&mut self) -> Lent {
        std::mem::replace(&mut self.expected, Lent::new(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `include/uapi/linux/if_xdp.h` has it, on a machine whose least byte comes first.
    #[test]
    #[cfg(target_endian = "little")]
    fn what_is_asked_lies_where_the_kernel_reads_it() {
        let asked = SendFeatures::CHECKSUM | SendFeatures::LAUNCH_TIME;
        let metadata = encode(asked, Some((34, 6)), 0x0102_0304_0506_0708);
        assert_eq!(metadata[..8], [6, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(metadata[8..16], [34, 0, 6, 0, 0, 0, 0, 0]);
        assert_eq!(metadata[16..], [8, 7, 6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_place_that_the_kernel_left_alone_is_no_time() {
        let most = usize::from(u16::MAX);
        assert_eq!(
            time(&encode(SendFeatures::ALL, Some((most, most)), 7)),
            None
        );
        let mut answered = encode(SendFeatures::ALL, None, 7);
        answered[8..16].copy_from_slice(&5_000_000_000_u64.to_ne_bytes());
        assert_eq!(time(&answered), Some(Duration::from_secs(5)));
    }
}
