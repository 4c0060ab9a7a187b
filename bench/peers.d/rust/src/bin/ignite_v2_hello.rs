//! The smallest program of ignite-v2-client: what `ignite_hello` is for ours.

use std::error::Error;

use ignite_client::{IgniteClient, IgniteClientConfig, IgniteValue};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("which node?")?;
    let client = IgniteClient::new(IgniteClientConfig::new(address));
    let cache = client.get_or_create_cache("hello").await?;
    let greeting = IgniteValue::String("Hello, grid!".to_owned());
    cache.put(IgniteValue::Long(1), greeting).await?;
    if let IgniteValue::String(greeting) = cache.get(IgniteValue::Long(1)).await? {
        println!("{greeting}");
    }
    Ok(())
}
