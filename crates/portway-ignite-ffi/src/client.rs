//! Clients and their caches' administration.

use std::ffi::c_char;

use portway_ignite::{CacheConfiguration, Client, ClientConfiguration, RawValue};

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::options::{IgniteOptions, Options};
use crate::result::IgniteResult;
use crate::runtime::{Runtime, check_thread};

/// A client of a grid: it keeps itself connected. Any thread may use it, several at once.
///
/// It has one thread of its own, from `ignite_client_new` until it and all that was opened with it
/// are freed and the calls that were begun have ended. While the name of a host is looked up, a
/// further thread waits for that. The library has no others. Signals of the process are blocked
/// there, which callbacks should know.
pub struct IgniteClient {
    _private: [u8; 0],
}

/// What a client handle stands for.
#[derive(Clone)]
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) runtime: Runtime,
}

impl Kind for Connected {
    type Opaque = IgniteClient;
    const CODE: u8 = 3;
    const NAME: &'static str = "client";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Connected> = Table::new();
        &TABLE
    }
}

impl Connected {
    pub(crate) fn open(configuration: ClientConfiguration) -> Result<Self, Failure> {
        check_thread()?;
        let runtime = Runtime::start()?;
        let client = runtime.run(Client::connect(configuration))?;
        Ok(Self { client, runtime })
    }

    pub(crate) fn cache(&self, name: &str) -> Cache {
        Cache::new(self.clone(), name)
    }
}

/// Connects to the first of the addresses that answers, and starts the client's thread.
///
/// # Safety
/// `client` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_new(
    options: *const IgniteOptions,
    client: *mut *mut IgniteClient,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(client, "client")? };
        let options = handle::find::<Options>(options)?;
        output.write(handle::keep(Connected::open(options.configuration())?)?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a client. What was opened with it stays usable until it is freed itself. Null is allowed.
///
/// Freeing the last of a client and of what was opened with it waits for the end of the client's
/// thread, and so for a callback that is under way: hold no lock that a callback takes. In a
/// callback itself it does not wait.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_free(
    client: *mut IgniteClient,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Connected>(client)) }
}

/// Opens the cache called `name`, which need not exist yet: operations on it fail until it does.
///
/// # Safety
/// `name` is a text with a final zero, `cache` is room for a pointer, `error` is null or room for
/// an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_cache(
    client: *const IgniteClient,
    name: *const c_char,
    cache: *mut *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, name) = unsafe { (Output::new(cache, "cache")?, input::text(name, "name")?) };
        let client = handle::find::<Connected>(client)?;
        output.write(handle::keep(client.cache(name))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Opens the cache called `name`, which the first operation that misses it makes with the grid's
/// defaults. Nothing is asked before, and what outlives the cache, which a grid in memory loses with
/// its last node, goes on with a new one. Operations inside of a transaction make none.
///
/// # Safety
/// As `ignite_client_cache`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_cache_or_create(
    client: *const IgniteClient,
    name: *const c_char,
    cache: *mut *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, name) = unsafe { (Output::new(cache, "cache")?, input::text(name, "name")?) };
        let client = handle::find::<Connected>(client)?;
        output.write(handle::keep(client.cache(name).or_create())?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Opens the cache called `name`, and makes it with the grid's defaults if it is not there.
///
/// # Safety
/// As `ignite_client_cache`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_get_or_create_cache(
    client: *const IgniteClient,
    name: *const c_char,
    cache: *mut *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, name) = unsafe { (Output::new(cache, "cache")?, input::text(name, "name")?) };
        let client = handle::find::<Connected>(client)?;
        let configuration = CacheConfiguration::new(name);
        client.runtime.wait(
            client
                .client
                .get_or_create_cache::<RawValue, RawValue>(configuration),
        )?;
        output.write(handle::keep(client.cache(name))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Removes a cache with all its entries.
///
/// # Safety
/// `name` is a text with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_destroy_cache(
    client: *const IgniteClient,
    name: *const c_char,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let name = unsafe { input::text(name, "name")? };
        let client = handle::find::<Connected>(client)?;
        client.runtime.wait(client.client.destroy_cache(name))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
