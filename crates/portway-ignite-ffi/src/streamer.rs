//! Loading many entries.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portway_ignite::protocol::Entry;
use portway_ignite::{DataStreamer, RawValue, StreamerError, StreamerOptions};

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;
use crate::runtime::Runtime;
use crate::value::{IgniteValue, encoded};

/// How many lost entries wait to be taken back before nothing more may be added; what is on its way
/// then may add to them. It bounds the memory that a caller who takes none back can use.
const LOST_LIMIT: usize = 65_536;

/// Loads entries into a cache in batches, each to the node that holds it. Any thread may use it,
/// several at once.
///
/// Entries are certainly stored when `ignite_streamer_flush` has answered `IGNITE_RESULT_OK`.
pub struct IgniteStreamer {
    _private: [u8; 0],
}

/// How a streamer works. Zero stands for the default everywhere.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteStreamerOptions {
    /// Whether values that are there are replaced; without it they are kept, which is faster.
    pub allow_overwrite: bool,
    /// Whether a store behind the cache is left alone.
    pub skip_store: bool,
    /// How many entries go into a batch.
    pub batch_size: usize,
    /// How many batches may be on their way to a node; then adding waits.
    pub batches_in_flight_per_node: usize,
    /// After how many milliseconds what has been added is sent by itself.
    pub flush_interval: u32,
}

pub(crate) struct Streamer {
    streamer: DataStreamer<RawValue, RawValue>,
    /// What could not be stored and has not been taken back yet.
    lost: Mutex<VecDeque<Entry>>,
    runtime: Runtime,
}

impl Kind for Streamer {
    type Opaque = IgniteStreamer;
    const CODE: u8 = 8;
    const NAME: &'static str = "streamer";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Streamer> = Table::new();
        &TABLE
    }
}

type Outcome = Result<(), StreamerError<RawValue, RawValue>>;

impl Streamer {
    fn wait(&self, future: impl Future<Output = Outcome>) -> Result<(), Failure> {
        let outcome = self.runtime.wait(async { Ok(future.await) })?;
        outcome.map_err(|error| {
            self.lost().extend(error.raw_entries());
            Failure::from(error.error().clone())
        })
    }

    /// Adds unless too much that was lost waits to be taken back.
    fn add(&self, future: impl Future<Output = Outcome>) -> Result<(), Failure> {
        if self.lost().len() >= LOST_LIMIT {
            let message = format!(
                "{LOST_LIMIT} entries could not be stored and were not taken back; take them first"
            );
            return Err(Failure::new(IgniteResult::TooMany, message));
        }
        self.wait(future)
    }

    fn lost(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the entry that was lost first; it stays here if it cannot be given.
    fn give_lost(
        &self,
        key: Output<IgniteValue>,
        value: Output<IgniteValue>,
    ) -> Result<(), Failure> {
        let mut lost = self.lost();
        let first = lost
            .front()
            .ok_or_else(|| Failure::not_found("no further entry was lost"))?;
        Output::give_entry(key, value, (first.key.clone(), first.value.clone()))?;
        lost.pop_front();
        Ok(())
    }
}

impl IgniteStreamerOptions {
    fn options(&self) -> StreamerOptions {
        let mut options = StreamerOptions::new()
            .allow_overwrite(self.allow_overwrite)
            .skip_store(self.skip_store);
        if let Some(entries) = NonZeroUsize::new(self.batch_size) {
            options = options.batch_size(entries);
        }
        if let Some(batches) = NonZeroUsize::new(self.batches_in_flight_per_node) {
            options = options.batches_in_flight_per_node(batches);
        }
        if self.flush_interval > 0 {
            options = options.flush_interval(Duration::from_millis(self.flush_interval.into()));
        }
        options
    }
}

/// Makes a streamer. Without options (null) it has the defaults.
///
/// # Safety
/// `options` is null or may be read, `streamer` is room for a pointer, `error` is null or room for
/// an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_streamer(
    cache: *const IgniteCache,
    options: *const IgniteStreamerOptions,
    streamer: *mut *mut IgniteStreamer,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(streamer, "streamer")? };
        let options = if options.is_null() {
            StreamerOptions::new()
        } else {
            // SAFETY: as the caller promises.
            unsafe { input::one(options, "options")? }.options()
        };
        let cache = handle::find::<Cache>(cache)?;
        let runtime = cache.of.runtime.clone();
        let streamer = runtime.wait(async { Ok(cache.kept.streamer(options)) })?;
        output.write(handle::keep(Streamer {
            streamer,
            lost: Mutex::default(),
            runtime,
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Adds an entry. Waits only while too many batches are on their way.
///
/// It may tell that entries which were added before are lost, and has not added this one then; see
/// `ignite_streamer_take_lost`. While
/// 65,536 of them were not taken back it is refused with `IGNITE_RESULT_TOO_MANY`.
///
/// # Safety
/// `key` and `value` may be read, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_streamer_add(
    streamer: *const IgniteStreamer,
    key: *const IgniteValue,
    value: *const IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
        let streamer = handle::find::<Streamer>(streamer)?;
        streamer.add(streamer.streamer.add(&key, &value))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Adds the removal of a key.
///
/// # Safety
/// `key` may be read, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_streamer_remove(
    streamer: *const IgniteStreamer,
    key: *const IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let key = unsafe { encoded(key, "key")? };
        let streamer = handle::find::<Streamer>(streamer)?;
        streamer.add(streamer.streamer.remove(&key))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Sends what has been added, and waits until all of it is stored.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_streamer_flush(
    streamer: *const IgniteStreamer,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let streamer = handle::find::<Streamer>(streamer)?;
        streamer.wait(streamer.streamer.flush())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Takes one entry back that could not be stored, the one that was lost first, to add it again or
/// to tell someone;
/// `IGNITE_RESULT_NOT_FOUND` when there is none. A null value says that it was a removal. Release
/// `key` and `value` afterwards.
///
/// After a lost connection or a time-out such an entry may be stored nevertheless.
///
/// # Safety
/// `key` and `value` are room for values, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_streamer_take_lost(
    streamer: *const IgniteStreamer,
    key: *mut IgniteValue,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (Output::new(key, "key")?, Output::new(value, "value")?) };
        handle::find::<Streamer>(streamer)?.give_lost(key, value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a streamer. What was added since the last flush may be lost: flush first. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_streamer_free(
    streamer: *mut IgniteStreamer,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Streamer>(streamer)) }
}
