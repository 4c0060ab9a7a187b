//! Reads a cache through a near cache, and says what a read costs.
//!
//! `cargo run --release --example ignite_near -- 127.0.0.1:10800`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use portway_ignite::{Cache, CacheConfiguration, Client, ClientConfiguration, NearOptions};

const KEYS: i64 = 1000;
const ROUNDS: u32 = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let addresses = std::env::args().nth(1);
    let addresses = addresses.unwrap_or("127.0.0.1:10800".into());
    let client = Client::connect(ClientConfiguration::new(addresses.split(','))).await?;
    let name = "example-near";
    let cache: Cache<i64, String> = client
        .get_or_create_cache(CacheConfiguration::new(name))
        .await?;
    let near = cache.near(NearOptions::new()).await?;
    for number in 0..KEYS {
        near.put(&number, &format!("row {number}")).await?;
        near.get(&number).await?;
    }
    // The events of these puts drop what was read before they came.
    while near.statistics().entries < usize::try_from(KEYS)? {
        for number in 0..KEYS {
            near.get(&number).await?;
        }
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for number in 0..KEYS {
            black_box(near.peek(black_box(&number)));
        }
    }
    let reads = ROUNDS * u32::try_from(KEYS)?;
    println!("a read of a known key: {:.1?}", start.elapsed() / reads);
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for number in 0..KEYS {
            black_box(near.get(black_box(&number)).await?);
        }
    }
    println!("by the asynchronous way: {:.1?}", start.elapsed() / reads);
    println!("{:?}", near.statistics());
    client.destroy_cache(name).await?;
    Ok(())
}
