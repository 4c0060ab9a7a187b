//! Fills a cache through a data streamer, and says how fast that was. Each entry is on two nodes, so
//! that one may be lost meanwhile.
//!
//! `cargo run --release --example ignite_streamer -- 127.0.0.1:10800 1000000`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::error::Error;
use std::time::Instant;

use portway_ignite::{Cache, CacheConfiguration, Client, ClientConfiguration, StreamerOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let addresses = arguments.next().unwrap_or("127.0.0.1:10800".into());
    let entries: i64 = arguments.next().unwrap_or("100000".into()).parse()?;
    let client = Client::connect(ClientConfiguration::new(addresses.split(','))).await?;
    let name = "example-streamer";
    let mut configuration = CacheConfiguration::new(name);
    configuration.backups = 1;
    let cache: Cache<i64, String> = client.get_or_create_cache(configuration).await?;
    let start = Instant::now();
    let streamer = cache.streamer(StreamerOptions::new().allow_overwrite(true));
    for number in 0..entries {
        streamer.add(&number, &format!("row {number}")).await?;
    }
    streamer.close().await?;
    let took = start.elapsed();
    let stored = cache.size().await?;
    println!("{stored} entries in {took:.2?}");
    client.destroy_cache(name).await?;
    Ok(())
}
