//! The smallest program of ignite-rs: what `ignite_hello` is for ours.

use std::error::Error;

use ignite_rs::{ClientConfig, Ignite as _, cache::Cache, new_client};

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("which node?")?;
    let mut client = new_client(ClientConfig::new(&address))?;
    let cache: Cache<i64, String> = client.get_or_create_cache("hello")?;
    cache.put(&1, &"Hello, grid!".to_owned())?;
    if let Some(greeting) = cache.get(&1)? {
        println!("{greeting}");
    }
    Ok(())
}
