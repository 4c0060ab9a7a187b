//! One thread's store of free frames.

use super::burst::{Burst, MAXIMUM_BURST};
use super::frame::Frame;
use super::region::Region;
use super::store;

/// How many frames move between a pool and its region at once: one lock for so many frames.
const BATCH: usize = 64;

/// Up to so many frames stay in a pool; what is given beyond goes back to the region, a batch at a time.
const MAXIMUM_STOCK: usize = 4 * BATCH;

/// A thread's own stock of free frames of one region.
///
/// Taking and giving touch neither a lock nor an atomic, except once for every batch of 64 frames. Frames in the stock are
/// missing elsewhere: count 256 for each pool when choosing a region's size. Dropping the pool gives them back.
///
/// ```
/// use portway_xdp::{FramePool, Region};
///
/// let region = Region::builder().build()?;
/// let mut pool = FramePool::new(&region);
/// let frame = pool.take().ok_or("every frame is in use")?;
/// pool.give(frame);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FramePool {
    region: Region,
    stock: Vec<u32>,
}

impl FramePool {
    /// Makes an empty pool, which takes its first batch when a frame is asked for.
    pub fn new(region: &Region) -> Self {
        Self {
            region: region.clone(),
            stock: Vec::with_capacity(MAXIMUM_STOCK + MAXIMUM_BURST),
        }
    }

    /// Returns the region that the frames are of.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Takes an empty frame, or `None` when neither the pool nor the region has one.
    #[inline]
    pub fn take(&mut self) -> Option<Frame> {
        let index = self.take_index()?;
        // SAFETY: the index was in the stock, with its hold, and has left it.
        Some(unsafe { Frame::from_index(self.region.pointer(), index) })
    }

    /// Fills a burst with up to `count` empty frames and returns how many it got.
    pub fn take_into(&mut self, burst: &mut Burst, count: usize) -> usize {
        let count = count.min(burst.vacancy());
        if self.stock.len() < count {
            let missing = count - self.stock.len();
            self.region
                .store()
                .take(missing.max(BATCH), &mut self.stock);
        }
        let first = self.stock.len().saturating_sub(count);
        let taken = self.stock.len() - first;
        let store = self.region.pointer();
        // SAFETY: the indices were in the stock, with their holds, and leave it.
        let frame = |index| unsafe { Frame::from_index(store, index) };
        burst.extend_unchecked(self.stock.drain(first..).map(frame));
        taken
    }

    /// Gives a frame back. One of another region goes to its own.
    #[inline]
    pub fn give(&mut self, frame: Frame) {
        if frame.is_of(&self.region) {
            self.give_index(frame.into_index());
        }
    }

    /// Gives all frames of a burst back.
    pub fn give_all(&mut self, burst: &mut Burst) {
        let frames = burst.drain(burst.len());
        if frames
            .as_slice()
            .iter()
            .all(|frame| frame.is_of(&self.region))
        {
            self.stock.extend(frames.map(Frame::into_index));
            self.trim();
        } else {
            frames.for_each(|frame| self.give(frame));
        }
    }

    /// Makes a frame of an index that came back from the kernel.
    ///
    /// # Safety
    ///
    /// The caller gives the index, of this pool's region, and its hold to the frame; `start + length` does not exceed
    /// the chunk; and the kernel is done with it.
    #[inline]
    pub(crate) unsafe fn received(
        &self,
        index: u32,
        start: u32,
        length: u32,
        continues: bool,
    ) -> Frame {
        // SAFETY: the caller's promise.
        unsafe { Frame::with_packet(self.region.pointer(), index, start, length, continues) }
    }

    #[inline]
    pub(crate) fn take_index(&mut self) -> Option<u32> {
        if self.stock.is_empty() {
            self.region.store().take(BATCH, &mut self.stock);
        }
        self.stock.pop()
    }

    /// Takes an index that the caller holds, of this pool's region.
    #[inline]
    pub(crate) fn give_index(&mut self, index: u32) {
        self.stock.push(index);
        self.trim();
    }

    /// Gives back what is beyond the largest stock, and a batch more, so that it is not soon done again.
    #[inline]
    fn trim(&mut self) {
        if self.stock.len() > MAXIMUM_STOCK {
            self.give_back_from(MAXIMUM_STOCK - BATCH);
        }
    }

    fn give_back_from(&mut self, first: usize) {
        let store = self.region.pointer();
        // SAFETY: the stock holds these indices and they leave it; each was taken from this region.
        unsafe { store::give_back(store, self.stock.drain(first..)) };
    }
}

impl Drop for FramePool {
    fn drop(&mut self) {
        self.give_back_from(0);
    }
}
