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
    use std::sync::Once;

    static REGISTERED: Once = Once::new();

    extern "C" fn forked() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    REGISTERED.call_once(|| {
        // SAFETY: the function stays, as the library does, and does nothing that is not allowed in
        // a child. Without memory for it (the one failure) forks are not noticed.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    });
}

#[cfg(not(unix))]
pub(crate) fn notice_forks() {}
