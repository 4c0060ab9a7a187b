//! Making caches that are not the grid's default.

use std::ffi::c_char;

use portway_ignite::{AtomicityMode, CacheConfiguration, CacheMode, RawValue, WriteSync};

use crate::boundary::{self, Output};
use crate::cache::IgniteCache;
use crate::client::{Connected, IgniteClient};
use crate::failure::{Failure, IgniteError};
use crate::handle;
use crate::input;
use crate::result::IgniteResult;

/// When a write is answered: one of the `IGNITE_WRITE_` numbers.
pub type IgniteWriteSync = i32;

/// When the primary copy is written.
pub const IGNITE_WRITE_PRIMARY_SYNC: IgniteWriteSync = 0;
/// When the backups are written too.
pub const IGNITE_WRITE_FULL_SYNC: IgniteWriteSync = 1;
/// At once.
pub const IGNITE_WRITE_FULL_ASYNC: IgniteWriteSync = 2;

/// How a cache is made. What is zero or null is the grid's default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteCacheConfiguration {
    /// The cache's name.
    pub name: *const c_char,
    /// Whether each node holds all entries, instead of a part of them.
    pub is_replicated: bool,
    /// Whether the cache takes part in transactions.
    pub is_transactional: bool,
    /// How many further nodes hold a copy of each entry.
    pub backups: u32,
    /// When a write is answered.
    pub write_sync: IgniteWriteSync,
    /// The region of the servers' memory, or null.
    pub data_region: *const c_char,
    /// The group of caches that share partitions, or null.
    pub group: *const c_char,
}

impl IgniteCacheConfiguration {
    /// # Safety
    /// The texts are null or have a final zero.
    unsafe fn configuration(&self) -> Result<CacheConfiguration, Failure> {
        // SAFETY: as the caller promises.
        let (name, data_region, group) = unsafe {
            (
                input::text(self.name, "name")?,
                input::optional_text(self.data_region, "data_region")?,
                input::optional_text(self.group, "group")?,
            )
        };
        let mut made = CacheConfiguration::new(name);
        made.write_sync = write_sync(self.write_sync)?;
        if self.is_replicated {
            made.mode = CacheMode::Replicated;
        }
        if self.is_transactional {
            made.atomicity = AtomicityMode::Transactional;
        }
        if self.backups > 0 {
            let backups = i32::try_from(self.backups);
            made.backups = backups.map_err(|_| Failure::argument("too many backups"))?;
        }
        made.data_region = data_region.map(str::to_owned);
        made.group = group.map(str::to_owned);
        Ok(made)
    }
}

fn write_sync(given: IgniteWriteSync) -> Result<WriteSync, Failure> {
    match given {
        IGNITE_WRITE_PRIMARY_SYNC => Ok(WriteSync::PrimarySync),
        IGNITE_WRITE_FULL_SYNC => Ok(WriteSync::FullSync),
        IGNITE_WRITE_FULL_ASYNC => Ok(WriteSync::FullAsync),
        other => Err(Failure::argument(format!(
            "{other} is no IGNITE_WRITE_ number"
        ))),
    }
}

/// Opens the cache that the configuration names, and makes it that way if it is not there.
///
/// # Safety
/// `configuration` and its texts may be read, `cache` is room for a pointer, `error` is null or
/// room
/// for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_get_or_create_cache_with(
    client: *const IgniteClient,
    configuration: *const IgniteCacheConfiguration,
    cache: *mut *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, configuration) = unsafe {
            let given = input::one(configuration, "configuration")?;
            (Output::new(cache, "cache")?, given.configuration()?)
        };
        let client = handle::find::<Connected>(client)?;
        let made = client
            .client
            .get_or_create_cache::<RawValue, RawValue>(configuration);
        let cache = client.runtime.wait(made)?;
        output.write(handle::keep(client.cache(cache.name()))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
