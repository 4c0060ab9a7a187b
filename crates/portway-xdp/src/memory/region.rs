//! A region: packet memory of one process, cut into chunks of one size.

use std::fmt;
use std::ptr::NonNull;
use std::sync::{MutexGuard, Weak};

use super::error::RegionError;
use super::frame::Frame;
use super::mapping::{Mapping, PageSize};
use super::store::{self, Measures, Store};
use crate::socket::Endpoint;

/// The smallest chunk, in bytes. (AF_XDP wants 2048 or more.)
pub const MINIMUM_CHUNK_SIZE: usize = 256;

/// The largest chunk, in bytes: a packet of IP that was joined by offload. (AF_XDP takes a page at most.)
pub const MAXIMUM_CHUNK_SIZE: usize = 128 << 10;

/// The headroom before a fresh packet, in bytes: what the kernel leaves before a received one, too.
pub const DEFAULT_HEADROOM: usize = 256;

/// Memory cut into frames: the UMEM of any number of AF_XDP sockets, and packet memory for everything else.
///
/// A handle; clones name the same memory, which is given back to the system when the last handle **and** the last
/// frame are gone.
///
/// ```
/// use portway_xdp::Region;
///
/// let region = Region::builder().chunk_size(4096).chunks(512).build()?;
/// let mut frame = region.frame().ok_or("every frame is in use")?;
/// frame.append(b"payload")?;
/// assert_eq!(&frame[..], b"payload");
/// assert_eq!(region.free_frames(), 511);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Region {
    store: NonNull<Store>,
}

// SAFETY: a region is a counted handle to a store, which may be used from any thread.
unsafe impl Send for Region {}
// SAFETY: as above; every method takes the store's lock or reads what never changes.
unsafe impl Sync for Region {}

impl Region {
    /// Begins to describe a region: 2048 chunks of 2048 bytes unless told otherwise.
    pub fn builder() -> RegionBuilder {
        RegionBuilder::default()
    }

    /// Takes one empty frame, or `None` when all are in use.
    ///
    /// Takes a lock; a thread that needs many has a [`FramePool`](crate::FramePool).
    pub fn frame(&self) -> Option<Frame> {
        let index = self.store().take_one()?;
        // SAFETY: the index was just taken, with its hold.
        Some(unsafe { Frame::from_index(self.store, index) })
    }

    /// Returns the size of a chunk in bytes: headroom, packet and the room behind it.
    pub fn chunk_size(&self) -> usize {
        self.store().chunk_size() as usize
    }

    /// Returns the number of frames, free or not.
    pub fn frames(&self) -> usize {
        self.store().chunk_count() as usize
    }

    /// Returns the number of frames that nobody holds: no pool, no burst, no socket.
    pub fn free_frames(&self) -> usize {
        self.store().free_count()
    }

    /// Returns the distance of a fresh packet from the start of its chunk, in bytes.
    pub fn headroom(&self) -> usize {
        self.store().headroom() as usize
    }

    /// Returns whether frames can carry requests to the device: see [`RegionBuilder::send_metadata`].
    pub fn has_send_metadata(&self) -> bool {
        self.store().has_send_metadata()
    }

    pub(crate) fn store(&self) -> &Store {
        // SAFETY: this handle has a hold, which keeps the store alive.
        unsafe { self.store.as_ref() }
    }

    /// Returns the address of the first chunk.
    pub(crate) fn address(&self) -> usize {
        self.store().base().addr().get()
    }

    /// Returns the sockets that were opened over the region; those that were closed, too.
    pub(crate) fn sharers(&self) -> MutexGuard<'_, Vec<Weak<Endpoint>>> {
        self.store().sharers()
    }

    /// Puts indices back into the free list.
    ///
    /// # Safety
    ///
    /// The caller holds each of them, and nothing touches their chunks any more.
    pub(crate) unsafe fn give_back(&self, indices: impl Iterator<Item = u32>) {
        // SAFETY: the caller's promise.
        unsafe { store::give_back(self.store, indices) };
    }

    /// Ends the holds of `count` indices without putting them back: their chunks are never used again.
    ///
    /// # Safety
    ///
    /// The caller holds so many and forgets them.
    pub(crate) unsafe fn retire(&self, count: usize) {
        // SAFETY: the caller's promise.
        unsafe { store::release(self.store, count) };
    }

    pub(super) fn pointer(&self) -> NonNull<Store> {
        self.store
    }

    /// Makes one more handle of the region that `store` is of.
    ///
    /// # Safety
    ///
    /// The caller has a hold on the store.
    pub(super) unsafe fn of(store: NonNull<Store>) -> Self {
        // SAFETY: the caller's promise.
        unsafe { store::add_handle(store) };
        Self { store }
    }
}

