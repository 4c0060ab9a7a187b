//! The store of a region: its memory, its free frames, and the count that keeps both alive.
//!
//! # Why a frame's memory stays valid
//!
//! A frame holds a plain pointer to its store, so that neither taking nor giving one back counts anything. What
//! makes that sound:
//!
//! 1. **One place for each index.** The indices of all chunks are in `free` when the store is made. An index leaves
//!    only through [`Store::take`] and comes back only through [`give_back`] or never. Between the two it is in
//!    exactly one hand: in a pool's stock, in a `Frame`, or in the list of what a socket lent to the kernel. None of
//!    these can be copied, so that two frames never share a chunk.
//! 2. **Every hand counts.** `holds` = handles (`Region` and what owns one) + indices that are not in `free`. `take`
//!    adds the number of indices it hands out and `give_back` subtracts what it got, both once for a whole batch.
//!    A frame that moves between pools, bursts, threads and the kernel carries its one hold along; nothing is
//!    counted then.
//! 3. **The last hold frees.** The store is freed when `holds` becomes zero. As long as a frame exists it has a hold,
//!    so its pointers are valid, whatever has become of the region's handles, pools and sockets.
//! 4. **A chunk belongs to its frame alone.** References are only ever made to the chunk of a `Frame`, through that
//!    frame, under its borrow. The store itself never makes a reference to packet memory.
//! 5. **The kernel owns what it was lent.** A frame that goes to the kernel is taken apart into its index; only the
//!    socket that lent it makes a frame of it again, and only once the kernel has named it in a ring.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use super::mapping::Mapping;
use super::request::Request;
use crate::socket::Endpoint;

/// As with `Arc`: more holds than this can only be handles that were leaked in a loop.
const MAXIMUM_HOLDS: usize = isize::MAX as usize;

/// What all frames of a region share.
#[derive(Debug)]
pub(crate) struct Store {
    mapping: Mapping,
    chunk_size: u32,
    chunk_count: u32,
    headroom: u32,
    /// One for each chunk, or none.
    requests: Box<[Request]>,
    counted: Counted,
}

/// What changes: apart from the constants above, which every frame reads.
#[derive(Debug)]
#[repr(align(128))]
struct Counted {
    holds: AtomicUsize,
    free: Mutex<Vec<u32>>,
    /// The sockets that were opened over the region. They hold it, not it them.
    sharers: Mutex<Vec<Weak<Endpoint>>>,
}

/// The measures of a store, checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measures {
    pub(super) chunk_size: u32,
    pub(super) chunk_count: u32,
    pub(super) headroom: u32,
    /// Whether there is room for what is asked of a device.
    pub(super) send_metadata: bool,
}

impl Store {
    /// Makes a store whose chunks are all free, with one hold, which belongs to the caller.
    pub(super) fn allocate(mapping: Mapping, measures: Measures) -> NonNull<Self> {
        let Measures {
            chunk_size,
            chunk_count,
            headroom,
            send_metadata,
        } = measures;
        assert!(
            chunk_size as usize * chunk_count as usize <= mapping.length(),
            "every chunk lies in the mapping"
        );
        // Ascending addresses are taken first: the list is used from its end.
        let free = Mutex::new((0..chunk_count).rev().collect());
        let counted = Counted {
            holds: AtomicUsize::new(1),
            sharers: Mutex::default(),
            free,
        };
        let requests = if send_metadata { chunk_count } else { 0 };
        NonNull::from(Box::leak(Box::new(Self {
            requests: (0..requests).map(|_| Request::default()).collect(),
            mapping,
            chunk_size,
            chunk_count,
            headroom,
            counted,
        })))
    }

    pub(crate) fn chunk_size(&self) -> u32 {
        self.chunk_size
    }

    pub(crate) fn chunk_count(&self) -> u32 {
        self.chunk_count
    }

    pub(crate) fn headroom(&self) -> u32 {
        self.headroom
    }

    /// Returns whether there is room for what is asked of a device.
    pub(crate) fn has_send_metadata(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Returns where is noted what is asked with the packet of a chunk.
    pub(super) fn request(&self, index: u32) -> Option<&Request> {
        self.requests.get(index as usize)
    }

    pub(super) fn free_count(&self) -> usize {
        self.free().len()
    }

    /// Returns the first byte of a chunk.
    pub(super) fn chunk(&self, index: u32) -> NonNull<u8> {
        assert!(
            index < self.chunk_count,
            "an index names a chunk of its region"
        );
        let offset = index as usize * self.chunk_size as usize;
        // SAFETY: the index is below the count (checked), and `allocate` checked that every chunk lies in the
        // mapping, which is one allocation.
        unsafe { self.mapping.base().add(offset) }
    }

    /// Takes one free index with its hold.
    pub(super) fn take_one(&self) -> Option<u32> {
        let index = self.free().pop()?;
        self.counted.holds.fetch_add(1, Ordering::Relaxed);
        Some(index)
    }

    /// Moves up to `count` free indices to `taken` and gives each a hold.
    pub(super) fn take(&self, count: usize, taken: &mut Vec<u32>) {
        let mut free = self.free();
        let first = free.len().saturating_sub(count);
        let number = free.len() - first;
        taken.extend(free.drain(first..).rev());
        // Relaxed as in `Arc::clone`: the caller has a hold, so the store cannot go away meanwhile.
        self.counted.holds.fetch_add(number, Ordering::Relaxed);
    }

    /// Returns the sockets that were opened over the region; those that were closed, too.
    pub(super) fn sharers(&self) -> MutexGuard<'_, Vec<Weak<Endpoint>>> {
        self.counted
            .sharers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where the chunks begin.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.mapping.base()
    }

    fn free(&self) -> MutexGuard<'_, Vec<u32>> {
        // Nothing panics under the lock; a list behind a poisoned one is whole.
        self.counted
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the hold of one more handle.
///
/// # Safety
///
/// The caller has a hold on the store.
pub(super) unsafe fn add_handle(store: NonNull<Store>) {
    // SAFETY: the caller's hold keeps the store alive.
    let before = unsafe { store.as_ref() }
        .counted
        .holds
        .fetch_add(1, Ordering::Relaxed);
    if before > MAXIMUM_HOLDS {
        std::process::abort();
    }
}

/// Ends `count` holds and frees the store with the last one.
///
/// # Safety
///
/// The caller has that many holds, gives them up, and does not use the store afterwards unless it has another.
pub(super) unsafe fn release(store: NonNull<Store>, count: usize) {
    if count == 0 {
        return;
    }
    // SAFETY: the caller's holds keep the store alive until this subtraction. Release, so that all use of it comes
    // before it is freed by whoever is last.
    let before = unsafe { store.as_ref() }
        .counted
        .holds
        .fetch_sub(count, Ordering::Release);
    if before == count {
        fence(Ordering::Acquire);
        // SAFETY: `allocate` leaked this box; no hold is left, so nobody else has a use for it.
        drop(unsafe { Box::from_raw(store.as_ptr()) });
    }
}

/// Gives indices back to the free list under one lock and ends their holds.
///
/// # Safety
///
/// Every index was taken from this store, is held by the caller with its hold, and is not used afterwards; so no
/// reference to its chunk exists.
pub(super) unsafe fn give_back(store: NonNull<Store>, indices: impl Iterator<Item = u32>) {
    let count = {
        // SAFETY: the holds of the indices keep the store alive; this reference ends with the block, before they do.
        let mut free = unsafe { store.as_ref() }.free();
        let before = free.len();
        free.extend(indices);
        free.len() - before
    };
    // SAFETY: as many indices as were given, each with its hold.
    unsafe { release(store, count) };
}
