//! What a ring in shared memory is made of: cursors, and places of entries. The model checker loom has both made of its
//! own kinds, which see who touches what before whom.

#[cfg(not(loom))]
pub(super) use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(loom)]
pub(super) use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU32, Ordering},
};

/// That of the standard library, asked as loom's is.
#[cfg(not(loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    #[inline]
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline]
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// The place of one entry, which belongs to one end of the ring at a time.
#[derive(Debug)]
#[cfg_attr(not(loom), repr(transparent))]
pub(super) struct Place<T>(UnsafeCell<T>);

impl<T: Copy> Place<T> {
    #[cfg(loom)]
    pub(super) fn new(entry: T) -> Self {
        Self(UnsafeCell::new(entry))
    }

    /// Reads the entry.
    ///
    /// # Safety
    ///
    /// The place belongs to the caller's end of the ring, and the caller has seen that it does.
    #[inline]
    pub(super) unsafe fn read(&self) -> T {
        // SAFETY: the caller's promise: nobody writes here meanwhile, and what was written shows.
        self.0.with(|entry| unsafe { entry.read() })
    }

    /// Writes the entry.
    ///
    /// # Safety
    ///
    /// The place belongs to the caller's end of the ring, and the caller has seen that it does.
    #[inline]
    pub(super) unsafe fn write(&self, new: T) {
        // SAFETY: the caller's promise: nobody reads here meanwhile.
        self.0.with_mut(|entry| unsafe { entry.write(new) });
    }
}
