//! What is asked of the device with a packet: a checksum, a time stamp, a time to send it at.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::burst::Burst;
use super::checksum::Sum;
use super::frame::Frame;
use crate::features::SendFeatures;

/// A transport checksum has two bytes.
const CHECKSUM_LENGTH: usize = 2;

/// Why a request could not be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The region keeps no room for what is asked of a device.
    #[error(
        "the frame's region keeps no room for requests: make it with `Region::builder().send_metadata()`, or do without"
    )]
    NoMetadata,
    /// The checksum would be outside of the packet.
    #[error(
        "a checksum at {offset} from byte {start} is not within the packet of {length} bytes: both are counted from the packet's first byte on"
    )]
    Checksum {
        /// Where the summing begins.
        start: usize,
        /// Where the checksum is, from there on.
        offset: usize,
        /// The length of the packet.
        length: usize,
    },
}

/// What is asked with the packet of one chunk. Apart from the frame, which stays as small as it is without.
///
/// Only the owner of the chunk's index touches it, so that the atomics are never contended: they are what makes it plain Rust.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Where the summing begins, from the start of the chunk: a header that is prepended later does not move it.
    checksum_start: AtomicU64,
    checksum_offset: AtomicU64,
    launch: AtomicU64,
    tag: AtomicU64,
}

/// What is asked of a device where it is sent.
impl Frame {
    /// Asks for a checksum: the one's complement sum of the bytes from `start` to the packet's end, whose complement goes to
    /// `start + offset`. What stands there before is summed, too: for UDP and TCP, whose checksum covers a part of the
    /// IP header, it is the sum of that pseudo header.
    ///
    /// Who sends it does it, whoever that is: the device, the kernel, or the processor. Until then the packet's checksum is
    /// wrong. Bytes may be prepended meanwhile. Of a packet in several frames it is asked with the first.
    ///
    /// ```
    /// use portway_xdp::Region;
    ///
    /// let region = Region::builder().send_metadata().build()?;
    /// let mut frame = region.frame().ok_or("every frame is in use")?;
    /// frame.append(b"..header....the sum: \0\0 and what it covers")?;
    /// frame.request_checksum(2, 19)?;
    /// frame.complete_checksum();
    /// assert_ne!(frame[21..23], [0, 0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The region keeps no room for requests, or the place is not within the frame; nothing is changed.
    pub fn request_checksum(&mut self, start: usize, offset: usize) -> Result<(), RequestError> {
        let length = self.len();
        if !fits(start, offset, length) {
            return Err(RequestError::Checksum {
                start,
                offset,
                length,
            });
        }
        if self.request().is_none() {
            return Err(RequestError::NoMetadata);
        }
        self.note_checksum(start, offset);
        self.ask(SendFeatures::CHECKSUM);
        Ok(())
    }

    /// Notes where the checksum begins, from the packet's first byte on, and its offset from there.
    pub(super) fn note_checksum(&self, start: usize, offset: usize) {
        if let Some(request) = self.request() {
            let from_chunk = (self.headroom() + start) as u64;
            let offset = offset as u64;
            request.checksum_start.store(from_chunk, Ordering::Relaxed);
            request.checksum_offset.store(offset, Ordering::Relaxed);
        }
    }

    /// Asks for the time at which the packet leaves; [`Sender::next_time_stamp`](crate::Sender::next_time_stamp) hands it
    /// out together with `tag`.
    ///
    /// # Errors
    ///
    /// The region keeps no room for requests.
    pub fn request_time_stamp(&mut self, tag: u64) -> Result<(), RequestError> {
        let request = self.request().ok_or(RequestError::NoMetadata)?;
        request.tag.store(tag, Ordering::Relaxed);
        self.ask(SendFeatures::TIME_STAMP);
        Ok(())
    }

    /// Asks that the packet leave at a time of the device's clock (`/dev/ptp*`), counted from that clock's zero.
    ///
    /// # Errors
    ///
    /// The region keeps no room for requests.
    pub fn request_launch(&mut self, at: Duration) -> Result<(), RequestError> {
        let request = self.request().ok_or(RequestError::NoMetadata)?;
        let nanoseconds = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        request.launch.store(nanoseconds, Ordering::Relaxed);
        self.ask(SendFeatures::LAUNCH_TIME);
        Ok(())
    }

    /// Takes back what was asked.
    pub fn withdraw_requests(&mut self) {
        self.withdraw(SendFeatures::ALL);
    }

    /// Computes the checksum that was asked for, so that nobody needs to any more. Nothing happens where none was asked, and where
    /// its place is no longer within the packet. For a packet in several frames there is
    /// [`Burst::complete_checksums`].
    pub fn complete_checksum(&mut self) {
        complete(std::slice::from_mut(self));
    }

