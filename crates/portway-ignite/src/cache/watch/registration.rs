//! Registering the query of a watch, until a node has it.

use portway_ignite_protocol::RawValue;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::options::WatchOptions;
use super::retry::Retry;
use crate::cache::{Cache, EventStream};
use crate::error::Error;

/// The events of a watch, whose values were not looked at yet.
pub(super) type RawEvents = EventStream<RawValue, RawValue>;

/// A registration under way, in place of one that is lost or in doubt.
#[derive(Debug)]
pub(super) struct Registration {
    /// When the last one was lost or came in doubt.
    pub(super) since: Instant,
    retry: Retry,
    attempt: Option<Attempt<Result<RawEvents, Error>>>,
}

impl Registration {
    pub(super) fn new(retry: Retry) -> Self {
        Self {
            since: Instant::now(),
            retry,
            attempt: None,
        }
    }

    /// One that has come to this end.
    pub(super) fn ended(since: Instant, events: RawEvents) -> Self {
        Self {
            since,
            retry: Retry::at_once(),
            attempt: Some(Attempt::new(async { Ok(events) })),
        }
    }

    /// Tries until a node has the query, or refuses it for good. Cancel safe.
    pub(super) async fn end<K, V>(
        &mut self,
        cache: &Cache<K, V>,
        options: &WatchOptions,
    ) -> Result<RawEvents, Error> {
        loop {
            self.retry.pause().await;
            let attempt = self.attempt.get_or_insert_with(|| register(cache, options));
            let registered = attempt.end().await;
            self.attempt = None;
            match registered {
                Ok(events) => return Ok(events),
                Err(error) => self.retry.after(error)?,
            }
        }
    }
}

fn register<K, V>(
    cache: &Cache<K, V>,
    options: &WatchOptions,
) -> Attempt<Result<RawEvents, Error>> {
    let cache = cache.retyped();
    let (query, doubts) = (options.query.clone(), options.doubts());
    Attempt::new(async move { cache.listen(query, doubts).await })
}
