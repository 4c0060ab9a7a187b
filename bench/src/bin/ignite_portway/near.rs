//! Reads that a near cache answers by itself.

use std::{hint::black_box, num::NonZeroUsize};

use anyhow::ensure;
use bench_client::{CACHE, KEYS, Outcome, Passes, Stopwatch, Turn};
use portway_ignite::{Client, NearCache, NearOptions};

/// Of twice as many entries as are read, so that none makes room for another.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(2 * KEYS as usize).unwrap();
/// In a pass: far more than what a look at the clock costs.
const ROUNDS: i64 = 20;

pub(crate) async fn hits(turn: &Turn, client: &Client) -> anyhow::Result<Outcome> {
    let options = NearOptions::new().max_entries(CAPACITY);
    let near = client.cache(CACHE).near(options).await?;
    read_all(&near).await?;
    let mut passes = Passes::start(turn);
    while passes.goes_on() {
        let pass = Stopwatch::start();
        for _ in 0..ROUNDS {
            read_all(&near).await?;
        }
        passes.add(&pass.stop((ROUNDS * KEYS) as u64));
    }
    let misses = near.statistics().misses;
    ensure!(misses <= KEYS as u64, "{misses} reads were no hits");
    Ok(passes.outcome())
}

async fn read_all(near: &NearCache<i64, String>) -> anyhow::Result<()> {
    for key in 0..KEYS {
        let value = black_box(near.get(&key).await?);
        ensure!(value.is_some(), "key {key} has no value");
    }
    Ok(())
}
