//! Telling this process from the one that it was forked from.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the process that first asked and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Names the process: a child has another number than its parent.
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Begins to notice forks. Children of other system calls than `fork` are not noticed; they share
/// memory with their parent, or begin another program at once.
#[cfg(unix)]
pub(crate) fn notice_forks() {
    use std::cell::RefCell;
    use std::sync::Once;

    use crate::fork_lock::{self, Held};

    static REGISTERED: Once = Once::new();

    thread_local! {
        /// The locks that a thread holds while it forks.
        static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
    }

    // A thread that forks while it ends, when its own variables are gone, forks without the locks.
    extern "C" fn forking() {
        let _ = HELD.try_with(|held| *held.borrow_mut() = fork_lock::hold_all());
    }

    extern "C" fn forked_in_parent() {
        let _ = HELD.try_with(|held| held.borrow_mut().clear());
    }

    extern "C" fn forked_in_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
        forked_in_parent();
    }

    REGISTERED.call_once(|| {
        // SAFETY: the functions stay, as the library does. The child frees memory there, which the C
        // libraries of Linux and macOS allow. Without memory for it (the one failure) forks are not
        // noticed.
        unsafe {
            libc::pthread_atfork(Some(forking), Some(forked_in_parent), Some(forked_in_child))
        };
    });
}

#[cfg(not(unix))]
pub(crate) fn notice_forks() {}
