//! Calls methods of services on the servers.
//!
//! `cargo run -p portway-ignite --example ignite_service -- ADDRESS`
//!
//! The service is one that nodes of this repository's `scripts/ignite` have.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{Client, ClientConfiguration, Error};
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    for service in client.service_descriptors().await? {
        println!("{} is a {}", service.name, service.class);
    }
    let service = client
        .service("portway.single")
        .call_context("tenant", "blue");
    let sum: i32 = service.invoke("sum", (&[1, 2, 3][..],)).await?;
    println!("sum: {sum}");
    let tenant: Option<String> = service.invoke("attribute", ("tenant",)).await?;
    println!("the service sees the tenant {tenant:?}");
    let node: Uuid = service.invoke("node", ()).await?;
    println!("it runs on {node}");
    Ok(())
}
