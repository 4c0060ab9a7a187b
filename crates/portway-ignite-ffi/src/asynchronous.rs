//! The operations of a cache, begun now and told of later.

use portway_ignite::RawValue;

use crate::boundary;
use crate::cache::{Cache, IgniteCache};
use crate::completion::{Answer, Completion, IGNITE_COMPLETION_CALL, IgniteSink, Sink};
use crate::failure::{Failure, IgniteError};
use crate::handle;
use crate::result::IgniteResult;
use crate::value::{IgniteValue, encoded};

/// Begins a call, whose outcome is delivered to `sink` exactly once.
fn begin<F>(
    cache: *const IgniteCache,
    sink: Sink,
    call: impl FnOnce(Cache) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<Answer, portway_ignite::Error>> + Send + 'static,
{
    let cache = handle::find::<Cache>(cache)?;
    let place = cache.of.runtime.place()?;
    let call = call(Cache::clone(&cache));
    cache.of.runtime.spawn(async move {
        let outcome = boundary::caught(call).await;
        let outcome = outcome.and_then(|outcome| outcome.map_err(Failure::from));
        sink.deliver(Completion {
            kind: IGNITE_COMPLETION_CALL,
            outcome,
            place,
        });
    });
    Ok(())
}

fn nothing((): ()) -> Answer {
    Answer::default()
}

fn done(done: bool) -> Answer {
    Answer {
        done,
        ..Answer::default()
    }
}

/// A value or none; `done` says which.
fn answer_value(value: Option<RawValue>) -> Answer {
    Answer {
        done: value.is_some(),
        value,
        ..Answer::default()
    }
}

/// Begins to read the value of a key; `done` says whether it has one.
///
/// # Safety
/// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
/// room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key) = unsafe { (Sink::read(sink)?, encoded(key, "key")?) };
        begin(cache, sink, |cache| async move {
            cache.kept.get(&key).await.map(answer_value)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to write a value.
///
/// # Safety
/// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
/// is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key, value) = unsafe {
            (
                Sink::read(sink)?,
                encoded(key, "key")?,
                encoded(value, "value")?,
            )
        };
        begin(cache, sink, |cache| async move {
            cache.kept.put(&key, &value).await.map(nothing)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to ask whether a key has a value; `done` says it.
///
/// # Safety
/// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
/// room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_contains_key_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key) = unsafe { (Sink::read(sink)?, encoded(key, "key")?) };
        begin(cache, sink, |cache| async move {
            cache.kept.contains_key(&key).await.map(done)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to write a value unless the key has one; `done` says whether it was written.
///
/// # Safety
/// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
/// is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_put_if_absent_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key, value) = unsafe {
            (
                Sink::read(sink)?,
                encoded(key, "key")?,
                encoded(value, "value")?,
            )
        };
        begin(cache, sink, |cache| async move {
            cache.kept.put_if_absent(&key, &value).await.map(done)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to replace the value of a key that has one; `done` says whether it had.
///
/// # Safety
/// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
/// is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_replace_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key, value) = unsafe {
            (
                Sink::read(sink)?,
                encoded(key, "key")?,
                encoded(value, "value")?,
            )
        };
        begin(cache, sink, |cache| async move {
            cache.kept.replace(&key, &value).await.map(done)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to remove a key; `done` says whether it had a value.
///
/// # Safety
/// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
/// room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_remove_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key) = unsafe { (Sink::read(sink)?, encoded(key, "key")?) };
        begin(cache, sink, |cache| async move {
            cache.kept.remove(&key).await.map(done)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to write a value; `value` is the one before, `done` says whether there was one.
///
/// # Safety
/// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
/// is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_and_put_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    value: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key, value) = unsafe {
            (
                Sink::read(sink)?,
                encoded(key, "key")?,
                encoded(value, "value")?,
            )
        };
        begin(cache, sink, |cache| async move {
            cache.kept.get_and_put(&key, &value).await.map(answer_value)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Begins to remove a key; `value` was its value, `done` says whether it had one.
///
/// # Safety
/// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
/// room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_get_and_remove_async(
    cache: *const IgniteCache,
    key: *const IgniteValue,
    sink: *const IgniteSink,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (sink, key) = unsafe { (Sink::read(sink)?, encoded(key, "key")?) };
        begin(cache, sink, |cache| async move {
            cache.kept.get_and_remove(&key).await.map(answer_value)
        })
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
