//! A number and a set that all clients of a cluster share.
//!
//! `cargo run -p portway-ignite --example ignite_structures -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{
    AtomicLongOptions, Client, ClientConfiguration, Error, IgniteSet, SetOptions,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;

    let options = AtomicLongOptions::new().initial(1000);
    let tickets = client.atomic_long("example-tickets", options).await?;
    println!("ticket {}", tickets.increment_and_get().await?);
    println!("ticket {}", tickets.increment_and_get().await?);
    tickets.remove().await?;

    let seen: IgniteSet<String> = client.set("example-seen", SetOptions::new()).await?;
    for name in ["ada", "bob", "ada"] {
        let is_new = seen.add(name).await?;
        println!("{name} is {}", if is_new { "new" } else { "there already" });
    }
    let mut values = seen.values().await?;
    while let Some(value) = values.next().await {
        println!("the set has {}", value?);
    }
    seen.destroy().await
}
