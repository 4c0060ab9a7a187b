//! From the start of a put to its event, in one process.

use std::time::Instant;

use anyhow::Context as _;
use bench_client::{OneAtATime, Outcome, Turn, VALUE};
use portway_ignite::{Cache, ContinuousQuery, EventStream};

pub(crate) async fn events(turn: &Turn, cache: &Cache<i64, String>) -> anyhow::Result<Outcome> {
    let mut events = cache.continuous_query(ContinuousQuery::new()).await?;
    let mut pace = OneAtATime::start(turn);
    while let Some(key) = pace.next_key() {
        // The event may come before the put's answer.
        let (put, arrival) = tokio::join!(cache.put(&key, VALUE), arrival(&mut events));
        put?;
        pace.ended_at(arrival?);
    }
    Ok(pace.outcome())
}

async fn arrival(events: &mut EventStream<i64, String>) -> anyhow::Result<Instant> {
    events.next().await.context("the events ended")??;
    Ok(Instant::now())
}
