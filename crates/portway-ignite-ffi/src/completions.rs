//! A queue of completions with a descriptor that event loops can wait on.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::boundary::{self, Output};
use crate::completion::{IgniteCompletion, Queued};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::result::IgniteResult;

/// A queue of completions, for programs with an event loop of their own. Any thread may use it.
pub struct IgniteCompletions {
    _private: [u8; 0],
}

/// Completions in the order in which they came. Each holds a place among the unfinished calls of
/// its client, so that their number bounds the queue.
pub(crate) struct Completions {
    /// None after the queue was freed: calls that are under way hold on to it.
    waiting: Mutex<Option<VecDeque<Queued>>>,
    /// Holds one byte exactly while something waits: so it becomes readable, and writing never
    /// waits.
    readable: PipeReader,
    signal: PipeWriter,
}

impl Kind for Completions {
    type Opaque = IgniteCompletions;
    const CODE: u8 = 5;
    const NAME: &'static str = "queue of completions";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Completions> = Table::new();
        &TABLE
    }
}

impl Completions {
    fn new() -> io::Result<Self> {
        let (readable, signal) = io::pipe()?;
        Ok(Self {
            waiting: Mutex::new(Some(VecDeque::new())),
            readable,
            signal,
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Option<VecDeque<Queued>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, completion: Queued) {
        let mut waiting = self.waiting();
        let Some(waiting) = &mut *waiting else {
            return;
        };
        if waiting.is_empty() {
            // It has room for one byte and its reading end is ours: it cannot fail.
            let _ = (&self.signal).write_all(&[1]);
        }
        waiting.push_back(completion);
    }

    fn take(&self) -> Option<Queued> {
        let mut waiting = self.waiting();
        let waiting = waiting.as_mut()?;
        let taken = waiting.pop_front()?;
        if waiting.is_empty() {
            let _ = (&self.readable).read_exact(&mut [0]);
        }
        Some(taken)
    }

    /// Drops what waits and what is still to come, so that it takes no places of the client.
    fn close(&self) {
        let dropped = self.waiting().take();
        drop(dropped);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.waiting().is_none()
    }
}

/// Makes a queue.
///
/// # Safety
/// `completions` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_completions_new(
    completions: *mut *mut IgniteCompletions,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(completions, "completions")? };
        let made = Completions::new().map_err(|error| {
            let message = format!("no pipe can be opened: {error}");
            Failure::new(IgniteResult::TooMany, message)
        })?;
        output.write(handle::keep(made)?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a queue and what waits in it. Calls under way come to their end, and their outcome is
/// dropped; subscriptions that deliver to it end. Its descriptor is closed after that: take it out
/// of
/// the event loop first. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_completions_free(
    completions: *mut IgniteCompletions,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || handle::end(completions, Completions::close);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Tells the descriptor that is readable exactly while completions wait, for `poll`, `epoll`,
/// `kqueue` or an event loop. It belongs to the queue: do not read from it and do not close it.
///
/// # Safety
/// `descriptor` is room for a number, `error` is null or room for an error.
#[cfg(unix)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_completions_descriptor(
    completions: *const IgniteCompletions,
    descriptor: *mut i32,
    error: *mut IgniteError,
) -> IgniteResult {
    use std::os::fd::AsRawFd;

    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(descriptor, "descriptor")? };
        let completions = handle::find::<Completions>(completions)?;
        output.write(completions.readable.as_raw_fd());
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Takes the next completion without waiting; `IGNITE_RESULT_NOT_FOUND` if there is none. Release
/// its values afterwards.
///
/// # Safety
/// `completion` is room for one, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_completions_take(
    completions: *const IgniteCompletions,
    completion: *mut IgniteCompletion,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(completion, "completion")? };
        let completions = handle::find::<Completions>(completions)?;
        let taken = completions
            .take()
            .ok_or_else(|| Failure::not_found("no completion waits"))?;
        output.write(taken.take());
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