impl Clone for Region {
    fn clone(&self) -> Self {
        // SAFETY: this handle has a hold.
        unsafe { Self::of(self.store) }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the hold of this handle, which is gone afterwards.
        unsafe { store::release(self.store, 1) };
    }
}

/// Two handles are equal when they name the same memory.
impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store
    }
}

impl Eq for Region {}

impl fmt::Debug for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Region")
            .field("chunk_size", &self.chunk_size())
            .field("frames", &self.frames())
            .field("free_frames", &self.free_frames())
            .finish_non_exhaustive()
    }
}

/// Describes a region; [`build`](Self::build) makes it.
#[derive(Debug, Clone, Copy)]
#[must_use = "a builder makes nothing until `build`"]
pub struct RegionBuilder {
    chunk_size: usize,
    chunks: usize,
    headroom: usize,
    page: PageSize,
    send_metadata: bool,
}

impl Default for RegionBuilder {
    fn default() -> Self {
        Self {
            chunk_size: 2048,
            chunks: 2048,
            headroom: DEFAULT_HEADROOM,
            page: PageSize::Ordinary,
            send_metadata: false,
        }
    }
}

impl RegionBuilder {
    /// Sets the size of a chunk in bytes (default 2048).
    ///
    /// For AF_XDP 2048 or 4096; any other size from 2048 to the page makes the kernel's mode of unaligned chunks
    /// necessary, which sockets then ask for. Other back ends take any size.
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.chunk_size = bytes;
        self
    }

    /// Sets the number of chunks (default 2048). Memory: their number times their size.
    ///
    /// An AF_XDP socket keeps as many as its fill ring is long; what is being sent, worked on and kept in pools
    /// comes on top.
    pub fn chunks(mut self, count: usize) -> Self {
        self.chunks = count;
        self
    }

    /// Sets the bytes kept free before a fresh packet for headers to come (default [`DEFAULT_HEADROOM`]).
    ///
    /// A packet from an AF_XDP socket has 256 bytes at least, whatever is set here.
    pub fn headroom(mut self, bytes: usize) -> Self {
        self.headroom = bytes;
        self
    }

    /// Sets the pages that the memory is made of (default ordinary ones).
    pub fn page_size(mut self, page: PageSize) -> Self {
        self.page = page;
        self
    }

    /// Lets frames carry requests to the device that sends them: a checksum, a time stamp, a time to leave at (default: they
    /// cannot).
    ///
    /// A packet on its way to an AF_XDP socket then needs 24 bytes of headroom, for the kernel's `struct xsk_tx_metadata`;
    /// one with less is moved within its frame first. Beside packet memory each frame takes 32 bytes. Needs Linux 6.11.
    pub fn send_metadata(mut self) -> Self {
        self.send_metadata = true;
        self
    }

    /// Makes the region.
    ///
    /// # Errors
    ///
    /// A measure is out of its range, or the system has not enough memory or huge pages.
    pub fn build(self) -> Result<Region, RegionError> {
        let measures = self.measures()?;
        let length = self
            .chunk_size
            .checked_mul(self.chunks)
            .ok_or(RegionError::ChunkCount { count: self.chunks })?;
        let mapping =
            Mapping::new(length, self.page).map_err(|source| self.refusal(length, source))?;
        Ok(Region {
            store: Store::allocate(mapping, measures),
        })
    }

    fn measures(&self) -> Result<Measures, RegionError> {
        let Self {
            chunk_size,
            chunks,
            headroom,
            send_metadata,
            ..
        } = *self;
        if !(MINIMUM_CHUNK_SIZE..=MAXIMUM_CHUNK_SIZE).contains(&chunk_size) {
            return Err(RegionError::ChunkSize { size: chunk_size });
        }
        if headroom >= chunk_size {
            return Err(RegionError::Headroom {
                headroom,
                chunk_size,
            });
        }
        let chunk_count = u32::try_from(chunks).ok().filter(|count| *count > 0);
        Ok(Measures {
            chunk_size: u32::try_from(chunk_size).expect("bounded above"),
            chunk_count: chunk_count.ok_or(RegionError::ChunkCount { count: chunks })?,
            headroom: u32::try_from(headroom).expect("less than the chunk"),
            send_metadata,
        })
    }

    fn refusal(&self, length: usize, source: std::io::Error) -> RegionError {
        match self.page {
            PageSize::Ordinary => RegionError::Memory { length, source },
            huge => RegionError::HugePages {
                needed: length.div_ceil(huge.bytes()),
                page_kilobytes: huge.bytes() >> 10,
                source,
            },
        }
    }
}