    /// Returns whether what is asked can be done: its checksum is within the packet.
    #[inline]
    pub(crate) fn requests_fit(&self) -> bool {
        !self.requested().contains(SendFeatures::CHECKSUM) || self.checksum_place().is_some()
    }

    /// Returns where the checksum that was asked for begins, from the packet's first byte on, and its offset from there;
    /// none where that is outside of the frame by now.
    pub(crate) fn checksum_place(&self) -> Option<(usize, usize)> {
        let request = self.request()?;
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed) as usize;
        let start = read(&request.checksum_start).checked_sub(self.headroom())?;
        let offset = read(&request.checksum_offset);
        fits(start, offset, self.len()).then_some((start, offset))
    }

    /// Returns the time at which the packet is to leave, in nanoseconds.
    pub(crate) fn launch_time(&self) -> u64 {
        self.request()
            .map_or(0, |request| request.launch.load(Ordering::Relaxed))
    }

    /// Returns what the time stamp of the chunk's packet was asked with.
    pub(crate) fn tag(&self) -> u64 {
        self.request()
            .map_or(0, |request| request.tag.load(Ordering::Relaxed))
    }

    /// Moves the packet to `headroom` from the start of the chunk, with what is asked for it; false, and nothing changed,
    /// where it would end behind the chunk.
    pub(crate) fn move_to(&mut self, headroom: usize) -> bool {
        let (before, length) = (self.headroom(), self.len());
        let place = self.checksum_place();
        let (first, end) = (before.min(headroom), before.max(headroom) + length);
        if self.place(first, end - first).is_err() {
            return false;
        }
        self.copy_within(before - first..before - first + length, headroom - first);
        let placed = self.place(headroom, length);
        debug_assert!(placed.is_ok(), "the larger of the two places fitted");
        if let Some((start, offset)) = place {
            self.note_checksum(start, offset);
        }
        true
    }

    /// Asks for what is asked of another frame with the same packet.
    pub(crate) fn adopt_requests(&mut self, other: &Self) -> Result<(), RequestError> {
        let asked = other.requested();
        if asked.contains(SendFeatures::CHECKSUM)
            && let Some((start, offset)) = other.checksum_place()
        {
            self.request_checksum(start, offset)?;
        }
        if asked.contains(SendFeatures::TIME_STAMP) {
            self.request_time_stamp(other.tag())?;
        }
        if asked.contains(SendFeatures::LAUNCH_TIME) {
            self.request_launch(Duration::from_nanos(other.launch_time()))?;
        }
        Ok(())
    }
}

impl Burst {
    /// Computes the checksums that were asked for and gives up the other requests, for those who send to no device.
    ///
    /// A checksum whose place is no longer within its packet stays asked for ([`Frame::requested`] tells).
    pub fn complete_checksums(&mut self) {
        if self.iter().any(|frame| !frame.requested().is_empty()) {
            self.meet_all_but(SendFeatures::NONE);
        }
    }

    /// Meets what is asked with these packets beyond what is `offered`: computes checksums, gives up the rest. Returns
    /// how many packets have to do without something.
    #[cold]
    pub(crate) fn meet_all_but(&mut self, offered: SendFeatures) -> u64 {
        let missing = SendFeatures::ALL.without(offered);
        let mut unmet = 0;
        for packet in self.chunk_by_mut(|frame, _| frame.continues()) {
            if missing.contains(SendFeatures::CHECKSUM) {
                complete(packet);
            }
            let timing = missing.without(SendFeatures::CHECKSUM);
            let kept = packet[0].requested().without(timing);
            unmet += u64::from(kept != packet[0].requested());
            packet.iter_mut().for_each(|frame| frame.withdraw(timing));
        }
        unmet
    }
}

/// Computes the checksum that was asked for with a packet's first frame.
fn complete(packet: &mut [Frame]) {
    let Some((first, rest)) = packet.split_first_mut() else {
        return;
    };
    if !first.requested().contains(SendFeatures::CHECKSUM) {
        return;
    }
    let Some((start, offset)) = first.checksum_place() else {
        return;
    };
    let mut sum = Sum::default();
    sum.add(&first[start..]);
    rest.iter().for_each(|frame| sum.add(frame));
    first[start + offset..][..CHECKSUM_LENGTH].copy_from_slice(&sum.checksum());
    first.withdraw(SendFeatures::CHECKSUM);
}

fn fits(start: usize, offset: usize, length: usize) -> bool {
    start
        .checked_add(offset)
        .and_then(|at| at.checked_add(CHECKSUM_LENGTH))
        .is_some_and(|end| end <= length)
}
