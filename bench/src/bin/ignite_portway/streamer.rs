//! Filling a new cache.

use bench_client::{ENTRIES, Outcome, Passes, STREAMED_CACHE, Stopwatch, Turn, VALUE};
use portway_ignite::{Cache, CacheConfiguration, Client, StreamerOptions};

pub(crate) async fn passes(turn: &Turn, client: &Client) -> anyhow::Result<Outcome> {
    let mut passes = Passes::start(turn);
    while passes.goes_on() {
        let configuration = CacheConfiguration::new(STREAMED_CACHE);
        let cache = client.get_or_create_cache(configuration).await?;
        passes.add(&fill(&cache).await?);
        client.destroy_cache(STREAMED_CACHE).await?;
    }
    Ok(passes.outcome())
}

async fn fill(cache: &Cache<i64, String>) -> anyhow::Result<Outcome> {
    let pass = Stopwatch::start();
    let streamer = cache.streamer(StreamerOptions::new());
    for key in 0..ENTRIES {
        streamer.add(&key, VALUE).await?;
    }
    streamer.close().await?;
    Ok(pass.stop(ENTRIES as u64))
}
