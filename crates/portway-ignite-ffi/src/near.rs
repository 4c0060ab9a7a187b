//! Keeping the used part of a cache in this process.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite::{NearCache, NearOptions, RawValue, WeakCaches};

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::result::IgniteResult;
use crate::runtime::Runtime;
use crate::value::{IgniteValue, encoded};

/// A cache of which the entries that were read are kept in this process, and dropped as soon as the
/// grid tells that they have changed. Any thread may use it, several at once.
///
/// After a write of this client through the near cache has returned, it reads that write or a later
/// one. Writes of others are seen within the time in which the grid tells of them; while it cannot
/// tell, nothing is kept and each read asks the grid.
pub struct IgniteNear {
    _private: [u8; 0],
}

pub(crate) struct Near {
    near: NearCache<RawValue, RawValue>,
    runtime: Runtime,
}

impl Kind for Near {
    type Opaque = IgniteNear;
    const CODE: u8 = 13;
    const NAME: &'static str = "near cache";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Near> = Table::new();
        &TABLE
    }
}

/// What a near cache has done.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IgniteNearStatistics {
    /// Reads that were answered here.
    pub hits: u64,
    /// Reads that asked the grid.
    pub misses: u64,
    /// Entries that were dropped to stay within the limit.
    pub evictions: u64,
    /// Entries that were dropped because they changed.
    pub invalidations: u64,
    /// How often the grid could not tell of changes for a while.
    pub gaps: u64,
    /// The entries that are kept now.
    pub entries: usize,
    /// About the bytes that they take.
    pub bytes: usize,
}

impl Near {
    fn get(&self, key: &RawValue) -> Result<RawValue, Failure> {
        // A hit waits for nothing, so it may be had in a callback too.
        let kept = match self.near.peek(key) {
            Some(kept) => Some(kept),
            None => self.runtime.wait(self.near.get(key))?,
        };
        let value = kept.ok_or_else(|| Failure::not_found("the key has no value"))?;
        Ok(Arc::unwrap_or_clone(value))
    }
}

/// Begins to keep the used part of a cache, up to `max_entries` entries and `max_bytes` bytes; 0 is
/// the default, or no limit of that kind if the other is set. An entry that was read more than
/// `max_age` milliseconds ago is read anew; 0 is no limit.
///
/// A cache that reads from backups, or that notices expired entries only when they are touched,
/// weakens what is promised here: it is refused unless `accept_weak` is set.
///
/// # Safety
/// `near_cache` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_near(
    cache: *const IgniteCache,
    max_entries: usize,
    max_bytes: usize,
    max_age: u64,
    accept_weak: bool,
    near_cache: *mut *mut IgniteNear,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(near_cache, "near_cache")? };
        let mut options = NearOptions::new();
        if let Some(entries) = NonZeroUsize::new(max_entries) {
            options = options.max_entries(entries);
        }
        if let Some(bytes) = NonZeroUsize::new(max_bytes) {
            options = options.max_bytes(bytes);
        }
        if max_age > 0 {
            options = options.max_age(Duration::from_millis(max_age));
        }
        if accept_weak {
            options = options.weak_caches(WeakCaches::Accepted);
        }
        let cache = handle::find::<Cache>(cache)?;
        output.write(handle::keep(Near {
            near: cache.wait(cache.kept.near(options))?,
            runtime: cache.of.runtime.clone(),
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads the value of a key, here if it is kept; `IGNITE_RESULT_NOT_FOUND` if it has none. Release
/// `value` afterwards.
///
/// # Safety
/// `key` may be read, `value` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_near_get(
    near_cache: *const IgniteNear,
    key: *const IgniteValue,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, key) = unsafe { (Output::new(value, "value")?, encoded(key, "key")?) };
        let value = handle::find::<Near>(near_cache)?.get(&key)?;
        output.give(value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value to the grid.
///
/// # Safety
/// `key` and `value` may be read, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_near_put(
    near_cache: *const IgniteNear,
    key: *const IgniteValue,
    value: *const IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
        let near_cache = handle::find::<Near>(near_cache)?;
        near_cache.runtime.wait(near_cache.near.put(&key, &value))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes a key from the grid; `done` says whether it had a value.
///
/// # Safety
/// `key` may be read, `done` is room for a bool, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_near_remove(
    near_cache: *const IgniteNear,
    key: *const IgniteValue,
    done: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, key) = unsafe { (Output::new(done, "done")?, encoded(key, "key")?) };
        let near_cache = handle::find::<Near>(near_cache)?;
        output.write(near_cache.runtime.wait(near_cache.near.remove(&key))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Tells what a near cache has done so far.
///
/// # Safety
/// `statistics` is room for them, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_near_read_statistics(
    near_cache: *const IgniteNear,
    statistics: *mut IgniteNearStatistics,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(statistics, "statistics")? };
        let told = handle::find::<Near>(near_cache)?.near.statistics();
        output.write(IgniteNearStatistics {
            hits: told.hits,
            misses: told.misses,
            evictions: told.evictions,
            invalidations: told.invalidations,
            gaps: told.gaps,
            entries: told.entries,
            bytes: told.bytes,
        });
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a near cache and what it keeps. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_near_free(
    near_cache: *mut IgniteNear,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Near>(near_cache)) }
}
