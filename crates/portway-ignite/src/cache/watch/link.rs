//! Where the news of a watch come from: its query, its scan, and registrations.

use portway_ignite_protocol::RawValue;
use tokio::time::Instant;

use super::options::WatchOptions;
use super::registration::{RawEvents, Registration};
use super::walk::Walk;
use crate::cache::{Cache, CacheEvent};
use crate::error::Error;

/// How many events of a query in doubt are told yet when another one takes its place.
const MOST_AT_HAND: usize = 1 << 16;

/// Whether the query is registered.
pub(super) enum Link {
    Live {
        events: RawEvents,
        /// That of another one to take its place, while nobody knows whether it tells all changes.
        renewal: Option<Box<Registration>>,
    },
    Lost(Registration),
    Ended,
}

/// What the query or the scan has to tell.
pub(super) enum News {
    Event(CacheEvent<RawValue, RawValue>),
    Found((RawValue, RawValue)),
    /// The scan is at its end, or has to begin again.
    Pause,
    Lost(Error),
    /// Another query was registered in place of the one in doubt, which told these before.
    Renewed {
        before: Vec<CacheEvent<RawValue, RawValue>>,
        events: RawEvents,
    },
    /// The query is registered again.
    Registered {
        /// When it was lost.
        since: Instant,
        events: RawEvents,
    },
    /// Trying again does not help.
    Failed(Error),
    /// The runtime ends.
    Ended,
}

impl Link {
    pub(super) fn live(events: RawEvents) -> Self {
        Self::Live {
            events,
            renewal: None,
        }
    }

    /// Waits for what comes next. Cancel safe.
    pub(super) async fn news<K, V>(
        &mut self,
        walk: Option<&mut Walk>,
        cache: &Cache<K, V>,
        options: &WatchOptions,
    ) -> News {
        match self {
            Self::Live {
                events,
                renewal: None,
            } => next_news(events, walk).await,
            Self::Live {
                events,
                renewal: Some(renewal),
            } => tokio::select! {
                // A scan comes to its end first: where doubts are many, it never would.
                renewed = renewal.end(cache, options), if walk.is_none() => match renewed {
                    Ok(renewed) => News::Renewed {
                        before: at_hand(events).await,
                        events: renewed,
                    },
                    // There may be room for one query, but not for two.
                    Err(error) => News::Lost(error),
                },
                news = next_news(events, walk) => news,
            },
            Self::Lost(registration) => match registration.end(cache, options).await {
                Ok(events) => News::Registered {
                    since: registration.since,
                    events,
                },
                Err(error) => News::Failed(error),
            },
            Self::Ended => News::Ended,
        }
    }
}

/// The events that have arrived, at most [`MOST_AT_HAND`]. Never waits.
async fn at_hand(events: &mut RawEvents) -> Vec<CacheEvent<RawValue, RawValue>> {
    let mut told = Vec::new();
    while told.len() < MOST_AT_HAND {
        tokio::select! {
            biased;
            Some(Ok(event)) = events.next() => told.push(event),
            () = std::future::ready(()) => break,
        }
    }
    told
}

/// Waits for the query and the scan at once. Cancel safe.
async fn next_news(events: &mut RawEvents, walk: Option<&mut Walk>) -> News {
    let Some(walk) = walk else {
        return of_query(events.next().await);
    };
    let has_room = walk.has_room();
    tokio::select! {
        event = events.next(), if has_room => of_query(event),
        found = next_found(walk) => found,
    }
}

/// Waits for the scan. Cancel safe.
async fn next_found(walk: &mut Walk) -> News {
    if !walk.is_open()
        && let Err(error) = walk.open().await
    {
        return News::Failed(error);
    }
    if walk.is_open() {
        of_scan(walk.next().await)
    } else {
        News::Pause
    }
}

/// Any error means that something was not told.
fn of_query(event: Option<Result<CacheEvent<RawValue, RawValue>, Error>>) -> News {
    match event {
        Some(Ok(event)) => News::Event(event),
        Some(Err(error)) => News::Lost(error),
        None => News::Ended,
    }
}

fn of_scan(row: Result<Option<(RawValue, RawValue)>, Error>) -> News {
    match row {
        Ok(Some(entry)) => News::Found(entry),
        Ok(None) => News::Pause,
        Err(error) => News::Failed(error),
    }
}
