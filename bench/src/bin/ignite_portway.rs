//! The client under measurement: ours.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::bail;
use portway_bench::{CACHE, IN_FLIGHT, KEYS, OneAtATime, Outcome, Stopwatch, Turn, VALUE, client};
use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, ClientConfiguration, TransactionOptions,
};
use tokio::{runtime, task::JoinSet, time::sleep};

/// The cache of the line `transaction`.
const TRANSACTIONAL: &str = "bench-transactional";

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
    if turn.line == "transaction" {
        return transactions(turn).await;
    }
    let cache = connect(turn).await?;
    match turn.line.as_str() {
        "latency" => puts(OneAtATime::start(turn), cache).await,
        // Spawned, because what `block_on` runs itself is on no worker of the runtime.
        "threads" => tokio::spawn(puts(OneAtATime::start(turn), cache)).await?,
        "put" => in_flight(turn, &cache, Act::Put).await,
        "get" => in_flight(turn, &cache, Act::Get).await,
        other => bail!("no line {other}"),
    }
}

async fn connect(turn: &Turn) -> anyhow::Result<Cache<i64, String>> {
    let client = Client::connect(ClientConfiguration::new(&turn.addresses)).await?;
    let cache = client
        .get_or_create_cache(CacheConfiguration::new(CACHE))
        .await?;
    for key in 0..KEYS {
        act(&cache, Act::Put, key).await?;
    }
    Ok(cache)
}

async fn puts(mut pace: OneAtATime, cache: Cache<i64, String>) -> anyhow::Result<Outcome> {
    while let Some(key) = pace.next_key() {
        act(&cache, Act::Put, key).await?;
    }
    Ok(pace.outcome())
}

/// Begin, put and commit: three round trips, one after the other.
async fn transactions(turn: &Turn) -> anyhow::Result<Outcome> {
    let client = Client::connect(ClientConfiguration::new(&turn.addresses)).await?;
    let mut configuration = CacheConfiguration::new(TRANSACTIONAL);
    configuration.atomicity = AtomicityMode::Transactional;
    let cache = client
        .get_or_create_cache::<i64, String>(configuration)
        .await?;
    let mut pace = OneAtATime::start(turn);
    while let Some(key) = pace.next_key() {
        let transaction = client.begin(TransactionOptions::pessimistic()).await?;
        cache.within(&transaction).put(&key, VALUE).await?;
        transaction.commit().await?;
    }
    Ok(pace.outcome())
}

/// As many tasks as requests in flight, each with one request at a time, as a service has them.
async fn in_flight(turn: &Turn, cache: &Cache<i64, String>, what: Act) -> anyhow::Result<Outcome> {
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
        Act::Get => {
            if cache.get(&key).await?.is_none() {
                bail!("key {key} has no value");
            }
        }
    }
    Ok(())
}
