//! Single puts and gets, one after the other or many in flight.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::ensure;
use bench_client::{IN_FLIGHT, KEYS, OneAtATime, Outcome, Stopwatch, Turn, VALUE};
use portway_ignite::Cache;
use tokio::{task::JoinSet, time::sleep};

/// What is done with one key, over and over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Put,
    Get,
}

/// One put after the other.
pub(crate) async fn puts(turn: &Turn, cache: Cache<i64, String>) -> anyhow::Result<Outcome> {
    repeat_puts(OneAtATime::start(turn), cache).await
}

/// The same as a task, because what `block_on` runs itself is on no worker of the runtime.
pub(crate) async fn puts_on_worker(
    turn: &Turn,
    cache: Cache<i64, String>,
) -> anyhow::Result<Outcome> {
    tokio::spawn(repeat_puts(OneAtATime::start(turn), cache)).await?
}

async fn repeat_puts(mut pace: OneAtATime, cache: Cache<i64, String>) -> anyhow::Result<Outcome> {
    while let Some(key) = pace.next_key() {
        cache.put(&key, VALUE).await?;
    }
    Ok(pace.outcome())
}

/// As many tasks as requests in flight, each with one request at a time, as a service has them.
pub(crate) async fn in_flight(
    turn: &Turn,
    cache: &Cache<i64, String>,
    what: Act,
) -> anyhow::Result<Outcome> {
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for first in (0..KEYS).take(IN_FLIGHT) {
        tasks.spawn(repeat(cache.clone(), what, first, done.clone()));
    }
    sleep(turn.warm_up()).await;
    let watch = Stopwatch::start();
    let before = done.load(Ordering::Relaxed);
    tokio::select! {
        () = sleep(turn.duration) => {}
        Some(ended) = tasks.join_next() => ended??,
    }
    Ok(watch.stop(done.load(Ordering::Relaxed) - before))
}

async fn repeat(
    cache: Cache<i64, String>,
    what: Act,
    first: i64,
    done: Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let mut key = first;
    loop {
        act(&cache, what, key).await?;
        key = (key + 1) % KEYS;
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn act(cache: &Cache<i64, String>, what: Act, key: i64) -> anyhow::Result<()> {
    match what {
        Act::Put => cache.put(&key, VALUE).await?,
        Act::Get => ensure!(cache.get(&key).await?.is_some(), "key {key} has no value"),
    }
    Ok(())
}
