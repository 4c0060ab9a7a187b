//! The reading end of a ring.

use std::ptr::NonNull;

use super::{Ring, place::Ordering};
use crate::kernel::RingOffsets;

/// The end of a ring that entries are read from.
#[derive(Debug)]
pub(crate) struct Consumer<T> {
    ring: Ring<T>,
    next: u32,
    /// The producer's cursor as last seen.
    produced: u32,
}

impl<T: Copy> Consumer<T> {
    /// Takes the reading end.
    ///
    /// # Safety
    ///
    /// What `Ring::new` asks for; and there is no other consumer of this ring.
    pub(crate) unsafe fn new(base: NonNull<u8>, offsets: RingOffsets, size: u32) -> Self {
        // SAFETY: the caller's promise.
        let ring = unsafe { Ring::new(base, offsets, size) };
        // The consumer's cursor is written on this side alone.
        let next = ring.consumer().load(Ordering::Relaxed);
        Self {
            ring,
            next,
            produced: next,
        }
    }

    /// Begins to read up to `wanted` entries; dropping the answer gives the places of those that were read back.
    #[inline]
    pub(crate) fn read(&mut self, wanted: u32) -> Reading<'_, T> {
        let count = self.available(wanted).min(wanted);
        let end = self.next.wrapping_add(count);
        Reading {
            next: self.next,
            end,
            consumer: self,
        }
    }

    #[inline]
    fn available(&mut self, wanted: u32) -> u32 {
        let available = self.produced.wrapping_sub(self.next);
        if available >= wanted {
            return available;
        }
        // Acquire: the entries that this cursor shows are read after it.
        self.produced = self.ring.producer().load(Ordering::Acquire);
        self.produced.wrapping_sub(self.next)
    }
}

/// Entries being read, whose places are given back together when this is dropped.
#[derive(Debug)]
pub(crate) struct Reading<'ring, T: Copy> {
    consumer: &'ring mut Consumer<T>,
    next: u32,
    end: u32,
}

impl<T: Copy> Reading<'_, T> {
    /// Returns how many entries are left to read.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.end.wrapping_sub(self.next)
    }

    /// Returns the entry `ahead` of the next one without reading past it.
    #[inline]
    pub(crate) fn peek(&self, ahead: u32) -> Option<T> {
        // SAFETY: between the two cursors an entry belongs to this end alone, and the Acquire made it visible.
        (ahead < self.len()).then(|| unsafe {
            self.consumer
                .ring
                .place(self.next.wrapping_add(ahead))
                .read()
        })
    }

    /// Leaves all but the first `count` entries for the next time.
    pub(crate) fn truncate(&mut self, count: u32) {
        self.end = self.next.wrapping_add(count.min(self.len()));
    }
}

impl<T: Copy> Iterator for Reading<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let entry = self.peek(0)?;
        self.next = self.next.wrapping_add(1);
        Some(entry)
    }
}

impl<T: Copy> Drop for Reading<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.consumer.next != self.next {
            self.consumer.next = self.next;
            // Release: the entries were read before their places are given back.
            self.consumer
                .ring
                .consumer()
                .store(self.next, Ordering::Release);
        }
    }
}
