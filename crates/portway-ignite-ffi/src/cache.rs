//! The operations of a cache on keys and values of any type.

use portway_ignite::RawValue;

use crate::boundary::{self, Output};
use crate::client::Connected;
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;
use crate::value::IgniteValue;

/// A cache of a client. Any thread may use it, several at once.
///
/// Calls that are made at the same time may be carried out in any order; a call that has returned
/// comes before one that is made then.
pub struct IgniteCache {
    _private: [u8; 0],
}

/// What a cache handle stands for.
#[derive(Clone)]
pub(crate) struct Cache {
    pub(crate) cache: portway_ignite::Cache<RawValue, RawValue>,
    pub(crate) of: Connected,
}

impl Kind for Cache {
    type Opaque = IgniteCache;
    const CODE: u8 = 4;
    const NAME: &'static str = "cache";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Cache> = Table::new();
        &TABLE
    }
}

type Outcome<T> = Result<T, portway_ignite::Error>;

impl Cache {
    /// Waits on the calling thread.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = Outcome<T>>) -> Result<T, Failure> {
        self.of.runtime.wait(future)
    }

    pub(crate) fn put(&self, key: &RawValue, value: &RawValue) -> Result<(), Failure> {
        self.wait(self.cache.put(key, value))
    }

    pub(crate) fn get(&self, key: &RawValue) -> Result<RawValue, Failure> {
        present(self.wait(self.cache.get(key))?)
    }
}

/// The value of a key that must have one.
fn present(value: Option<RawValue>) -> Result<RawValue, Failure> {
    value.ok_or_else(|| Failure::not_found("the key has no value"))
}

/// # Safety
/// `value` is null or a value that may be read.
pub(crate) unsafe fn encoded(value: *const IgniteValue, name: &str) -> Result<RawValue, Failure> {
    // SAFETY: as the caller promises.
    unsafe { input::one(value, name)?.encode() }
}

/// Frees a cache handle; the cache in the grid stays. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_free(
    cache: *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Cache>(cache)) }
}

/// Writes a value.
///
/// # Safety
/// `key` and `value` may be read, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        cache.put(&key, &value)?;
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads the value of a key; `IGNITE_RESULT_NOT_FOUND` if it has none. Release `value` afterwards.
///
/// # Safety
/// `key` may be read, `value` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        // SAFETY: as the caller promises.
        let key = unsafe { encoded(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        output.give(cache.get(&key)?)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Whether a key has a value.
///
/// # Safety
/// `key` may be read, `found` is room for a bool, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_contains_key(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    found: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(found, "found")? };
        // SAFETY: as the caller promises.
        let key = unsafe { encoded(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.contains_key(&key))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes a key; `done` says whether it had a value.
///
/// # Safety
/// `key` may be read, `done` is room for a bool, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_remove(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    done: *mut bool,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(done, "done")? };
        // SAFETY: as the caller promises.
        let key = unsafe { encoded(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.remove(&key))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

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
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
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
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
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
        let (key, expected) = unsafe { (encoded(key, "key")?, encoded(expected, "expected")?) };
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
                encoded(key, "key")?,
                encoded(expected, "expected")?,
                encoded(value, "value")?,
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
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_put(&key, &value))?;
        output.give(before.unwrap_or(RawValue::NULL))
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
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_replace(&key, &value))?;
        output.give(before.unwrap_or(RawValue::NULL))
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
        let (key, value) = unsafe { (encoded(key, "key")?, encoded(value, "value")?) };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_put_if_absent(&key, &value))?;
        output.give(before.unwrap_or(RawValue::NULL))
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
        let key = unsafe { encoded(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        let before = cache.wait(cache.cache.get_and_remove(&key))?;
        output.give(present(before)?)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// The number of entries on all nodes, backups not counted.
///
/// # Safety
/// `size` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_size(
    cache: *const IgniteCache,
    size: *mut u64,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(size, "size")? };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.size())?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes all entries, without telling listeners.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_clear(
    cache: *const IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let cache = handle::find::<Cache>(cache)?;
        cache.wait(cache.cache.clear())?;
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes all entries.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_remove_all(
    cache: *const IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let cache = handle::find::<Cache>(cache)?;
        cache.wait(cache.cache.remove_all())?;
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
