//! Goes on while nodes are lost: kill and start nodes meanwhile.
//!
//! `cargo run -p portway-ignite --example ignite_failover -- ADDRESS[,ADDRESS...] [SECONDS]`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::time::{Duration, Instant};

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, ClientEvent, FailedAttempt, RetryPolicy,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let addresses = arguments.next().unwrap_or("127.0.0.1:10800".into());
    let seconds = arguments.next().unwrap_or("60".into()).parse()?;
    // A put of the same value twice is harmless here, so that it may be repeated.
    let harmless = |failed: &FailedAttempt<'_>| failed.is_read() || failed.operation() == "put";
    let configuration = ClientConfiguration::new(addresses.split(','))
        .retry(RetryPolicy::custom(harmless))
        .heartbeat_interval(Duration::from_secs(1))
        .listener(|event: &ClientEvent<'_>| match event {
            ClientEvent::Connected { address, .. } => println!("connected to {address}"),
            ClientEvent::Disconnected { address, .. } => println!("lost {address}"),
            ClientEvent::Retry { operation, .. } => println!("{operation} is tried again"),
            _ => {}
        });
    let client = Client::connect(configuration).await?;
    let mut configuration = CacheConfiguration::new("example-failover");
    configuration.backups = 1;
    let cache: Cache<i64, i64> = client.get_or_create_cache(configuration).await?;

    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut written, mut failed) = (0, 0);
    while Instant::now() < end {
        match cache.put(&(written % 1000), &written).await {
            Ok(()) => written += 1,
            Err(error) => {
                println!("{error}");
                failed += 1;
            }
        }
    }
    println!("{written} puts, {failed} failed");
    client.close().await;
    Ok(())
}
