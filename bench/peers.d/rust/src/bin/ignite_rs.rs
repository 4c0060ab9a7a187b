//! A client under measurement: ignite-rs 0.1.1, which blocks and has one request at a time on its
//! one connection.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use anyhow::{anyhow, bail, ensure};
use bench_client::{CACHE, IN_FLIGHT, KEYS, OneAtATime, Outcome, Stopwatch, Turn, VALUE, client};
use ignite_rs::{ClientConfig, Ignite as _, cache::Cache, error::IgniteError, new_client};

/// What is done with one key, over and over.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put,
    Get,
}

fn main() -> ExitCode {
    client(carry_out)
}

fn carry_out(turn: &Turn) -> anyhow::Result<Outcome> {
    let mut configuration = ClientConfig::new(turn.address()?);
    configuration.tcp_nodelay = Some(true);
    let mut client = new_client(configuration).map_err(readable)?;
    let cache = client.get_or_create_cache(CACHE).map_err(readable)?;
    match turn.line.as_str() {
        "latency" => puts(turn, &cache),
        "put" => at_once(turn, &cache, Act::Put),
        "get" => at_once(turn, &cache, Act::Get),
        other => bail!("no line {other}"),
    }
}

fn puts(turn: &Turn, cache: &Cache<i64, String>) -> anyhow::Result<Outcome> {
    let mut pace = OneAtATime::start(turn);
    while let Some(key) = pace.next_key() {
        act(cache, Act::Put, key)?;
    }
    Ok(pace.outcome())
}

/// As many threads as requests are wanted in flight; they wait for each other at the connection.
fn at_once(turn: &Turn, cache: &Cache<i64, String>, what: Act) -> anyhow::Result<Outcome> {
    let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let repeat = &|first| repeat(cache, what, first, &done, &over);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..KEYS)
            .take(IN_FLIGHT)
            .map(|first| scope.spawn(move || repeat(first)))
            .collect();
        thread::sleep(turn.warm_up());
        let watch = Stopwatch::start();
        let before = done.load(Ordering::Relaxed);
        thread::sleep(turn.duration);
        let outcome = watch.stop(done.load(Ordering::Relaxed) - before);
        over.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().map_err(|_| anyhow!("a thread panicked"))??;
        }
        Ok(outcome)
    })
}

fn repeat(
    cache: &Cache<i64, String>,
    what: Act,
    first: i64,
    done: &AtomicU64,
    over: &AtomicBool,
) -> anyhow::Result<()> {
    let mut key = first;
    while !over.load(Ordering::Relaxed) {
        act(cache, what, key)?;
        key = (key + 1) % KEYS;
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn act(cache: &Cache<i64, String>, what: Act, key: i64) -> anyhow::Result<()> {
    match what {
        Act::Put => cache.put(&key, &VALUE.to_owned()).map_err(readable)?,
        Act::Get => {
            let value = cache.get(&key).map_err(readable)?;
            ensure!(value.is_some(), "key {key} has no value");
        }
    }
    Ok(())
}

/// Its errors are not `Send`.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over values")]
fn readable(error: IgniteError) -> anyhow::Error {
    anyhow!("{error}")
}
