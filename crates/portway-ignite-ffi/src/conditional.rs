//! The operations of a cache that ask what is there before they change it.

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache, present};
use crate::datum::Datum;
use crate::failure::IgniteError;
use crate::handle;
use crate::result::IgniteResult;
use crate::value::{IgniteValue, given};

/// Writes a value unless the key has one; `done` says whether it was written.
///
/// # Safety
/// `key` and `value` may be read, `done` is room for a bool, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_if_absent(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    done: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(done, "done")? };
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (given(key, "key")?, given(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.put_if_absent(&key, &value))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Replaces the value of a key that has one; `done` says whether it had.
///
/// # Safety
/// `key` and `value` may be read, `done` is room for a bool, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_replace(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    done: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(done, "done")? };
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (given(key, "key")?, given(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.replace(&key, &value))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes a key if its value equals `expected`, byte for byte; `done` says whether it did.
///
/// # Safety
/// `key` and `expected` may be read, `done` is room for a bool, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_remove_if_equals(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    expected: *const IgniteValue,
    done: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(done, "done")? };
        // SAFETY: as the caller promises.
        let (key, expected) = unsafe { (given(key, "key")?, given(expected, "expected")?) };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.remove_if_equals(&key, &expected))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Replaces the value of a key if it equals `expected`, byte for byte; `done` says whether it did.
///
/// # Safety
/// The inputs may be read, `done` is room for a bool, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_replace_if_equals(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    expected: *const IgniteValue,
    value: *const IgniteValue,
    done: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(done, "done")? };
        // SAFETY: as the caller promises.
        let (key, expected, value) = unsafe {
            (
                given(key, "key")?,
                given(expected, "expected")?,
                given(value, "value")?,
            )
        };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.replace_if_equals(&key, &expected, &value))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value and answers the one before in `old`; the type of `old` is null if there was none.
/// Release `old` afterwards.
///
/// # Safety
/// `key` and `value` may be read, `old` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_and_put(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    old: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(old, "old")? };
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (given(key, "key")?, given(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_put(&key, &value))?;
        output.give_datum(before.unwrap_or(Datum::Null))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Replaces the value of a key that has one, and answers that in `old`, whose type is null if there
/// was none. Release `old` afterwards.
///
/// # Safety
/// `key` and `value` may be read, `old` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_and_replace(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    old: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(old, "old")? };
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (given(key, "key")?, given(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_replace(&key, &value))?;
        output.give_datum(before.unwrap_or(Datum::Null))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value unless the key has one, and answers that in `old`, whose type is null if there
/// was none. Release `old` afterwards.
///
/// # Safety
/// `key` and `value` may be read, `old` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_and_put_if_absent(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    old: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(old, "old")? };
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (given(key, "key")?, given(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_put_if_absent(&key, &value))?;
        output.give_datum(before.unwrap_or(Datum::Null))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes a key and answers its value; `IGNITE_RESULT_NOT_FOUND` if it has none. Of several that
/// ask at once, one gets the value. Release `value` afterwards.
///
/// # Safety
/// `key` may be read, `value` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_and_remove(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        // SAFETY: as the caller promises.
        let key = unsafe { given(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_remove(&key))?;
        output.give_datum(present(before)?)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
