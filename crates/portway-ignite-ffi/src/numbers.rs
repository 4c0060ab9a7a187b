//! Calls for numbers under numbers, without an `ignite_value` in between.

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::datum::{Datum, Wanted};
use crate::failure::{Failure, IgniteError};
use crate::handle;
use crate::result::IgniteResult;

pub(crate) fn put<'a>(
    cache: *const IgniteCache,
    key: impl Into<Datum<'a>>,
    value: impl Into<Datum<'a>>,
) -> Result<(), Failure> {
    handle::find::<Cache>(cache)?.put(&key.into(), &value.into())
}

pub(crate) fn read<'a, T: Wanted>(
    cache: *const IgniteCache,
    key: impl Into<Datum<'a>>,
) -> Result<T, Failure> {
    handle::find::<Cache>(cache)?.get(&key.into())?.read()
}

pub(crate) fn get<'a, T: Wanted>(
    cache: *const IgniteCache,
    key: impl Into<Datum<'a>>,
    output: Output<T>,
) -> Result<(), Failure> {
    output.write(read(cache, key)?);
    Ok(())
}

/// Writes a value of type `int` under a key of type `int`.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_int32_int32(
    cache: *const IgniteCache,
    key: i32,
    value: i32,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || put(cache, key, value);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `int` under a key of type `int`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `value` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_int32_int32(
    cache: *const IgniteCache,
    key: i32,
    value: *mut i32,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `long` under a key of type `int`.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_int32_int64(
    cache: *const IgniteCache,
    key: i32,
    value: i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || put(cache, key, value);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `long` under a key of type `int`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `value` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_int32_int64(
    cache: *const IgniteCache,
    key: i32,
    value: *mut i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `int` under a key of type `long`.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_int64_int32(
    cache: *const IgniteCache,
    key: i64,
    value: i32,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || put(cache, key, value);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `int` under a key of type `long`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `value` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_int64_int32(
    cache: *const IgniteCache,
    key: i64,
    value: *mut i32,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `long` under a key of type `long`.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_int64_int64(
    cache: *const IgniteCache,
    key: i64,
    value: i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || put(cache, key, value);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `long` under a key of type `long`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `value` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_int64_int64(
    cache: *const IgniteCache,
    key: i64,
    value: *mut i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `double` under a key of type `long`.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_int64_float64(
    cache: *const IgniteCache,
    key: i64,
    value: f64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || put(cache, key, value);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `double` under a key of type `long`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `value` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_int64_float64(
    cache: *const IgniteCache,
    key: i64,
    value: *mut f64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
