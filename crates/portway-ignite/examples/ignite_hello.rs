//! The smallest program: connects to the grid that is named on the command line, writes and reads.
//!
//! ```sh
//! cargo run --example ignite_hello -- 127.0.0.1:10800
//! ```

use std::error::Error;

use portway_ignite::{Client, ClientConfiguration};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "a program that says hello")]
async fn main() -> Result<(), Box<dyn Error>> {
    let addresses: Vec<String> = std::env::args().skip(1).collect();
    let client = Client::connect(ClientConfiguration::new(addresses)).await?;
    let cache = client.cache::<i64, String>("hello").or_create();
    cache.put(&1, "Hello, grid!").await?;
    if let Some(greeting) = cache.get(&1).await? {
        println!("{greeting}");
    }
    Ok(())
}
