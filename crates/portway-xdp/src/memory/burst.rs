//! A bounded array of frames.

use std::ops::{Deref, DerefMut};

use super::frame::Frame;
use super::queue::Places;
use super::store;

/// The most frames in a burst.
pub const MAXIMUM_BURST: usize = 256;

/// Up to 256 frames that go through the program together, in order.
///
/// Derefs to a slice of frames. Receiving fills the vacancy behind the frames that are there; sending takes frames from the
/// front and leaves what was not taken. Dropping or clearing a burst gives its frames back to their region under
/// one lock.
///
/// ```
/// use portway_xdp::{Burst, Region};
///
/// let region = Region::builder().build()?;
/// let mut burst = Burst::new();
/// burst.push(region.frame().ok_or("every frame is in use")?).map_err(|_| "the burst is full")?;
/// for frame in burst.iter_mut() {
///     frame.append(b"payload")?;
/// }
/// assert_eq!(burst.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Burst {
    frames: Vec<Frame>,
    limit: usize,
    /// Where `retain` gathers what it refuses; empty between calls, kept so that it allocates once.
    refused: Vec<Frame>,
}

impl Burst {
    /// Makes an empty burst for [`MAXIMUM_BURST`] frames.
    pub fn new() -> Self {
        Self::with_limit(MAXIMUM_BURST)
    }

    /// Makes an empty burst for `limit` frames, which is raised to 1 and lowered to [`MAXIMUM_BURST`].
    pub fn with_limit(limit: usize) -> Self {
        let limit = limit.clamp(1, MAXIMUM_BURST);
        Self {
            frames: Vec::with_capacity(limit),
            limit,
            refused: Vec::new(),
        }
    }

    /// Returns how many frames it can hold.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Returns how many more frames it can take.
    pub fn vacancy(&self) -> usize {
        self.limit - self.frames.len()
    }

    /// Returns whether it can take no more frames.
    pub fn is_full(&self) -> bool {
        self.vacancy() == 0
    }

    /// Appends a frame.
    ///
    /// # Errors
    ///
    /// The burst is full; the frame comes back.
    #[inline]
    pub fn push(&mut self, frame: Frame) -> Result<(), Frame> {
        if self.is_full() {
            return Err(frame);
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Appends a frame where the caller has looked at [`vacancy`](Self::vacancy).
    #[inline]
    pub(crate) fn push_unchecked(&mut self, frame: Frame) {
        debug_assert!(!self.is_full());
        self.frames.push(frame);
    }

    /// Appends frames, no more than the [`vacancy`](Self::vacancy) that the caller has looked at.
    #[inline]
    pub(super) fn extend_unchecked(&mut self, frames: impl Iterator<Item = Frame>) {
        self.frames.extend(frames);
        debug_assert!(self.frames.len() <= self.limit);
    }

    /// Moves as many frames from the front as the places are, and closes the gap.
    ///
    /// # Safety
    ///
    /// The places may be written, hold no frame before and own it afterwards; they are no more than there are frames.
    #[inline]
    pub(super) unsafe fn take_front(&mut self, first: Places, second: Places) {
        let count = first.len() + second.len();
        assert!(count <= self.frames.len(), "no more than there are");
        let rest = self.frames.len() - count;
        let base = self.frames.as_mut_ptr();
        // SAFETY: the length shrinks before frames move, so that each has one owner: the places by the caller's promise, or
        // the burst, whose rest moves to its front.
        unsafe {
            self.frames.set_len(0);
            base.copy_to_nonoverlapping(first.as_ptr().cast(), first.len());
            let behind = base.add(first.len());
            behind.copy_to_nonoverlapping(second.as_ptr().cast(), second.len());
            base.add(count).copy_to(base, rest);
            self.frames.set_len(rest);
        }
    }

    /// Moves the frames of the places behind those that are there.
    ///
    /// # Safety
    ///
    /// The places hold frames, and no longer own them afterwards.
    #[inline]
    pub(super) unsafe fn put_behind(&mut self, first: Places, second: Places) {
        let count = first.len() + second.len();
        assert!(count <= self.vacancy(), "no more than there is room for");
        self.frames.reserve(count);
        let length = self.frames.len();
        // SAFETY: there is capacity for as many behind the length, which grows once they are there.
        unsafe {
            let end = self.frames.as_mut_ptr().add(length);
            end.copy_from_nonoverlapping(first.as_ptr().cast(), first.len());
            let behind = end.add(first.len());
            behind.copy_from_nonoverlapping(second.as_ptr().cast(), second.len());
            self.frames.set_len(length + count);
        }
    }

    /// Asks the processor to fetch the first bytes of all packets, before their headers are read one after the other.
    ///
    /// What another processor or a device has just written is far away; asked for together, packets come together. Does
    /// nothing where the compiler knows no such request.
    #[inline]
    pub fn prefetch(&self) {
        self.frames.iter().for_each(Frame::prefetch);
    }

    /// Takes the last frame.
    #[inline]
    pub fn pop(&mut self) -> Option<Frame> {
        self.frames.pop()
    }

    /// Takes up to `count` frames from the front; those not yet taken when the iterator is dropped are given back
    /// to their region.
    pub fn drain(&mut self, count: usize) -> Drain<'_> {
        let count = count.min(self.frames.len());
        Drain {
            frames: self.frames.drain(..count),
        }
    }

    /// Moves frames from the front of `other` until it is empty or this burst is full, and returns how many.
    pub fn append(&mut self, other: &mut Self) -> usize {
        let count = self.vacancy().min(other.frames.len());
        self.frames.extend(other.frames.drain(..count));
        count
    }

    /// Keeps the frames of which `keep` says so, in order, and gives the others back to their region.
    pub fn retain(&mut self, mut keep: impl FnMut(&mut Frame) -> bool) {
        self.refused
            .extend(self.frames.extract_if(.., |frame| !keep(frame)));
        release_all(&mut self.refused);
    }

    /// Gives all frames back to their region.
    pub fn clear(&mut self) {
        release_all(&mut self.frames);
    }
}

impl Default for Burst {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Burst {
    type Target = [Frame];

    fn deref(&self) -> &[Frame] {
        &self.frames
    }
}

impl DerefMut for Burst {
    fn deref_mut(&mut self) -> &mut [Frame] {
        &mut self.frames
    }
}

impl Drop for Burst {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Frames leaving the front of a [`Burst`].
#[derive(Debug)]
pub struct Drain<'burst> {
    frames: std::vec::Drain<'burst, Frame>,
}

impl Drain<'_> {
    /// Returns the frames that are left to take.
    pub fn as_slice(&self) -> &[Frame] {
        self.frames.as_slice()
    }
}

impl Iterator for Drain<'_> {
    type Item = Frame;

    #[inline]
    fn next(&mut self) -> Option<Frame> {
        self.frames.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.frames.size_hint()
    }
}

impl ExactSizeIterator for Drain<'_> {}

/// Gives frames back, one lock for each run of frames of one region.
fn release_all(frames: &mut Vec<Frame>) {
    while let Some(last) = frames.last() {
        let store = last.store();
        let first = frames
            .iter()
            .rposition(|frame| frame.store() != store)
            .map_or(0, |at| at + 1);
        // SAFETY: each of these frames is of this store, holds its index, and is taken apart here.
        unsafe { store::give_back(store, frames.drain(first..).map(Frame::into_index)) };
    }
}
