//! Each operation on a key goes to the node that holds it.

use std::collections::BTreeMap;

use portway_ignite::protocol::{BinaryConfiguration, KeyConfiguration};
use portway_ignite::{
    Cache, CacheConfiguration, CacheId, Client, IgniteObject, RawValue, ReadValue, Timestamp,
    WriteValue,
};
use uuid::Uuid;

use super::{Fleet, Probe, connections, eventually, fresh_cache, requests};

/// Enough that each node has some.
const KEYS: u32 = 60;

/// The type itself names the field that decides.
#[derive(IgniteObject, Clone, Debug)]
struct OrderKey {
    order: i64,
    #[ignite(affinity_key)]
    customer: i64,
}

/// All of it decides, unless the cache says otherwise.
#[derive(IgniteObject, Clone, Debug)]
struct PlainKey {
    number: i32,
    name: String,
}

#[tokio::test]
async fn keys_of_simple_types() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let mut probes = fleet.probes().await;
    let ints: Vec<i32> = (0..KEYS)
        .map(|number| number.cast_signed() * 7919 - 99_999)
        .collect();
    let longs: Vec<i64> = ints.iter().map(|number| i64::from(*number) << 17).collect();
    let strings: Vec<String> = ints.iter().map(|number| format!("clé {number}")).collect();
    let uuids: Vec<Uuid> = ints.iter().map(|_| Uuid::new_v4()).collect();
    let times: Vec<Timestamp> = longs
        .iter()
        .map(|millis| Timestamp {
            milliseconds: *millis,
            nanoseconds: 5,
        })
        .collect();
    check(
        &client,
        &mut probes,
        &fresh_cache(&client, "ints").await,
        &ints,
    )
    .await;
    check(
        &client,
        &mut probes,
        &fresh_cache(&client, "longs").await,
        &longs,
    )
    .await;
    check(
        &client,
        &mut probes,
        &fresh_cache(&client, "strings").await,
        &strings,
    )
    .await;
    check(
        &client,
        &mut probes,
        &fresh_cache(&client, "uuids").await,
        &uuids,
    )
    .await;
    check(
        &client,
        &mut probes,
        &fresh_cache(&client, "times").await,
        &times,
    )
    .await;
}

#[tokio::test]
async fn keys_of_several_fields() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let mut probes = fleet.probes().await;
    let plain = |number: u32| PlainKey {
        number: number.cast_signed(),
        name: format!("key {number}"),
    };
    let keys: Vec<_> = (0..KEYS).map(plain).collect();
    check(
        &client,
        &mut probes,
        &fresh_cache(&client, "plain").await,
        &keys,
    )
    .await;
}

#[tokio::test]
async fn keys_whose_type_names_the_field_that_decides() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let mut probes = fleet.probes().await;
    let order = |order: u32| OrderKey {
        order: order.into(),
        customer: i64::from(order % 20) * 1_000_003,
    };
    let keys: Vec<_> = (0..KEYS).map(order).collect();
    let cache = fresh_cache(&client, "orders").await;
    check(&client, &mut probes, &cache, &keys).await;
    // The field counts: all orders of one customer are with one node.
    let mut of_customer = BTreeMap::new();
    for key in &keys {
        let holder = holder(&mut probes, cache.name(), key).await;
        assert_eq!(
            *of_customer.entry(key.customer).or_insert(holder),
            holder,
            "{key:?}"
        );
    }
}

#[tokio::test]
async fn keys_of_a_cache_that_names_the_field_that_decides() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let mut probes = fleet.probes().await;
    let mut configuration = CacheConfiguration::new(format!("by-name-{}", Uuid::new_v4()));
    configuration.key_configuration = vec![KeyConfiguration {
        type_name: "PlainKey".into(),
        affinity_key_field: Some("name".into()),
    }];
    let cache = client.create_cache(configuration).await.unwrap();
    let plain = |number: u32| PlainKey {
        number: number.cast_signed(),
        name: format!("name {}", number % 10),
    };
    let keys: Vec<_> = (0..KEYS).map(plain).collect();
    check(&client, &mut probes, &cache, &keys).await;
}

#[tokio::test]
async fn keys_of_a_cache_whose_partitions_are_no_power_of_two() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let mut probes = fleet.probes().await;
    let keys: Vec<i32> = (0..KEYS)
        .map(|number| number.cast_signed() * 31 - 999)
        .collect();
    let cache = client.cache("portway.seven-partitions");
    check(&client, &mut probes, &cache, &keys).await;
}

