//! Makes a table, fills it, and asks it with SQL.
//!
//! `cargo run -p portway-ignite --example ignite_sql -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{Client, ClientConfiguration, FromRow, SqlQuery};

/// Reads the columns of its fields' names.
#[derive(FromRow)]
struct City {
    name: String,
    inhabitants: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    client.execute("DROP TABLE IF EXISTS example_city").await?;
    client
        .execute("CREATE TABLE example_city (id INT PRIMARY KEY, name VARCHAR, inhabitants BIGINT)")
        .await?;

    let insert = "INSERT INTO example_city (id, name, inhabitants) VALUES (?, ?, ?)";
    let cities = [
        (1, "Paris", 2_100_000_i64),
        (2, "Rome", 2_750_000),
        (3, "Bern", 135_000),
    ];
    client.execute_batch(insert, cities).await?;
    // Each row of a batch stands for itself.
    if let Err(error) = client.execute_batch(insert, cities).await {
        println!("again: {error}");
    }

    let query = SqlQuery::new("SELECT * FROM example_city WHERE inhabitants > ? ORDER BY name");
    let mut rows = client.sql(query.argument(&1_000_000_i64)).await?;
    while let Some(city) = rows.next_as::<City>().await {
        let city = city?;
        println!("{} has {} inhabitants", city.name, city.inhabitants);
    }
    let moved = client
        .execute("UPDATE example_city SET inhabitants = inhabitants + 1")
        .await?;
    println!("somebody moved to each of {moved} cities");
    client.execute("DROP TABLE example_city").await?;
    Ok(())
}
