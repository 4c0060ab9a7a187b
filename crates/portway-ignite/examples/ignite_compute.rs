//! Runs a task on the servers.
//!
//! `cargo run -p portway-ignite --example ignite_compute -- ADDRESS [CLASS]`
//!
//! The task is a Java class that the servers know, given a string and answering one. Nodes of this
//! repository's `scripts/ignite` have one that answers what it is given.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::time::Duration;

use portway_ignite::{Client, ClientConfiguration, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:10800".into());
    let class = arguments.next().unwrap_or("portway.test.EchoTask".into());
    let client = Client::connect(ClientConfiguration::new([address])).await?;

    let compute = client.compute().timeout(Duration::from_secs(10));
    let answer: String = compute.execute(&class, "to be or not to be").await?;
    println!("{answer}");

    let servers = client.cluster().servers();
    let everywhere = servers.compute().await?;
    // Started and awaited apart; dropping it would cancel the task.
    let running = everywhere.start::<str, String>(&class, "later").await?;
    println!("{}", running.result().await?);
    Ok(())
}
