//! Structures as keys and values: nested, optional, with enumerations and maps, and a newer version
//! of one that reads what the older one wrote.
//!
//! `cargo run -p portway-ignite --example ignite_objects -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::collections::BTreeMap;

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, Date, Decimal, IgniteObject,
};

#[derive(IgniteObject, Debug)]
#[ignite(type_name = "example.OrderKey", rename_all = "camelCase")]
struct OrderKey {
    number: i64,
    /// Orders stand on the node of their customer.
    #[ignite(affinity_key)]
    customer: i64,
}

#[derive(IgniteObject, Debug)]
#[ignite(type_name = "example.State", rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    Open,
    Delivered,
}

#[derive(IgniteObject, Debug)]
#[ignite(type_name = "example.Order", rename_all = "camelCase")]
struct Order {
    state: State,
    amounts: BTreeMap<String, i32>,
    total: Decimal,
    delivered_on: Option<Date>,
}

/// What a later version of the program says of the same type.
#[derive(IgniteObject, Debug)]
#[ignite(type_name = "example.Order", rename_all = "camelCase")]
struct NewerOrder {
    state: State,
    total: Decimal,
    note: Option<String>,
    #[ignite(default)]
    labels: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let orders: Cache<OrderKey, Order> = client
        .get_or_create_cache(CacheConfiguration::new("example-orders"))
        .await?;
    let key = OrderKey {
        number: 7,
        customer: 1,
    };
    let order = Order {
        state: State::Open,
        amounts: BTreeMap::from([("apple".to_owned(), 3), ("pear".to_owned(), 1)]),
        total: "2.15".parse()?,
        delivered_on: None,
    };
    orders.put(&key, &order).await?;
    println!("{:?}", orders.get(&key).await?);

    let delivered = Order {
        state: State::Delivered,
        delivered_on: Some(Date {
            milliseconds: 1_700_000_000_000,
        }),
        ..order
    };
    orders.put(&key, &delivered).await?;
    let newer: Cache<OrderKey, NewerOrder> = client.cache(orders.name());
    println!("{:?}", newer.get(&key).await?);
    client.destroy_cache(orders.name()).await?;
    Ok(())
}
