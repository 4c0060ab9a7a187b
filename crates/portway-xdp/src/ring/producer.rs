//! The writing end of a ring.

use std::ptr::NonNull;

use super::{Ring, place::Ordering};
use crate::kernel::RingOffsets;

/// The end of a ring that entries are written to.
#[derive(Debug)]
pub(crate) struct Producer<T> {
    ring: Ring<T>,
    next: u32,
    /// The consumer's cursor as last seen.
    consumed: u32,
}

impl<T: Copy> Producer<T> {
    /// Takes the writing end.
    ///
    /// # Safety
    ///
    /// What `Ring::new` asks for; and there is no other producer of this ring.
    pub(crate) unsafe fn new(base: NonNull<u8>, offsets: RingOffsets, size: u32) -> Self {
        // SAFETY: the caller's promise.
        let ring = unsafe { Ring::new(base, offsets, size) };
        // The producer's cursor is written on this side alone.
        let next = ring.producer().load(Ordering::Relaxed);
        let consumed = ring.consumer().load(Ordering::Acquire);
        Self {
            ring,
            next,
            consumed,
        }
    }

    /// Begins to write up to `wanted` entries; dropping the answer publishes those that were written.
    #[inline]
    pub(crate) fn write(&mut self, wanted: u32) -> Writing<'_, T> {
        let room = self.room(wanted).min(wanted);
        let end = self.next.wrapping_add(room);
        Writing {
            next: self.next,
            end,
            producer: self,
        }
    }

    /// Returns how many entries were written and not yet taken by the other side.
    pub(crate) fn unconsumed(&mut self) -> u32 {
        self.consumed = self.ring.consumer().load(Ordering::Acquire);
        self.next.wrapping_sub(self.consumed)
    }

    /// Returns whether the kernel sleeps over this ring.
    #[inline]
    pub(crate) fn needs_wakeup(&self) -> bool {
        self.ring.needs_wakeup()
    }

    #[inline]
    fn room(&mut self, wanted: u32) -> u32 {
        let room = self.ring.size - self.next.wrapping_sub(self.consumed);
        if room >= wanted {
            room
        } else {
            self.ring.size - self.unconsumed()
        }
    }
}

/// Entries being written, published together when this is dropped.
#[derive(Debug)]
pub(crate) struct Writing<'ring, T: Copy> {
    producer: &'ring mut Producer<T>,
    next: u32,
    end: u32,
}

impl<T: Copy> Writing<'_, T> {
    /// Returns for how many more entries there is room.
    #[inline]
    pub(crate) fn room(&self) -> u32 {
        self.end.wrapping_sub(self.next)
    }

    /// Writes one entry; the caller has looked at [`room`](Self::room).
    #[inline]
    pub(crate) fn put(&mut self, entry: T) {
        assert!(
            self.next != self.end,
            "no more entries than there is room for"
        );
        // SAFETY: between the two cursors an entry belongs to this end alone.
        unsafe { self.producer.ring.place(self.next).write(entry) };
        self.next = self.next.wrapping_add(1);
    }
}

impl<T: Copy> Drop for Writing<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.producer.next != self.next {
            self.producer.next = self.next;
            // Release: the entries come before the cursor that shows them.
            self.producer
                .ring
                .producer()
                .store(self.next, Ordering::Release);
        }
    }
}
