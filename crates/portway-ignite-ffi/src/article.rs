//! The two functions with which all began: one cache, whole numbers, no handles.
//!
//! They keep the names and forms of the published interface, and so have no room for an error in
//! their arguments: [`CacheLastError`] tells it.

use std::cell::RefCell;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use portway_ignite::{CacheConfiguration, ClientConfiguration, RawValue};

use crate::cache::Cache;
use crate::client::Connected;
use crate::failure::{Failure, IgniteError};
use crate::fork_lock::ForkLock;
use crate::process;

/// The cache that both functions use; it is made if it is not there.
const CACHE: &str = "c";
/// Where the grid is looked for.
const ADDRESS: &str = "127.0.0.1:10800";
/// Names other addresses, with commas between them.
const ADDRESSES_VARIABLE: &str = "IGNITE_ADDRESSES";

/// Where this process, or the one that it was forked from, keeps the cache.
static SHARED: ForkLock<Option<Shared>> = ForkLock::new(None);

struct Shared {
    /// Connected by the first call that finds the grid, while others wait for it.
    cache: Arc<Mutex<Option<Cache>>>,
    /// The process that connects it.
    forks: u32,
}

thread_local! {
    static LAST_ERROR: RefCell<IgniteError> = const { RefCell::new(IgniteError::NONE) };
}

fn cache() -> Result<Cache, Failure> {
    let shared = shared();
    let mut cache = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cache) = &*cache {
        return Ok(cache.clone());
    }
    Ok(cache.insert(connect()?).clone())
}

fn shared() -> Arc<Mutex<Option<Cache>>> {
    let forks = process::forks();
    let mut shared = SHARED.write();
    if let Some(shared) = shared.as_ref().filter(|shared| shared.forks == forks) {
        return shared.cache.clone();
    }
    let cache = Arc::<Mutex<_>>::default();
    let made = Shared {
        cache: cache.clone(),
        forks,
    };
    // One from before a fork is the parent's: it is left as it is.
    mem::forget(shared.replace(made));
    cache
}

fn connect() -> Result<Cache, Failure> {
    let addresses = std::env::var(ADDRESSES_VARIABLE).unwrap_or_else(|_| ADDRESS.to_owned());
    let connected = Connected::open(ClientConfiguration::new(
        addresses.split(',').map(str::trim),
    ))?;
    let configuration = CacheConfiguration::new(CACHE);
    let made = connected
        .client
        .get_or_create_cache::<RawValue, RawValue>(configuration);
    connected.runtime.wait(made)?;
    Ok(connected.cache(CACHE))
}

/// Keeps the outcome for [`CacheLastError`].
fn told<T: Default>(body: impl FnOnce() -> Result<T, Failure>) -> T {
    let mut error = IgniteError::NONE;
    let mut value = T::default();
    let body = || {
        value = body()?;
        Ok(())
    };
    // SAFETY: `error` is room for an error.
    unsafe { crate::boundary::call(&raw mut error, body) };
    LAST_ERROR.set(error);
    value
}

/// Writes a value to the cache `c` of the grid at `127.0.0.1:10800`, or at the addresses in the
/// environment variable `IGNITE_ADDRESSES`. The first call connects. Any thread.
///
/// If it fails, nothing is written and `CacheLastError` tells why.
#[unsafe(no_mangle)]
pub extern "C" fn CachePut(key: i32, value: i32) {
    told(|| cache()?.put(&key.into(), &value.into()));
}

/// Reads the value of a key from the cache `c`; see `CachePut`.
///
/// Answers 0 if the key has no value or the call fails: `CacheLastError` tells them apart.
#[unsafe(no_mangle)]
pub extern "C" fn CacheGet(key: i32) -> i32 {
    told(|| cache()?.get(&key.into())?.read())
}

/// How the last `CachePut` or `CacheGet` of the calling thread went. Its result is
/// `IGNITE_RESULT_OK`,
/// `IGNITE_RESULT_NOT_FOUND` after a `CacheGet` of a key without a value, or a failure with its
/// text.
///
/// The memory belongs to the thread, and changes with its next call.
#[unsafe(no_mangle)]
pub extern "C" fn CacheLastError() -> *const IgniteError {
    LAST_ERROR.with(|error| error.as_ptr().cast_const())
}
