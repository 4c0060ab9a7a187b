//! Moves money between two accounts, all or nothing.
//!
//! `cargo run -p portway-ignite --example ignite_transaction -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, ClientConfiguration, Error,
    TransactionOptions,
};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let mut configuration = CacheConfiguration::new("example-accounts");
    configuration.atomicity = AtomicityMode::Transactional;
    let accounts: Cache<String, i64> = client.get_or_create_cache(configuration).await?;
    accounts.put_all([("ada", &100), ("bob", &0)]).await?;

    transfer(&client, &accounts, 30).await?;
    print(&accounts).await?;
    if let Err(failure) = transfer(&client, &accounts, 300).await {
        println!("nothing happened: {failure}");
    }
    print(&accounts).await?;
    client.destroy_cache(accounts.name()).await?;
    Ok(())
}

/// An error inside rolls everything back.
async fn transfer(
    client: &Client,
    accounts: &Cache<String, i64>,
    amount: i64,
) -> Result<(), Failure> {
    let options = TransactionOptions::pessimistic().label("transfer");
    client
        .transact(options, async |transaction| {
            let inside = accounts.within(transaction);
            let bob = inside.get("bob").await?.unwrap_or(0);
            inside.put("bob", &(bob + amount)).await?;
            let ada = inside.get("ada").await?.unwrap_or(0);
            if ada < amount {
                return Err(format!("ada has only {ada}").into());
            }
            inside.put("ada", &(ada - amount)).await?;
            Ok(())
        })
        .await
}

async fn print(accounts: &Cache<String, i64>) -> Result<(), Error> {
    let (ada, bob) = (accounts.get("ada").await?, accounts.get("bob").await?);
    println!("ada has {}, bob has {}", ada.unwrap_or(0), bob.unwrap_or(0));
    Ok(())
}
