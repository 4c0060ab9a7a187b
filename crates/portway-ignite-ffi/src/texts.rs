//! Calls for texts as keys and values, without an `ignite_value` in between.

use std::ffi::c_char;

use crate::boundary::{self, Output};
use crate::cache::IgniteCache;
use crate::failure::IgniteError;
use crate::input;
use crate::numbers::{get, put, read};
use crate::output;
use crate::result::IgniteResult;

/// Writes a value of type `String` under a key of type `long`.
///
/// # Safety
/// `value` is a text with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_int64_string(
    cache: *const IgniteCache,
    key: i64,
    value: *const c_char,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let value = unsafe { input::text(value, "value")? };
        put(cache, key, value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Copies a value of type `String` under a key of type `long` into `text`, with a final zero;
/// `IGNITE_RESULT_NOT_FOUND` if there is none.
///
/// `length` is set to its length in bytes without the zero, also when the answer is
/// `IGNITE_RESULT_TOO_MANY`, which says that `size` is not enough room for it.
///
/// # Safety
/// `text` is room for `size` bytes, `length` and `error` are null or room for their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_int64_string(
    cache: *const IgniteCache,
    key: i64,
    text: *mut c_char,
    size: usize,
    length: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let value = read::<String>(cache, key)?;
        // SAFETY: as the caller promises.
        unsafe { output::text(&value, text, size, length) }
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `int` under a key of type `String`.
///
/// # Safety
/// `key` is a text with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_string_int32(
    cache: *const IgniteCache,
    key: *const c_char,
    value: i32,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        put(cache, key, value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `int` under a key of type `String`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `key` is a text with a final zero, `value` is room for a number, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_string_int32(
    cache: *const IgniteCache,
    key: *const c_char,
    value: *mut i32,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `long` under a key of type `String`.
///
/// # Safety
/// `key` is a text with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_string_int64(
    cache: *const IgniteCache,
    key: *const c_char,
    value: i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        put(cache, key, value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `long` under a key of type `String`; `IGNITE_RESULT_NOT_FOUND` if there is
/// none.
///
/// # Safety
/// `key` is a text with a final zero, `value` is room for a number, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_string_int64(
    cache: *const IgniteCache,
    key: *const c_char,
    value: *mut i64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `double` under a key of type `String`.
///
/// # Safety
/// `key` is a text with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_string_float64(
    cache: *const IgniteCache,
    key: *const c_char,
    value: f64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        put(cache, key, value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a value of type `double` under a key of type `String`; `IGNITE_RESULT_NOT_FOUND` if there
/// is none.
///
/// # Safety
/// `key` is a text with a final zero, `value` is room for a number, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_string_float64(
    cache: *const IgniteCache,
    key: *const c_char,
    value: *mut f64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        get(cache, key, output)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Writes a value of type `String` under a key of type `String`.
///
/// # Safety
/// `key` and `value` are texts with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_string_string(
    cache: *const IgniteCache,
    key: *const c_char,
    value: *const c_char,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (input::text(key, "key")?, input::text(value, "value")?) };
        put(cache, key, value)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Copies a value of type `String` under a key of type `String` into `text`, with a final zero;
/// `IGNITE_RESULT_NOT_FOUND` if there is none.
///
/// `length` is set to its length in bytes without the zero, also when the answer is
/// `IGNITE_RESULT_TOO_MANY`, which says that `size` is not enough room for it.
///
/// # Safety
/// `key` is a text with a final zero, `text` is room for `size` bytes, `length` and `error` are
/// null or room for their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_string_string(
    cache: *const IgniteCache,
    key: *const c_char,
    text: *mut c_char,
    size: usize,
    length: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let key = unsafe { input::text(key, "key")? };
        let value = read::<String>(cache, key)?;
        // SAFETY: as the caller promises.
        unsafe { output::text(&value, text, size, length) }
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
