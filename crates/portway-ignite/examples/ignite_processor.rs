//! Runs code where the entries are: an entry processor and the filter of a scan.
//!
//! `cargo run -p portway-ignite --example ignite_processor -- ADDRESS`
//!
//! The servers must know the classes; nodes of this repository's `scripts/ignite` do.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, Error, IgniteObject, ScanQuery,
};

/// A Java class that implements `CacheEntryProcessor`: it adds its arguments to the value.
#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.Add")]
struct Add {}

/// A Java class that implements `IgniteBiPredicate`.
#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.Above")]
struct Above {
    bound: i64,
    field: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let points: Cache<String, i64> = client
        .get_or_create_cache(CacheConfiguration::new("example-points"))
        .await?;
    points.put_all([("ada", &10), ("bob", &3)]).await?;
    let ada: i64 = points.invoke("ada", &Add {}, (5_i64, 1_i64)).await?;
    println!("ada has {ada} now");
    for (name, outcome) in points.invoke_all(["ada", "bob"], &Add {}, (1_i64,)).await? {
        let outcome: Result<i64, _> = outcome;
        println!("{name}: {outcome:?}");
    }

    let above = Above {
        bound: 10,
        field: None,
    };
    let scan = ScanQuery::new().filter(above);
    let many: Vec<(String, i64)> = points.scan(scan).await?.collect().await?;
    println!("more than 10: {many:?}");
    client.destroy_cache(points.name()).await
}
