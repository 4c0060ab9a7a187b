//! Entries that go away by themselves.
//!
//! `cargo run -p portway-ignite --example ignite_expiry -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::time::Duration;

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, Error, ExpiryDuration, ExpiryPolicy,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let sessions: Cache<String, i64> = client
        .get_or_create_cache(CacheConfiguration::new("example-sessions"))
        .await?;
    // Half a second after it was written or read last.
    let half = ExpiryDuration::Milliseconds(500);
    let brief = sessions.with_expiry(ExpiryPolicy {
        create: half,
        update: half,
        access: half,
    });
    brief.put("ada", &1).await?;
    println!("at once: {:?}", sessions.get("ada").await?);
    tokio::time::sleep(Duration::from_millis(700)).await;
    println!("later: {:?}", sessions.get("ada").await?);
    client.destroy_cache(sessions.name()).await
}
