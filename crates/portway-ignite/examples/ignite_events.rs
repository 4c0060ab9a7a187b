//! Is told of the changes of a cache by a continuous query.
//!
//! `cargo run -p portway-ignite --example ignite_events -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{
    Cache, CacheConfiguration, CacheEvent, Client, ClientConfiguration, ContinuousQuery, Error,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let lights: Cache<String, bool> = client
        .get_or_create_cache(CacheConfiguration::new("example-lights"))
        .await?;
    lights.remove_all().await?;

    let mut events = lights.continuous_query(ContinuousQuery::new()).await?;
    lights.put("hall", &true).await?;
    lights.put("hall", &false).await?;
    lights.remove("hall").await?;
    for _ in 0..3 {
        match events.next().await.transpose()? {
            Some(CacheEvent::Created { key, value }) => println!("{key} is new: {value}"),
            Some(CacheEvent::Updated { key, value, .. }) => println!("{key} is now {value}"),
            Some(CacheEvent::Removed { key, .. }) => println!("{key} was removed"),
            other => println!("{other:?}"),
        }
    }
    // Ends the query on the server.
    drop(events);
    client.destroy_cache(lights.name()).await
}
