//! Keeping the signals of the process away from the client's thread.

use crate::failure::Failure;

/// While it lives, the calling thread and the threads that it starts get no signals that somebody
/// sends to the process: those are for the threads of the program, whose handlers may rely on it.
#[derive(Debug)]
pub(crate) struct Blocked(#[cfg(unix)] libc::sigset_t);

/// What a thread does to itself must not wait, and a profiler wants to see all threads.
#[cfg(unix)]
const PASSED_ON: [i32; 6] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGABRT,
    libc::SIGPROF,
];

#[cfg(unix)]
impl Blocked {
    pub(crate) fn new() -> Result<Self, Failure> {
        use std::mem::MaybeUninit;

        let mut set = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: `sigfillset` initialises the set that the others change and read, and
        // `pthread_sigmask` the one before if it succeeds.
        let (failed, before) = unsafe {
            libc::sigfillset(set.as_mut_ptr());
            for signal in PASSED_ON {
                libc::sigdelset(set.as_mut_ptr(), signal);
            }
            let failed = libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr());
            (failed, before)
        };
        if failed != 0 {
            let error = std::io::Error::from_raw_os_error(failed);
            let message = format!("signals cannot be blocked: {error}");
            return Err(Failure::new(crate::result::IgniteResult::Internal, message));
        }
        // SAFETY: the call has succeeded.
        Ok(Self(unsafe { before.assume_init() }))
    }
}

#[cfg(unix)]
impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: the set is the one that was there before; null says that it is not asked again.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut())
        };
    }
}

#[cfg(not(unix))]
impl Blocked {
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self())
    }
}
