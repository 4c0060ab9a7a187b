use std::collections::BTreeMap;

use portway_ignite::{Cache, Client, IgniteObject, ScanQuery, Value};

use super::fresh_cache;

#[derive(IgniteObject, Debug, Clone, PartialEq)]
#[ignite(type_name = "portway.test.Peer")]
struct Peer {
    name: String,
    prefixes: Vec<String>,
    keepalive: Option<i32>,
    enabled: bool,
    home: Option<Place>,
}

#[derive(IgniteObject, Debug, Clone, PartialEq)]
#[ignite(type_name = "portway.test.Place")]
struct Place {
    street: String,
    number: i32,
}

#[derive(IgniteObject, Debug, Clone, PartialEq, PartialOrd, Eq, Ord)]
#[ignite(type_name = "portway.test.Key")]
struct Key {
    network: String,
    host: i64,
}

fn peer(name: &str) -> Peer {
    Peer {
        name: name.to_owned(),
        prefixes: vec!["10.77.0.2/32".to_owned(), "fd00::2/128".to_owned()],
        keepalive: None,
        enabled: true,
        home: Some(Place {
            street: "Main".to_owned(),
            number: 7,
        }),
    }
}

pub(crate) async fn a_structure_is_a_value_and_a_key(client: Client) {
    let cache: Cache<Key, Peer> = fresh_cache(&client, "objects").await;
    let keys: Vec<Key> = (0..50)
        .map(|host| Key {
            network: "home".to_owned(),
            host,
        })
        .collect();
    for key in &keys {
        cache.put(key, &peer(&key.host.to_string())).await.unwrap();
    }
    assert_eq!(
        cache.size().await.unwrap(),
        50,
        "equal keys have equal bytes"
    );
    assert_eq!(cache.get(&keys[3]).await.unwrap(), Some(peer("3")));
    assert!(
        cache
            .replace_if_equals(&keys[3], &peer("3"), &peer("three"))
            .await
            .unwrap()
    );
    let all: BTreeMap<Key, Peer> = cache
        .scan(ScanQuery::new())
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 50);
    assert_eq!(all[&keys[3]], peer("three"));
}

mod before {
    #[derive(portway_ignite::IgniteObject)]
    #[ignite(type_name = "portway.test.Growing")]
    pub(super) struct Growing {
        pub(super) name: String,
    }
}

mod after {
    #[derive(portway_ignite::IgniteObject, Debug, PartialEq)]
    #[ignite(type_name = "portway.test.Growing")]
    pub(super) struct Growing {
        pub(super) added: Option<i32>,
        pub(super) name: String,
    }
}

/// The footer of an object has no field ids, so the older schema has to be fetched.
pub(crate) async fn a_field_that_came_later_is_absent_in_older_objects(client: Client) {
    let old: Cache<i32, before::Growing> = fresh_cache(&client, "growing").await;
    old.put(
        &1,
        &before::Growing {
            name: "one".to_owned(),
        },
    )
    .await
    .unwrap();
    let new: Cache<i32, after::Growing> = client.cache(old.name());
    let read = new.get(&1).await.unwrap().unwrap();
    assert_eq!(
        read,
        after::Growing {
            added: None,
            name: "one".to_owned()
        }
    );
    new.put(
        &2,
        &after::Growing {
            added: Some(2),
            name: "two".to_owned(),
        },
    )
    .await
    .unwrap();
    assert_eq!(old.get(&2).await.unwrap().unwrap().name, "two");
}

pub(crate) async fn an_object_without_a_structure_is_read_by_field_names(client: Client) {
    let typed: Cache<i32, Place> = fresh_cache(&client, "dynamic").await;
    typed
        .put(
            &1,
            &Place {
                street: "Main".to_owned(),
                number: 7,
            },
        )
        .await
        .unwrap();
    let untyped: Cache<i32, Value> = client.cache(typed.name());
    let value = untyped.get(&1).await.unwrap().unwrap();
    assert!(matches!(value, Value::Object(_)), "{value:?}");
    untyped.put(&2, &value).await.unwrap();
    assert_eq!(typed.get(&2).await.unwrap().unwrap().number, 7);
}
