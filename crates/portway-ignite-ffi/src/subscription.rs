//! Being told of changes.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portway_ignite::{CacheEvent, ContinuousQuery, EventStream, Expired, RawValue};
use tokio::task::JoinHandle;

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::completion::{
    Answer, Completion, IGNITE_COMPLETION_CREATED, IGNITE_COMPLETION_END,
    IGNITE_COMPLETION_EXPIRED, IGNITE_COMPLETION_REMOVED, IGNITE_COMPLETION_UPDATED,
    IgniteCompletionKind, IgniteSink, Sink,
};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;
use crate::runtime::Runtime;

/// A continuous query: the changes of a cache are delivered to a sink until it is freed.
pub struct IgniteSubscription {
    _private: [u8; 0],
}

/// How changes are told. Zero stands for the default everywhere.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteSubscriptionOptions {
    /// How many changes the grid gathers before it sends them (1 unless set).
    pub page_size: u32,
    /// After how many milliseconds it sends fewer; needed if the page size is more than 1.
    pub interval: u32,
    /// Whether entries that expire are not told.
    pub ignore_expired: bool,
}

pub(crate) struct Subscription {
    task: Mutex<Option<JoinHandle<()>>>,
    /// Set before the task is stopped, which may be in the middle of many events.
    is_over: Arc<AtomicBool>,
    runtime: Runtime,
}

impl Kind for Subscription {
    type Opaque = IgniteSubscription;
    const CODE: u8 = 9;
    const NAME: &'static str = "subscription";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Subscription> = Table::new();
        &TABLE
    }
}

impl Subscription {
    /// Ends it, and waits for a callback that is under way in another thread.
    fn end(&self) {
        if let Some(task) = self.stop() {
            // In a callback it cannot wait; there it is mostly the one that is under way.
            let _ = self.runtime.wait(async { Ok(task.await) });
        }
    }

    /// Begins no further callback. Answers the task that may be in one.
    fn stop(&self) -> Option<JoinHandle<()>> {
        self.is_over.store(true, Ordering::SeqCst);
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let task = task.take()?;
        task.abort();
        Some(task)
    }
}

impl Drop for Subscription {
    /// One that nobody got a handle of must not deliver for ever.
    fn drop(&mut self) {
        self.stop();
    }
}

impl IgniteSubscriptionOptions {
    fn query(&self) -> ContinuousQuery {
        let mut query = ContinuousQuery::new();
        if let Some(events) = NonZeroU32::new(self.page_size) {
            query = query.page(events, Duration::from_millis(self.interval.into()));
        }
        if self.ignore_expired {
            query = query.expired(Expired::Ignored);
        }
        query
    }
}

/// Delivers events until the stream ends, and then why it did.
async fn follow(
    mut events: EventStream<RawValue, RawValue>,
    sink: Sink,
    runtime: Runtime,
    is_over: Arc<AtomicBool>,
) {
    while let Some(event) = boundary::caught(events.next()).await.transpose() {
        let place = runtime.free_place().await;
        if is_over.load(Ordering::SeqCst) || sink.is_closed() {
            return;
        }
        let event = event.and_then(|event| event.map_err(Failure::from));
        let (kind, outcome) = match event {
            Ok(event) => told(event),
            Err(failure) => (IGNITE_COMPLETION_END, Err(failure)),
        };
        sink.deliver(Completion {
            kind,
            outcome,
            place,
        });
        if kind == IGNITE_COMPLETION_END {
            return;
        }
        // Other work of the client gets its turn between the events of a long page.
        tokio::task::consume_budget().await;
    }
}

fn told(event: CacheEvent<RawValue, RawValue>) -> (IgniteCompletionKind, Result<Answer, Failure>) {
    let (kind, key, value, old) = match event {
        CacheEvent::Created { key, value } => (IGNITE_COMPLETION_CREATED, key, Some(value), None),
        CacheEvent::Updated { key, old, value } => {
            (IGNITE_COMPLETION_UPDATED, key, Some(value), old)
        }
        CacheEvent::Removed { key, old } => (IGNITE_COMPLETION_REMOVED, key, None, old),
        CacheEvent::Expired { key, old } => (IGNITE_COMPLETION_EXPIRED, key, None, old),
        _ => {
            let failure = Failure::new(IgniteResult::Internal, "an unknown kind of event");
            return (IGNITE_COMPLETION_END, Err(failure));
        }
    };
    let answer = Answer {
        done: true,
        key: Some(key),
        value,
        old,
    };
    (kind, Ok(answer))
}

/// Asks to be told of the changes of a cache. Without options (null) each change is told at once,
/// those by expiry too.
///
/// The first events may be delivered before this returns. The events of one key come in order. If
/// the connection is lost, or the sink is too slow, the
/// last thing that is delivered is an `IGNITE_COMPLETION_END` with the reason: subscribe again, and
/// read what may have been missed.
///
/// # Safety
/// `options` is null or may be read, `sink` may be read and its callback called on any thread,
/// `subscription` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_cache_subscribe(
    cache: *const IgniteCache,
    options: *const IgniteSubscriptionOptions,
    sink: *const IgniteSink,
    subscription: *mut *mut IgniteSubscription,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, sink) = unsafe {
            (
                Output::new(subscription, "subscription")?,
                Sink::read(sink)?,
            )
        };
        let query = if options.is_null() {
            ContinuousQuery::new()
        } else {
            // SAFETY: as the caller promises.
            unsafe { input::one(options, "options")? }.query()
        };
        let cache = handle::find::<Cache>(cache)?;
        let events = cache.wait(cache.kept.continuous_query(query))?;
        let runtime = cache.of.runtime.clone();
        let is_over = Arc::new(AtomicBool::new(false));
        let task = runtime.spawn(follow(events, sink, runtime.clone(), is_over.clone()));
        output.write(handle::keep(Subscription {
            task: Mutex::new(Some(task)),
            is_over,
            runtime,
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Ends a subscription: no callback of it begins after this. When it returns none is under way
/// either, unless it is called in a callback, which must not wait: the callback itself is under way
/// then, or one of another client may be. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_subscription_free(
    subscription: *mut IgniteSubscription,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || handle::end(subscription, Subscription::end);
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
