//! Clients that are in a data centre, on a fleet of Ignite 2.18 whose nodes are in the data centres
//! A and B in turn, named by `PORTWAY_TEST_IGNITE_DATA_CENTERS`.

use std::collections::BTreeMap;

use portway_ignite::{Cache, CacheConfiguration, Client, ClientConfiguration, WriteSync};
use uuid::Uuid;

use super::{Probe, connections, eventually, requests};

const KEYS: i32 = 60;

#[tokio::test]
async fn reads_go_to_the_own_data_centre_and_writes_to_the_primary() {
    let Some(addresses) = addresses() else { return };
    let near = Probe::connect(&addresses[1]).await.node;
    let client = connect(&addresses).await;
    let cache = cache_with(&client, WriteSync::FullSync).await;
    write_all(&cache).await;
    // Each entry has a copy in each data centre.
    eventually(async || {
        let asked = counted(&client, || read_all(&cache)).await;
        asked.keys().eq([&near])
    })
    .await;
    let asked = counted(&client, || write_all(&cache)).await;
    assert_eq!(asked.len(), 2, "primaries are in both: {asked:?}");
}

#[tokio::test]
async fn what_any_node_may_do_is_done_in_the_own_data_centre() {
    let Some(addresses) = addresses() else { return };
    let near = Probe::connect(&addresses[1]).await.node;
    let client = connect(&addresses).await;
    eventually(async || {
        let ask = async || {
            for _ in 0..10 {
                client.cache_names().await.unwrap();
            }
        };
        counted(&client, ask).await.keys().eq([&near])
    })
    .await;
}

#[tokio::test]
async fn a_cache_whose_backups_lag_behind_is_read_from_the_primaries() {
    let Some(addresses) = addresses() else { return };
    let client = connect(&addresses).await;
    let cache = cache_with(&client, WriteSync::PrimarySync).await;
    write_all(&cache).await;
    eventually(async || counted(&client, || read_all(&cache)).await.len() == 2).await;
}

fn addresses() -> Option<Vec<String>> {
    let addresses = std::env::var("PORTWAY_TEST_IGNITE_DATA_CENTERS").ok()?;
    Some(addresses.split(',').map(str::to_owned).collect())
}

/// A client in the data centre of the second node.
async fn connect(addresses: &[String]) -> Client {
    let configuration = ClientConfiguration::new([&addresses[0]]).data_center("B");
    let client = Client::connect(configuration).await.unwrap();
    eventually(async || connections(&client).len() == addresses.len()).await;
    client
}

async fn cache_with(client: &Client, write_sync: WriteSync) -> Cache<i32, i32> {
    let mut configuration = CacheConfiguration::new(format!("near-{}", Uuid::new_v4()));
    configuration.backups = 1;
    configuration.write_sync = write_sync;
    client.create_cache(configuration).await.unwrap()
}

async fn write_all(cache: &Cache<i32, i32>) {
    for key in 0..KEYS {
        cache.put(&key, &key).await.unwrap();
    }
}

async fn read_all(cache: &Cache<i32, i32>) {
    for key in 0..KEYS {
        assert_eq!(cache.get(&key).await.unwrap(), Some(key));
    }
}

/// The requests that something makes, by node.
async fn counted(client: &Client, action: impl AsyncFn()) -> BTreeMap<Uuid, u64> {
    let before = requests(client);
    action().await;
    let counts = requests(client).into_iter().map(|(node, after)| {
        let before = before.get(&node).copied().unwrap_or_default();
        (node, after - before)
    });
    counts.filter(|(_, count)| *count > 0).collect()
}
