//! Many keys in one call, and entries with a time of their own.

use portway_ignite::{ExpiryDuration, ExpiryPolicy};

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::failure::{Failure, IgniteError};
use crate::handle;
use crate::items::{IgniteItems, Items};
use crate::lists::all_encoded;
use crate::result::IgniteResult;
use crate::value::IgniteValue;

/// Writes several entries in one request.
///
/// # Safety
/// `keys` and `values` each point to `count` values that may be read, `error` is null or room for
/// an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_all(
    cache: *const IgniteCache,
    keys: *const IgniteValue,
    values: *const IgniteValue,
    count: usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (keys, values) = unsafe {
            (
                all_encoded(keys, count, "keys")?,
                all_encoded(values, count, "values")?,
            )
        };
        let cache = handle::find::<Cache>(cache)?;
        cache.wait(cache.kept.put_all(keys.iter().zip(&values)))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads the entries of several keys in one request; keys without a value are left out. Free
/// `entries` afterwards.
///
/// # Safety
/// `keys` points to `count` values that may be read, `entries` is room for a pointer, `error` is
/// null
/// or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_all(
    cache: *const IgniteCache,
    keys: *const IgniteValue,
    count: usize,
    entries: *mut *mut IgniteItems,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, keys) = unsafe {
            (
                Output::new(entries, "entries")?,
                all_encoded(keys, count, "keys")?,
            )
        };
        let cache = handle::find::<Cache>(cache)?;
        let found = cache.wait(cache.kept.get_all(&keys))?;
        output.write(handle::keep(Items::of_entries(found))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes several keys in one request.
///
/// # Safety
/// `keys` points to `count` values that may be read, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_remove_keys(
    cache: *const IgniteCache,
    keys: *const IgniteValue,
    count: usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let keys = unsafe { all_encoded(keys, count, "keys")? };
        let cache = handle::find::<Cache>(cache)?;
        cache.wait(cache.kept.remove_keys(&keys))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Lets an entry's time be as it is.
pub const IGNITE_EXPIRY_UNCHANGED: i64 = -2;
/// Lets an entry live for ever.
pub const IGNITE_EXPIRY_ETERNAL: i64 = -1;

/// Opens the same cache with calls that give entries this much time, in milliseconds or one of the
/// `IGNITE_EXPIRY_` numbers, when they are created, when they are changed and when they are read.
/// Free it as any cache.
///
/// # Safety
/// `expiring` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_with_expiry(
    cache: *const IgniteCache,
    created: i64,
    updated: i64,
    accessed: i64,
    expiring: *mut *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(expiring, "expiring")? };
        let policy = ExpiryPolicy {
            create: duration(created)?,
            update: duration(updated)?,
            access: duration(accessed)?,
        };
        let cache = handle::find::<Cache>(cache)?;
        output.write(handle::keep(cache.with_expiry(policy))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

fn duration(milliseconds: i64) -> Result<ExpiryDuration, Failure> {
    match milliseconds {
        IGNITE_EXPIRY_UNCHANGED => Ok(ExpiryDuration::Unchanged),
        IGNITE_EXPIRY_ETERNAL => Ok(ExpiryDuration::Eternal),
        0.. => Ok(ExpiryDuration::Milliseconds(milliseconds.unsigned_abs())),
        _ => Err(Failure::argument(format!(
            "{milliseconds} is no time in milliseconds and no IGNITE_EXPIRY_ number"
        ))),
    }
}
