//! A client under measurement: ignite-v2-client 1.0.1.
//!
//! A request holds one of the connections of its pool until it is answered, so the number of
//! connections (10, its default) is that of requests in flight.
//!
//! Some of its operation codes are wrong, and are avoided here: it creates a transactional cache by
//! 1053 (create, which fails where the cache exists) instead of 1054, and removes a key by 1019
//! (which removes all). What its transactions use exists before it comes.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{bail, ensure};
use bench_client::{
    CACHE, IN_FLIGHT, KEYS, OneAtATime, Outcome, PAGE, QUERY, ROWS, Stopwatch, TRANSACTIONAL_CACHE,
    Turn, VALUE, client,
};
use ignite_client::{
    IgniteCache, IgniteClient, IgniteClientConfig, IgniteValue, TxConcurrency, TxIsolation,
};
use tokio::{runtime, task::JoinSet, time::sleep};

/// What is done with one key, over and over.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put,
    Get,
}

fn main() -> ExitCode {
    client(|turn| {
        let mut builder = match turn.line.as_str() {
            "threads" => runtime::Builder::new_multi_thread(),
            _ => runtime::Builder::new_current_thread(),
        };
        builder.enable_all().build()?.block_on(carry_out(turn))
    })
}

async fn carry_out(turn: &Turn) -> anyhow::Result<Outcome> {
    let configuration = IgniteClientConfig::new(turn.address()?)
        .with_addresses(turn.addresses.clone())
        .with_page_size(PAGE.get() as usize);
    let client = IgniteClient::new(configuration);
    let cache = client.get_or_create_cache(CACHE).await?;
    let pace = OneAtATime::start(turn);
    match turn.line.as_str() {
        "latency" => puts(pace, cache).await,
        "threads" => tokio::spawn(puts(pace, cache)).await?,
        "put" => in_flight(turn, &cache, Act::Put).await,
        "get" | "nodes" => in_flight(turn, &cache, Act::Get).await,
        "transaction" => transactions(pace, &client).await,
        "sql" => queries(pace, &client).await,
        other => bail!("no line {other}"),
    }
}

async fn puts(mut pace: OneAtATime, cache: IgniteCache) -> anyhow::Result<Outcome> {
    while let Some(key) = pace.next_key() {
        act(&cache, Act::Put, key).await?;
    }
    Ok(pace.outcome())
}

async fn in_flight(turn: &Turn, cache: &IgniteCache, what: Act) -> anyhow::Result<Outcome> {
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
    cache: IgniteCache,
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

async fn act(cache: &IgniteCache, what: Act, key: i64) -> anyhow::Result<()> {
    match what {
        Act::Put => cache.put(IgniteValue::Long(key), value()).await?,
        Act::Get => ensure!(
            cache.get(IgniteValue::Long(key)).await? != IgniteValue::Null,
            "key {key} has no value"
        ),
    }
    Ok(())
}

/// Each transaction opens a connection of its own: so the crate does it.
async fn transactions(mut pace: OneAtATime, client: &IgniteClient) -> anyhow::Result<Outcome> {
    while let Some(key) = pace.next_key() {
        let (concurrency, isolation) = (TxConcurrency::Pessimistic, TxIsolation::RepeatableRead);
        let transaction = client
            .begin_transaction_with(concurrency, isolation, 0)
            .await?;
        let cache = transaction.cache(TRANSACTIONAL_CACHE);
        cache.put(IgniteValue::Long(key), value()).await?;
        transaction.commit().await?;
    }
    Ok(pace.outcome())
}

async fn queries(mut pace: OneAtATime, client: &IgniteClient) -> anyhow::Result<Outcome> {
    while pace.next_key().is_some() {
        let result = client.query(QUERY, Vec::new()).await?;
        ensure!(result.row_count() == ROWS, "the query gave other rows");
    }
    Ok(pace.outcome())
}

fn value() -> IgniteValue {
    IgniteValue::String(VALUE.to_owned())
}
