//! The operations of a cache on keys and values of any type.

use portway_ignite::{ExpiryPolicy, RawValue, Transaction};

use crate::boundary::{self, Output};
use crate::client::Connected;
use crate::datum::Datum;
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::result::IgniteResult;
use crate::value::{IgniteValue, given};

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
    /// For calls that wait: what the caller has given stays where it is.
    pub(crate) cache: portway_ignite::Cache<Datum<'static>, Datum<'static>>,
    /// For what goes on after a call, and needs keys and values of its own.
    pub(crate) kept: portway_ignite::Cache<RawValue, RawValue>,
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
    pub(crate) fn new(of: Connected, name: &str) -> Self {
        Self {
            cache: of.client.cache(name),
            kept: of.client.cache(name),
            of,
        }
    }

    /// The same cache, which is made when it is missing.
    pub(crate) fn or_create(&self) -> Self {
        Self {
            cache: self.cache.or_create(),
            kept: self.kept.or_create(),
            of: self.of.clone(),
        }
    }

    /// The same cache as part of a transaction.
    pub(crate) fn within(&self, transaction: &Transaction) -> Self {
        Self {
            cache: self.cache.within(transaction),
            kept: self.kept.within(transaction),
            of: self.of.clone(),
        }
    }

    /// The same cache with other times of entries.
    pub(crate) fn with_expiry(&self, policy: ExpiryPolicy) -> Self {
        Self {
            cache: self.cache.with_expiry(policy),
            kept: self.kept.with_expiry(policy),
            of: self.of.clone(),
        }
    }

    /// Waits on the calling thread.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = Outcome<T>>) -> Result<T, Failure> {
        self.of.runtime.wait(future)
    }

    pub(crate) fn put(&self, key: &Datum<'_>, value: &Datum<'_>) -> Result<(), Failure> {
        self.wait(self.cache.put(key, value))
    }

    pub(crate) fn get(&self, key: &Datum<'_>) -> Result<Datum<'static>, Failure> {
        present(self.wait(self.cache.get(key))?)
    }
}

/// The value of a key that must have one.
pub(crate) fn present<'a>(value: Option<Datum<'a>>) -> Result<Datum<'a>, Failure> {
    value.ok_or_else(|| Failure::not_found("the key has no value"))
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
        let (key, value) = unsafe { (given(key, "key")?, given(value, "value")?) };
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
        let key = unsafe { given(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        output.give_datum(cache.get(&key)?)
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
        let key = unsafe { given(key, "key")? };
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
        let key = unsafe { given(key, "key")? };
        let cache = handle::find::<Cache>(cache)?;
        output.write(cache.wait(cache.cache.remove(&key))?);
        Ok(())
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
