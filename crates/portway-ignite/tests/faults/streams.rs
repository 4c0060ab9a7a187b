//! What lives longer than a node: streamers, watches and near caches, while a node is killed.
//!
//! Runs alone and only with `PORTWAY_TEST_IGNITE_CONTROL`, as the campaign of `kills`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portway_ignite::{
    Cache, CacheConfiguration, Change, Client, NearOptions, ReadValue, ScanQuery, StreamerOptions,
    Watch, WatchOptions, WriteValue,
};

use crate::fleet::Fleet;

/// Long enough for the others to notice that a node is gone.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// Longer than all of it takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streamers_watches_and_near_caches_outlive_a_node() {
    let Some(fleet) = Fleet::that_may_be_killed() else {
        return;
    };
    let whole = async {
        let client = fleet.connect(REQUEST_TIMEOUT).await;
        everything_streamed_is_stored(&fleet, &client).await;
        for node in 1..=fleet.nodes() {
            copies_are_true_again(&fleet, &client, node).await;
        }
    };
    tokio::time::timeout(PATIENCE, whole).await.unwrap();
}

async fn everything_streamed_is_stored(fleet: &Fleet, client: &Client) {
    const ENTRIES: i32 = 30_000;
    let cache: Cache<i32, i32> = cache(client, "streamed").await;
    let batches = NonZeroUsize::new(200).unwrap();
    let options = StreamerOptions::new().allow_overwrite(true);
    let streamer = cache.streamer(options.batch_size(batches));
    let stream = async {
        for key in 0..ENTRIES {
            streamer.add(&key, &key).await.unwrap();
            if key % 200 == 0 {
                // Slow enough for the kill to fall into the middle.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        streamer.flush().await.unwrap();
    };
    tokio::join!(stream, fleet.kill(2));
    assert_eq!(cache.size().await.unwrap(), ENTRIES.unsigned_abs().into());
    fleet.revive(2).await;
    client.destroy_cache(cache.name()).await.unwrap();
}

/// A copy folded from a watch and a near cache, beside a writer, while `node` is killed.
async fn copies_are_true_again(fleet: &Fleet, client: &Client, node: u64) {
    let cache: Cache<i32, i32> = cache(client, "copied").await;
    let near = cache.near(NearOptions::new()).await.unwrap();
    let scan = ScanQuery::new;
    let options = WatchOptions::new()
        .scan_at_start(scan())
        .scan_after_gaps(scan());
    let copy = Arc::new(Mutex::new(BTreeMap::new()));
    let watch = cache.watch(options).await.unwrap();
    let folding = tokio::spawn(fold(watch, copy.clone()));
    let write = async {
        for round in 0..40 {
            for key in 0..20 {
                // What was not answered is written again by the next round.
                let _ = cache.put(&key, &round).await;
                let _ = near.get(&key).await;
            }
        }
    };
    tokio::join!(write, fleet.kill(node));
    fleet.revive(node).await;
    let truth: BTreeMap<i32, i32> = settled(&cache).await;
    while *copy.lock().unwrap() != truth {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for (key, value) in &truth {
        while near.get(key).await.unwrap().as_deref() != Some(value) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    folding.abort();
    client.destroy_cache(cache.name()).await.unwrap();
}

/// Writes each key once more, now that all nodes are there, and says what the cache holds.
async fn settled(cache: &Cache<i32, i32>) -> BTreeMap<i32, i32> {
    for key in 0..20 {
        while cache.put(&key, &1000).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    (0..20).map(|key| (key, 1000)).collect()
}

async fn fold(mut watch: Watch<i32, i32>, copy: Arc<Mutex<BTreeMap<i32, i32>>>) {
    while let Some(change) = watch.next().await {
        let mut copy = copy.lock().unwrap();
        match change.unwrap() {
            Change::Found { key, value } => {
                copy.insert(key, value);
            }
            Change::Event(event) => match event.value() {
                Some(value) => {
                    copy.insert(*event.key(), *value);
                }
                None => {
                    copy.remove(event.key());
                }
            },
            Change::Gap { .. } => copy.clear(),
            _ => {}
        }
    }
}

/// A cache of which each entry is on two nodes, and read from the first one only.
async fn cache<K, V>(client: &Client, subject: &str) -> Cache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    let name = format!("{subject}-{}", uuid::Uuid::new_v4());
    let mut configuration = CacheConfiguration::new(name);
    configuration.backups = 1;
    configuration.read_from_backup = false;
    client.create_cache(configuration).await.unwrap()
}
