//! The two ways to the grid.

use std::ffi::CString;
use std::ptr;

use anyhow::ensure;
use ignite::{
    IgniteCache, IgniteClient, IgniteResult, ignite_cache_get_int64_int64,
    ignite_cache_put_int64_int64, ignite_client_get_or_create_cache, ignite_client_new,
    ignite_options_new,
};
use portway_ignite::blocking::{Cache, Client};
use portway_ignite::{CacheConfiguration, ClientConfiguration};

const CACHE: &str = "bench-c-interface";
const KEYS: usize = 10_000;

/// Calls that wait.
pub(crate) trait Calls {
    fn put(&self, key: i64, value: i64) -> anyhow::Result<()>;
    fn get(&self, key: i64) -> anyhow::Result<i64>;
}

/// Writes and reads in turn, and looks at what comes back.
pub(crate) fn calls(contender: &impl Calls, first: usize, count: usize) -> anyhow::Result<()> {
    for number in first..first + count / 2 {
        let (key, value) = ((number % KEYS) as i64, number as i64);
        contender.put(key, value)?;
        ensure!(contender.get(key)? == value, "another value was read");
    }
    Ok(())
}

/// The blocking client in Rust.
pub(crate) struct Bare(Cache<i64, i64>);

impl Bare {
    pub(crate) fn connect(address: &str) -> anyhow::Result<Self> {
        let client = Client::connect(ClientConfiguration::new([address]))?;
        Ok(Self(
            client.get_or_create_cache(CacheConfiguration::new(CACHE))?,
        ))
    }
}

impl Calls for Bare {
    fn put(&self, key: i64, value: i64) -> anyhow::Result<()> {
        Ok(self.0.put(&key, &value)?)
    }

    fn get(&self, key: i64) -> anyhow::Result<i64> {
        Ok(self.0.get(&key)?.unwrap_or_default())
    }
}

/// The functions of `ignite.h`.
pub(crate) struct Interface(*mut IgniteCache);

impl Interface {
    pub(crate) fn connect(address: &str) -> anyhow::Result<Self> {
        let (address, name) = (CString::new(address)?, CString::new(CACHE)?);
        let mut options = ptr::null_mut();
        let mut client: *mut IgniteClient = ptr::null_mut();
        let mut cache = ptr::null_mut();
        let none = ptr::null_mut();
        // SAFETY: the texts end with zeros, and all outputs have room.
        unsafe {
            went_well(ignite_options_new(address.as_ptr(), &raw mut options, none))?;
            went_well(ignite_client_new(options, &raw mut client, none))?;
            let name = name.as_ptr();
            let opened = ignite_client_get_or_create_cache(client, name, &raw mut cache, none);
            went_well(opened)?;
        }
        Ok(Self(cache))
    }
}

impl Calls for Interface {
    fn put(&self, key: i64, value: i64) -> anyhow::Result<()> {
        // SAFETY: null says that the text of an error is not wanted.
        went_well(unsafe { ignite_cache_put_int64_int64(self.0, key, value, ptr::null_mut()) })
    }

    fn get(&self, key: i64) -> anyhow::Result<i64> {
        let mut value = 0;
        let none = ptr::null_mut();
        // SAFETY: there is room for the value, and null as above.
        went_well(unsafe { ignite_cache_get_int64_int64(self.0, key, &raw mut value, none) })?;
        Ok(value)
    }
}

fn went_well(result: IgniteResult) -> anyhow::Result<()> {
    ensure!(result == IgniteResult::Ok, "the call answered {result:?}");
    Ok(())
}
