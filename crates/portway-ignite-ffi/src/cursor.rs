//! Walking over the entries of a cache.

use std::num::NonZeroU32;

use portway_ignite::{RawValue, ScanQuery};
use tokio::sync::Mutex;

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::result::IgniteResult;
use crate::runtime::Runtime;
use crate::value::IgniteValue;

/// The entries of a cache, a page at a time. Threads that ask at once get different entries.
pub struct IgniteCursor {
    _private: [u8; 0],
}

pub(crate) struct Cursor {
    entries: Mutex<portway_ignite::Cursor<RawValue, RawValue>>,
    runtime: Runtime,
}

impl Kind for Cursor {
    type Opaque = IgniteCursor;
    const CODE: u8 = 6;
    const NAME: &'static str = "cursor";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Cursor> = Table::new();
        &TABLE
    }
}

impl Cursor {
    fn next(&self) -> Result<(RawValue, RawValue), Failure> {
        let next = async { self.entries.lock().await.next().await.transpose() };
        self.runtime
            .wait(next)?
            .ok_or_else(|| Failure::not_found("the cursor is at its end"))
    }
}

/// Begins to walk over the entries of a cache, `page_size` of them a round trip (0: the default,
/// 1,024). What changes meanwhile may be seen or not.
///
/// # Safety
/// `cursor` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_scan(
    cache: *const IgniteCache,
    page_size: u32,
    cursor: *mut *mut IgniteCursor,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(cursor, "cursor")? };
        let cache = handle::find::<Cache>(cache)?;
        let query = match NonZeroU32::new(page_size) {
            Some(entries) => ScanQuery::new().page_size(entries),
            None => ScanQuery::new(),
        };
        output.write(handle::keep(Cursor {
            entries: Mutex::new(cache.wait(cache.kept.scan(query))?),
            runtime: cache.of.runtime.clone(),
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads the next entry; `IGNITE_RESULT_NOT_FOUND` after the last one. Release `key` and `value`
/// afterwards.
///
/// # Safety
/// `key` and `value` are room for values, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cursor_next(
    cursor: *const IgniteCursor,
    key: *mut IgniteValue,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (Output::new(key, "key")?, Output::new(value, "value")?) };
        Output::give_entry(key, value, handle::find::<Cursor>(cursor)?.next()?)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a cursor, in the grid too. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cursor_free(
    cursor: *mut IgniteCursor,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Cursor>(cursor)) }
}
