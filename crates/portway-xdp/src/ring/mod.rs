//! The four rings of an AF_XDP socket: single producer, single consumer, in memory shared with the kernel.
//!
//! ```text
//!            user: Producer                             user: Consumer
//! fill ring ── free frames ──►  kernel  ── packets ──► receive ring
//! send ring ── packets ──────►  kernel  ── sent frames ──► completion ring
//! ```
//!
//! Both cursors count without end and wrap at 2³²; an entry's place is the cursor modulo the size, a power of two.
//! Who writes a cursor publishes with Release what it wrote (or has finished reading) before; who reads the other's cursor
//! does so with Acquire. Each side keeps its last look at the other's cursor and looks again only when that does
//! not suffice.

mod consumer;
#[cfg(all(test, loom))]
mod model;
mod place;
mod producer;
#[cfg(all(test, not(loom)))]
mod tests;

use std::ptr::NonNull;

pub(crate) use consumer::{Consumer, Reading};
pub(crate) use producer::Producer;

use self::place::{AtomicU32, Ordering, Place};
use crate::kernel::{RingOffsets, XDP_RING_NEED_WAKEUP};

/// Where a ring lies.
#[derive(Debug)]
struct Ring<T> {
    producer: NonNull<AtomicU32>,
    consumer: NonNull<AtomicU32>,
    flags: NonNull<AtomicU32>,
    entries: NonNull<Place<T>>,
    size: u32,
}

// SAFETY: the pointers lead into memory that belongs to no thread, and an end of the ring, which holds this, is the
// only one on its side.
unsafe impl<T: Send> Send for Ring<T> {}

impl<T: Copy> Ring<T> {
    /// Lays a ring over memory.
    ///
    /// # Safety
    ///
    /// From `base` on lies a ring of `size` entries of `T`, a power of two, at these offsets; it stays mapped as long as
    /// this is used; every bit pattern is a `T`; and each side has one user.
    unsafe fn new(base: NonNull<u8>, offsets: RingOffsets, size: u32) -> Self {
        debug_assert!(size.is_power_of_two());
        // SAFETY: the caller says that the ring lies there.
        let at = |offset: u64| unsafe { base.add(offset as usize) };
        Self {
            producer: at(offsets.producer).cast(),
            consumer: at(offsets.consumer).cast(),
            flags: at(offsets.flags).cast(),
            entries: at(offsets.entries).cast(),
            size,
        }
    }

    fn producer(&self) -> &AtomicU32 {
        // SAFETY: `new` was promised that the cursor lies there for as long as the ring is used.
        unsafe { self.producer.as_ref() }
    }

    fn consumer(&self) -> &AtomicU32 {
        // SAFETY: as for the producer.
        unsafe { self.consumer.as_ref() }
    }

    fn needs_wakeup(&self) -> bool {
        // SAFETY: as for the producer.
        let flags = unsafe { self.flags.as_ref() };
        flags.load(Ordering::Relaxed) & XDP_RING_NEED_WAKEUP != 0
    }

    fn place(&self, cursor: u32) -> &Place<T> {
        // SAFETY: the index is below the size, and `new` was promised that many entries, for as long as the ring is used.
        unsafe {
            self.entries
                .add((cursor & (self.size - 1)) as usize)
                .as_ref()
        }
    }
}
