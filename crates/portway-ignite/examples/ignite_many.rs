//! A thousand requests at once on one connection.
//!
//! `cargo run --release -p portway-ignite --example ignite_many -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::time::Instant;

use portway_ignite::{Cache, CacheConfiguration, Client, ClientConfiguration};
use tokio::task::JoinSet;

const TASKS: i64 = 1000;
const PUTS_OF_A_TASK: i64 = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let numbers: Cache<i64, i64> = client
        .get_or_create_cache(CacheConfiguration::new("example-many"))
        .await?;
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let numbers = numbers.clone();
        tasks.spawn(async move {
            for round in 0..PUTS_OF_A_TASK {
                numbers.put(&task, &round).await?;
            }
            Ok::<_, portway_ignite::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let puts = TASKS * PUTS_OF_A_TASK;
    println!("{puts} puts in {:.0?}", start.elapsed());
    println!("{} entries", numbers.size().await?);
    client.destroy_cache(numbers.name()).await?;
    Ok(())
}
