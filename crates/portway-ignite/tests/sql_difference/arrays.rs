//! A cache whose columns are fields of array classes, and statements about it.

use portway_ignite::protocol::{QueryEntity, QueryField};
use portway_ignite::{Cache, CacheConfiguration, Client, IgniteObject, Value};

use crate::argument::argument;

/// The cache, which is the schema too.
pub(crate) const CACHE: &str = "arrays";

#[derive(IgniteObject)]
#[ignite(type_name = "portway.arrays.Holder")]
struct Holder {
    bytes: Value,
    objects: Value,
    ints: Value,
    longs: Value,
    texts: Value,
    list: Value,
    any: Value,
}

fn entity() -> QueryEntity {
    QueryEntity {
        key_type: Some("java.lang.Integer".to_owned()),
        value_type: Some("portway.arrays.Holder".to_owned()),
        fields: vec![
            QueryField::new("bytes", "[B"),
            QueryField::new("objects", "[Ljava.lang.Object;"),
            QueryField::new("ints", "[I"),
            QueryField::new("longs", "[J"),
            QueryField::new("texts", "[Ljava.lang.String;"),
            QueryField::new("list", "java.util.ArrayList"),
            QueryField::new("any", "java.lang.Object"),
        ],
        ..QueryEntity::default()
    }
}

fn holder(fields: [&str; 7]) -> Holder {
    let [bytes, objects, ints, longs, texts, list, any] = fields.map(argument);
    Holder {
        bytes,
        objects,
        ints,
        longs,
        texts,
        list,
        any,
    }
}

/// Makes the cache anew, with four entries.
pub(crate) async fn make(client: &Client) {
    let _ = client.destroy_cache(CACHE).await;
    let mut configuration = CacheConfiguration::new(CACHE);
    configuration.query_entities = vec![entity()];
    let cache: Cache<i32, Holder> = client.create_cache(configuration).await.unwrap();
    let rows = [
        [
            "bytes ab",
            "objects (int 1; text a; null)",
            "ints (1; 2)",
            "longs (3; 4)",
            "texts (x; y)",
            "list (int 1; text b)",
            "objects (int 5)",
        ],
        [
            "bytes b",
            "objects (int 1; text b)",
            "ints (1)",
            "longs (3)",
            "texts (x)",
            "list (int 2)",
            "text plain",
        ],
        [
            "bytes ab",
            "objects (int 1; text a; null)",
            "ints (1; 2)",
            "longs (5)",
            "texts (z)",
            "list (int 1; text b)",
            "ints (7)",
        ],
        ["null", "null", "null", "null", "null", "null", "null"],
    ];
    for (key, fields) in (1..).zip(rows) {
        cache.put(&key, &holder(fields)).await.unwrap();
    }
}
