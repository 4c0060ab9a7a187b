//! One frame: a chunk of a region that somebody owns, and the packet in it.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::error::OutOfRoom;
use super::region::Region;
use super::request::Request;
use super::store::{self, Store};
use crate::features::SendFeatures;
use crate::kernel::SEND_METADATA_LENGTH;

/// An owned frame of a [`Region`], which derefs to the bytes of its packet.
///
/// ```text
/// chunk:  | headroom ......... | packet ................ | room ............. |
///         0                 headroom()      headroom() + len()        chunk_size
/// ```
///
/// A frame is not `Clone`: sending consumes it, so that it cannot be sent twice or touched while the kernel has it.
/// ```compile_fail,E0382
/// # let region = portway_xdp::Region::builder().build().unwrap();
/// # let mut burst = portway_xdp::Burst::new();
/// let mut frame = region.frame().unwrap();
/// burst.push(frame).unwrap();
/// frame.truncate(10); // it belongs to the burst, and soon to the kernel
/// ```
///
/// It keeps its region's memory alive. Dropping it, on any thread, gives it back to its region under a lock;
/// [`FramePool::give`](crate::FramePool::give) and dropping a whole [`Burst`](crate::Burst) are cheaper.
pub struct Frame {
    chunk: NonNull<u8>,
    store: NonNull<Store>,
    index: u32,
    start: u32,
    length: u32,
    continues: bool,
    requested: SendFeatures,
}

// SAFETY: a frame is the only way to its chunk (rule 4 of the store), and its store may be used from any thread.
unsafe impl Send for Frame {}
// SAFETY: a shared frame gives only shared bytes.
unsafe impl Sync for Frame {}

impl Frame {
    /// Makes the empty frame of an index.
    ///
    /// # Safety
    ///
    /// The index was taken from this store; the caller gives it and its hold to the frame.
    pub(crate) unsafe fn from_index(store: NonNull<Store>, index: u32) -> Self {
        // SAFETY: the index's hold keeps the store alive.
        let shared = unsafe { store.as_ref() };
        let (chunk, start) = (shared.chunk(index), shared.headroom());
        Self {
            chunk,
            store,
            index,
            start,
            length: 0,
            continues: false,
            requested: SendFeatures::NONE,
        }
    }

    /// Makes the frame of an index with the packet that lies in its chunk.
    ///
    /// # Safety
    ///
    /// As for `from_index`; and `start + length` does not exceed the chunk.
    pub(super) unsafe fn with_packet(
        store: NonNull<Store>,
        index: u32,
        start: u32,
        length: u32,
        continues: bool,
    ) -> Self {
        Self {
            // SAFETY: the index's hold keeps the store alive.
            chunk: unsafe { store.as_ref() }.chunk(index),
            store,
            index,
            start,
            length,
            continues,
            requested: SendFeatures::NONE,
        }
    }

    /// Takes the frame apart: the index and its hold belong to the caller.
    pub(crate) fn into_index(self) -> u32 {
        ManuallyDrop::new(self).index
    }

    pub(super) fn store(&self) -> NonNull<Store> {
        self.store
    }

    /// Returns the bytes before the packet that [`prepend`](Self::prepend) can take.
    pub fn headroom(&self) -> usize {
        self.start as usize
    }

    /// Returns the bytes behind the packet that [`append`](Self::append) can take.
    pub fn room(&self) -> usize {
        self.chunk_size() - self.start as usize - self.length as usize
    }

    /// Returns a handle of the region that the frame is of.
    pub fn region(&self) -> Region {
        // SAFETY: this frame has a hold.
        unsafe { Region::of(self.store) }
    }

    /// Returns whether the frame is of this region.
    pub fn is_of(&self, region: &Region) -> bool {
        self.store == region.pointer()
    }

    /// Returns whether the packet goes on in the next frame (a packet longer than a chunk, "multi-buffer").
    pub fn continues(&self) -> bool {
        self.continues
    }

    /// Says whether the packet goes on in the next frame.
    pub fn set_continues(&mut self, continues: bool) {
        self.continues = continues;
    }

    /// Returns what is asked of the device with the packet.
    #[inline]
    pub fn requested(&self) -> SendFeatures {
        self.requested
    }

    pub(super) fn ask(&mut self, feature: SendFeatures) {
        self.requested |= feature;
    }

    pub(super) fn withdraw(&mut self, features: SendFeatures) {
        self.requested = self.requested.without(features);
    }

    /// Returns where what is asked is noted; none in a region that keeps no room for it.
    pub(super) fn request(&self) -> Option<&Request> {
        // SAFETY: this frame has a hold, which keeps the store alive.
        unsafe { self.store.as_ref() }.request(self.index)
    }

    /// Returns the bytes right before the packet, through which the kernel is asked, and answers.
    pub(crate) fn metadata(&mut self) -> Option<&mut [u8; SEND_METADATA_LENGTH]> {
        let first = self.headroom().checked_sub(SEND_METADATA_LENGTH)?;
        // SAFETY: these bytes are in the chunk before the packet; this frame alone may touch the chunk (rule 4 of the store),
        // and its borrow is unique; its memory was zeroed, so it is initialised; an array of bytes lies anywhere.
        Some(unsafe { self.chunk.add(first).cast().as_mut() })
    }

