//! One half's dealings in frames with the kernel: what is lent, what comes back, and the stock between.

use std::sync::Arc;

use super::endpoint::Endpoint;
use super::lent::Lent;
use super::metadata::{self, TimeStamps};
use crate::features::SendFeatures;
use crate::kernel::{Descriptor, SEND_METADATA_LENGTH, UNALIGNED_OFFSET_SHIFT, XDP_PKT_CONTD};
use crate::memory::{Frame, FramePool};

/// The frames that one half of a socket lends to the kernel.
#[derive(Debug)]
pub(super) struct Loans {
    pool: FramePool,
    lent: Lent,
    time_stamps: TimeStamps,
    chunk_size: u64,
    minimum_headroom: usize,
    endpoint: Arc<Endpoint>,
}

impl Loans {
    pub(super) fn new(endpoint: Arc<Endpoint>) -> Self {
        let region = endpoint.region();
        let chunks = u32::try_from(region.frames()).unwrap_or(u32::MAX);
        let (minimum_headroom, stamped) = match region.has_send_metadata() {
            true => (SEND_METADATA_LENGTH, chunks),
            false => (0, 0),
        };
        Self {
            pool: FramePool::new(region),
            lent: Lent::new(chunks),
            time_stamps: TimeStamps::new(stamped),
            minimum_headroom,
            chunk_size: region.chunk_size() as u64,
            endpoint,
        }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn pool(&mut self) -> &mut FramePool {
        &mut self.pool
    }

    /// Returns how many frames the kernel has from this half.
    pub(super) fn count(&self) -> u32 {
        self.lent.count()
    }

    /// Returns whether the frame is of the socket's region.
    #[inline]
    pub(super) fn knows(&self, frame: &Frame) -> bool {
        frame.is_of(self.pool.region())
    }

    /// Returns the headroom without which the kernel refuses a packet of this region.
    #[inline]
    pub(super) fn minimum_headroom(&self) -> usize {
        self.minimum_headroom
    }

    pub(super) fn time_stamps(&mut self) -> &mut TimeStamps {
        &mut self.time_stamps
    }

    pub(super) fn time_stamps_missing(&self) -> u64 {
        self.time_stamps.missing()
    }

    /// Lends a free frame and returns the address of its chunk.
    #[inline]
    pub(super) fn lend_free(&mut self) -> Option<u64> {
        let index = self.pool.take_index()?;
        self.lent.lend(index);
        Some(u64::from(index) * self.chunk_size)
    }

    /// Lends a frame of this region with its packet, and with what is asked for that.
    #[inline]
    pub(super) fn lend_asking(&mut self, mut frame: Frame) -> Descriptor {
        if frame.requested().is_empty() {
            return self.lend(frame);
        }
        let expects_time_stamp = frame.requested().contains(SendFeatures::TIME_STAMP);
        let options = metadata::write(&mut frame);
        let mut descriptor = self.lend(frame);
        descriptor.options |= options;
        if expects_time_stamp {
            let (index, _) = self.locate(descriptor.address).expect("just put together");
            self.time_stamps.expect(index);
        }
        descriptor
    }

    /// Lends a frame of this region with its packet.
    #[inline]
    pub(super) fn lend(&mut self, frame: Frame) -> Descriptor {
        debug_assert!(self.knows(&frame));
        let (start, length) = (frame.headroom() as u64, frame.len() as u32);
        let options = if frame.continues() { XDP_PKT_CONTD } else { 0 };
        let index = frame.into_index();
        self.lent.lend(index);
        Descriptor {
            address: u64::from(index) * self.chunk_size + start,
            length,
            options,
        }
    }

    /// Makes a frame of what the kernel received, or `None` if it names what it did not have.
    #[inline]
    pub(super) fn received(&mut self, descriptor: Descriptor) -> Option<Frame> {
        let (index, start) = self.locate(descriptor.address)?;
        if start + u64::from(descriptor.length) > self.chunk_size || !self.lent.reclaim(index) {
            return None;
        }
        let continues = descriptor.options & XDP_PKT_CONTD != 0;
        // SAFETY: the index was lent by this half and now no longer is, so its hold is ours; the kernel named it in
        // the ring and is done with it; the packet lies within the chunk.
        Some(unsafe {
            self.pool
                .received(index, start as u32, descriptor.length, continues)
        })
    }

    /// Puts a frame that the kernel has sent into the stock; false if it names what it did not have.
    #[inline]
    #[must_use]
    pub(super) fn completed(&mut self, address: u64) -> bool {
        let Some((index, start)) = self.locate(address) else {
            return false;
        };
        let was_lent = self.lent.reclaim(index);
        if was_lent {
            if self.time_stamps.is_due(index) {
                self.read_time_stamp(index, start as u32);
            }
            self.pool.give_index(index);
        }
        was_lent
    }

    /// Reads the time stamp of a packet that was sent from `start` of its chunk, whose index belongs to the caller.
    #[cold]
    fn read_time_stamp(&mut self, index: u32, start: u32) {
        // SAFETY: the index no longer is lent, so its hold is the caller's, and stays so: the frame is taken apart below;
        // the kernel named it in the ring and is done with it; `locate` found the start within the chunk.
        let mut frame = unsafe { self.pool.received(index, start, 0, false) };
        self.time_stamps.read(&mut frame);
        frame.into_index();
    }

    /// Finds the chunk of an address and the place in it.
    #[inline]
    fn locate(&self, address: u64) -> Option<(u32, u64)> {
        let base = address & ((1 << UNALIGNED_OFFSET_SHIFT) - 1);
        let flat = base + (address >> UNALIGNED_OFFSET_SHIFT);
        let (index, start) = if self.chunk_size.is_power_of_two() {
            (
                flat >> self.chunk_size.trailing_zeros(),
                flat & (self.chunk_size - 1),
            )
        } else {
            (flat / self.chunk_size, flat % self.chunk_size)
        };
        Some((u32::try_from(index).ok()?, start))
    }
}

impl Drop for Loans {
    fn drop(&mut self) {
        let unstamped = self.time_stamps.take_expected();
        for index in unstamped.indices() {
            let was_lent = self.lent.reclaim(index);
            debug_assert!(was_lent, "a time stamp is expected of what was lent");
        }
        let lent = std::mem::replace(&mut self.lent, Lent::new(0));
        self.endpoint.inherit(lent, false);
        if unstamped.count() > 0 {
            self.endpoint.inherit(unstamped, true);
        }
    }
}