#[tokio::test]
async fn keys_of_a_cache_with_its_own_affinity_function_and_a_mapper() {
    let Some(fleet) = Fleet::find() else { return };
    let mapper = |cache: CacheId, key: &RawValue, partitions: u32| {
        assert_eq!(cache, CacheId::of("portway.own-affinity"));
        let key: i32 = key.read().ok()?;
        let partitions = partitions.cast_signed();
        (partitions - 1 - key.rem_euclid(partitions))
            .try_into()
            .ok()
    };
    let configuration = fleet.one_address().partition_mapper(mapper);
    let client = Client::connect(configuration).await.unwrap();
    let mut probes = fleet.probes().await;
    let keys: Vec<i32> = (0..KEYS).map(|number| number.cast_signed() - 30).collect();
    let cache = client.cache("portway.own-affinity");
    check(&client, &mut probes, &cache, &keys).await;
}

#[tokio::test]
async fn each_node_is_asked_for_the_keys_that_it_holds() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let cache: Cache<i64, i64> = fresh_cache(&client, "many").await;
    let keys: Vec<i64> = (0..i64::from(KEYS)).collect();
    cache
        .put_all(keys.iter().map(|key| (key, key)))
        .await
        .unwrap();
    // Until it is known where the keys are, one node is asked for all of them.
    eventually(async || {
        let before = requests(&client);
        let mut found = cache.get_all(&keys).await.unwrap();
        found.sort_unstable();
        assert!(found.iter().map(|(key, _)| key).eq(&keys));
        assert!(found.iter().all(|(key, value)| key == value));
        asked_since(&client, &before) == once_each(&client)
    })
    .await;
    eventually(async || {
        let before = requests(&client);
        assert!(cache.contains_keys(&keys).await.unwrap());
        asked_since(&client, &before) == once_each(&client)
    })
    .await;
    assert!(!cache.contains_keys([&1, &2, &-1]).await.unwrap());
    client.destroy_cache(cache.name()).await.unwrap();
}

#[tokio::test]
async fn operations_on_a_cache_that_is_not_there_are_refused_each_time() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let cache: Cache<i32, i32> = fresh_cache(&client, "removed").await;
    // A cache that is gone, and one that was never there, are asked for once and stay an error.
    client.destroy_cache(cache.name()).await.unwrap();
    for _ in 0..20 {
        cache.get(&1).await.unwrap_err();
        client
            .cache::<i32, i32>("portway.never")
            .get(&1)
            .await
            .unwrap_err();
    }
}

/// Writes the keys, then reads them until each read goes to the node that holds the key. Once they
/// do, all of them do.
async fn check<K>(client: &Client, probes: &mut [Probe], cache: &Cache<K, i32>, keys: &[K])
where
    K: WriteValue + ReadValue,
{
    let mut expected = BTreeMap::new();
    for key in keys {
        cache.put(key, &1).await.unwrap();
        *expected
            .entry(holder(probes, cache.name(), key).await)
            .or_insert(0) += 1;
    }
    eventually(async || {
        let before = requests(client);
        for key in keys {
            assert_eq!(cache.get(key).await.unwrap(), Some(1));
        }
        asked_since(client, &before) == expected
    })
    .await;
}

/// How many requests each node got since it had got `before`.
fn asked_since(client: &Client, before: &BTreeMap<Uuid, u64>) -> BTreeMap<Uuid, u64> {
    let asked = requests(client)
        .into_iter()
        .map(|(node, after)| (node, after - before.get(&node).copied().unwrap_or_default()));
    asked.filter(|(_, count)| *count > 0).collect()
}

/// One request for each node that is connected.
fn once_each(client: &Client) -> BTreeMap<Uuid, u64> {
    connections(client)
        .into_keys()
        .map(|node| (node, 1))
        .collect()
}

/// The node that holds a key of a cache without backups.
async fn holder(probes: &mut [Probe], cache: &str, key: &impl WriteValue) -> Uuid {
    let key = RawValue::encode(key, BinaryConfiguration::default());
    let mut holders = Vec::new();
    for probe in probes {
        if probe.holds(cache, &key).await {
            holders.push(probe.node);
        }
    }
    assert_eq!(holders.len(), 1, "one node holds it");
    holders[0]
}