    /// Empties the frame: no bytes, the region's headroom before them, nothing asked.
    pub fn reset(&mut self) {
        // SAFETY: this frame has a hold, which keeps the store alive.
        self.start = unsafe { self.store.as_ref() }.headroom();
        self.length = 0;
        self.continues = false;
        self.requested = SendFeatures::NONE;
    }

    /// Sets the length of the packet. Bytes that become visible are those last written there.
    ///
    /// # Errors
    ///
    /// The packet would end behind the chunk; nothing is changed.
    pub fn set_len(&mut self, length: usize) -> Result<(), OutOfRoom> {
        let room = self.chunk_size() - self.start as usize;
        if length > room {
            return Err(OutOfRoom {
                needed: length,
                room,
            });
        }
        self.length = narrow(length);
        Ok(())
    }

    /// Places the packet anew: its first byte at `headroom` from the start of the chunk, `length` bytes long.
    ///
    /// # Errors
    ///
    /// The packet would end behind the chunk; nothing is changed.
    pub fn place(&mut self, headroom: usize, length: usize) -> Result<(), OutOfRoom> {
        let room = self.chunk_size().saturating_sub(headroom);
        if headroom > self.chunk_size() || length > room {
            return Err(OutOfRoom {
                needed: length,
                room,
            });
        }
        (self.start, self.length) = (narrow(headroom), narrow(length));
        Ok(())
    }

    /// Makes the packet longer at its front and returns the new bytes, to be written.
    ///
    /// # Errors
    ///
    /// The headroom is too small; nothing is changed.
    pub fn prepend(&mut self, count: usize) -> Result<&mut [u8], OutOfRoom> {
        if count > self.headroom() {
            return Err(OutOfRoom {
                needed: count,
                room: self.headroom(),
            });
        }
        self.start -= narrow(count);
        self.length += narrow(count);
        Ok(&mut self[..count])
    }

    /// Takes up to `count` bytes off the packet's front; they become headroom.
    pub fn trim_front(&mut self, count: usize) {
        let count = narrow(count.min(self.length as usize));
        self.start += count;
        self.length -= count;
    }

    /// Shortens the packet to at most `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.length = narrow(length.min(self.length as usize));
    }

    /// Copies bytes behind the packet.
    ///
    /// # Errors
    ///
    /// The room is too small; nothing is changed.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), OutOfRoom> {
        if bytes.len() > self.room() {
            return Err(OutOfRoom {
                needed: bytes.len(),
                room: self.room(),
            });
        }
        let before = self.length as usize;
        self.length += narrow(bytes.len());
        self[before..].copy_from_slice(bytes);
        Ok(())
    }

    /// Returns the room behind the packet, to be written and then taken with [`set_len`](Self::set_len).
    pub fn room_mut(&mut self) -> &mut [u8] {
        let end = self.start as usize + self.length as usize;
        let room = self.room();
        // SAFETY: `end + room` is the size of the chunk, which this frame alone may touch (rule 4 of the store);
        // its memory was zeroed, so it is initialised.
        unsafe { std::slice::from_raw_parts_mut(self.chunk.add(end).as_ptr(), room) }
    }

    /// Asks the processor to fetch the first bytes of the packet.
    #[inline]
    pub(super) fn prefetch(&self) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let first = self.chunk.as_ptr().wrapping_add(self.start as usize);
            // SAFETY: every x86-64 processor has the instruction, and it reads nothing that the program could see.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(first.cast()) };
        }
    }

    fn chunk_size(&self) -> usize {
        // SAFETY: this frame has a hold, which keeps the store alive.
        unsafe { self.store.as_ref() }.chunk_size() as usize
    }
}

/// Narrows a measure that was compared with the chunk's size, which fits.
fn narrow(measure: usize) -> u32 {
    debug_assert!(u32::try_from(measure).is_ok());
    measure as u32
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `start + length` never exceeds the chunk, which this frame alone may touch (rule 4 of the
        // store); its memory was zeroed, so it is initialised.
        unsafe {
            let first = self.chunk.add(self.start as usize);
            std::slice::from_raw_parts(first.as_ptr(), self.length as usize)
        }
    }
}

impl DerefMut for Frame {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`; the borrow of the frame is unique.
        unsafe {
            let first = self.chunk.add(self.start as usize);
            std::slice::from_raw_parts_mut(first.as_ptr(), self.length as usize)
        }
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for Frame {
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: this frame holds its index, and nothing borrows its chunk any more.
        unsafe { store::give_back(self.store, std::iter::once(self.index)) };
    }
}

/// Shows the measures, never the bytes: they are somebody's traffic.
impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Frame")
            .field("index", &self.index)
            .field("headroom", &self.start)
            .field("len", &self.length)
            .field("continues", &self.continues)
            .field("requested", &self.requested)
            .finish_non_exhaustive()
    }
}
