//! Objects of types that this program learns at run time: built, stored, read by the names of their
//! fields, changed.
//!
//! ```sh
//! cargo run --example ignite_dynamic -- 127.0.0.1:10800
//! ```

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::error::Error;

use portway_ignite::{
    BinaryObject, BinaryObjectBuilder, Cache, CacheConfiguration, Client, ClientConfiguration,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args()
        .nth(1)
        .ok_or("usage: ignite_dynamic ADDRESS")?;
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let configuration = CacheConfiguration::new("ignite-dynamic");
    let people: Cache<i64, BinaryObject> = client.get_or_create_cache(configuration).await?;

    // Types register themselves, with the fields that an object turns out to have.
    let home = BinaryObjectBuilder::new("example.Address").set("city", "London");
    let ada = BinaryObjectBuilder::new("example.Person")
        .set("name", "Ada")
        .set("languages", vec!["English", "French"])
        .set("home", home)
        .build(client.binary_configuration().await?)?;
    people.put(&1, &ada).await?;

    let read = people.get(&1).await?.ok_or("nobody is there")?;
    println!("{read}");
    for field in read.fields()? {
        let name = field.name.as_deref().unwrap_or("?");
        println!("{name} is {}", field.value);
    }

    // An object is changed by taking it apart; its other fields stay as they are.
    let older = read
        .to_builder()?
        .set("age", 36)
        .remove("languages")
        .build(client.binary_configuration().await?)?;
    people.put(&1, &older).await?;
    println!("{older}");

    let known = client.binary_type("example.Person").await?;
    let fields = known.map_or_else(Vec::new, |known| known.fields);
    let names: Vec<String> = fields.into_iter().map(|field| field.name).collect();
    println!("the grid knows the fields {}", names.join(", "));
    Ok(())
}
