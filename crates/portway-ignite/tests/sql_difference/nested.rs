//! A cache whose columns are fields of objects in objects, and statements about it.

use portway_ignite::protocol::{IndexField, IndexKind, QueryEntity, QueryField, QueryIndex};
use portway_ignite::{Cache, CacheConfiguration, Client, IgniteObject};

/// The cache, which is the schema too.
pub(crate) const CACHE: &str = "nested";

#[derive(IgniteObject)]
#[ignite(type_name = "portway.nested.Street")]
struct Street {
    road: Option<String>,
    number: Option<i32>,
}

#[derive(IgniteObject)]
#[ignite(type_name = "portway.nested.Address")]
struct Address {
    city: Option<String>,
    street: Option<Street>,
}

#[derive(IgniteObject)]
#[ignite(type_name = "portway.nested.Person")]
struct Person {
    name: String,
    address: Option<Address>,
}

fn entity() -> QueryEntity {
    let field = |name: &str, ty: &str| QueryField::new(name, format!("java.lang.{ty}"));
    let index = QueryIndex {
        name: Some("by_city".to_owned()),
        kind: IndexKind::Sorted,
        inline_size: -1,
        fields: vec![IndexField {
            name: "address.city".to_owned(),
            descending: false,
        }],
    };
    QueryEntity {
        key_type: Some("java.lang.Integer".to_owned()),
        value_type: Some("portway.nested.Person".to_owned()),
        fields: vec![
            field("name", "String"),
            field("address.city", "String"),
            field("address.street.road", "String"),
            field("address.street.number", "Integer"),
        ],
        aliases: vec![("address.street.number".to_owned(), "no".to_owned())],
        indexes: vec![index],
        ..QueryEntity::default()
    }
}

fn person(name: &str, city: &str, number: i32) -> Person {
    Person {
        name: name.to_owned(),
        address: Some(Address {
            city: Some(city.to_owned()),
            street: Some(Street {
                road: Some(format!("{city} road")),
                number: Some(number),
            }),
        }),
    }
}

/// Makes the cache anew, with three entries.
pub(crate) async fn make(client: &Client) {
    let _ = client.destroy_cache(CACHE).await;
    let mut configuration = CacheConfiguration::new(CACHE);
    configuration.query_entities = vec![entity()];
    let cache: Cache<i32, Person> = client.create_cache(configuration).await.unwrap();
    cache.put(&1, &person("anna", "Ulm", 3)).await.unwrap();
    cache.put(&2, &person("bert", "Bonn", 5)).await.unwrap();
    let homeless = Person {
        name: "carl".to_owned(),
        address: None,
    };
    cache.put(&3, &homeless).await.unwrap();
}
