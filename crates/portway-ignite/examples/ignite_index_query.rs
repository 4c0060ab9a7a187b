//! A cache with an index, asked by the index itself.
//!
//! `cargo run -p portway-ignite --example ignite_index_query -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, Error, IgniteObject, IndexField,
    IndexKind, IndexQuery, QueryEntity, QueryField, QueryIndex,
};

#[derive(IgniteObject)]
#[ignite(type_name = "example.Mountain")]
struct Mountain {
    name: String,
    height: i32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let mountains: Cache<i32, Mountain> = client.get_or_create_cache(configuration()).await?;
    for (number, (name, height)) in [("Rigi", 1798), ("Eiger", 3967), ("Mönch", 4110)]
        .into_iter()
        .enumerate()
    {
        let name = name.to_owned();
        let number = i32::try_from(number).unwrap_or_default();
        mountains.put(&number, &Mountain { name, height }).await?;
    }
    let high = IndexQuery::new("example.Mountain")
        .index("BY_HEIGHT")
        .greater("height", &3000);
    let mut found = mountains.index_query(high).await?;
    while let Some(entry) = found.next().await {
        let (_, mountain) = entry?;
        println!("{} is {} m high", mountain.name, mountain.height);
    }
    client.destroy_cache(mountains.name()).await
}

/// The cache is a table for SQL, too.
fn configuration() -> CacheConfiguration {
    let fields = [
        ("name", "java.lang.String"),
        ("height", "java.lang.Integer"),
    ];
    let by_height = QueryIndex {
        name: Some("BY_HEIGHT".to_owned()),
        kind: IndexKind::Sorted,
        inline_size: -1,
        fields: vec![IndexField {
            name: "height".to_owned(),
            descending: false,
        }],
    };
    let mut configuration = CacheConfiguration::new("example-mountains");
    configuration.query_entities = vec![QueryEntity {
        key_type: Some("java.lang.Integer".to_owned()),
        value_type: Some("example.Mountain".to_owned()),
        fields: fields
            .map(|(name, class)| QueryField::new(name, class))
            .into(),
        indexes: vec![by_height],
        ..QueryEntity::default()
    }];
    configuration
}
