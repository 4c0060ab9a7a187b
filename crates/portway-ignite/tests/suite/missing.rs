//! Handles that make their cache when it is missing.

use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Change, Client, NearOptions, Status, StreamerOptions,
    TransactionOptions, WatchOptions,
};

use super::{destroy_after_test, soon};

/// How many operations miss their cache at once.
const CROWD: i32 = 200;

/// A name that nothing else has. A cache of this name is destroyed after the test.
fn unique(subject: &str) -> String {
    let name = super::unique(subject);
    destroy_after_test(&name);
    name
}

fn missing(client: &Client, subject: &str) -> Cache<i32, i32> {
    client.cache(&unique(subject)).or_create()
}

/// How often the client asked for a cache to be made.
fn creations(client: &Client) -> u64 {
    let metrics = client.metrics();
    let of = |name| metrics.operations.iter().find(move |one| one.name == name);
    let names = ["get_or_create_cache", "get_or_create_cache_with_name"];
    names
        .into_iter()
        .filter_map(of)
        .map(|one| one.started)
        .sum()
}

pub(crate) async fn an_operation_makes_the_cache_that_it_misses(client: Client) {
    let cache = missing(&client, "missed");
    assert_eq!(cache.get(&1).await.unwrap(), None);
    assert_eq!(creations(&client), 1);
    cache.put(&1, &10).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(10));
    assert_eq!(creations(&client), 1, "it is there");
}

pub(crate) async fn a_missing_cache_gets_its_configuration_and_the_name_of_the_handle(
    client: Client,
) {
    let name = unique("configured");
    let mut configuration = CacheConfiguration::new("another name");
    configuration.atomicity = AtomicityMode::Transactional;
    let cache = client.cache::<i32, i32>(&name).or_create_as(configuration);
    cache.put(&1, &10).await.unwrap();
    let made = client.cache_configuration(&name).await.unwrap();
    assert_eq!(made.atomicity, AtomicityMode::Transactional);
}

pub(crate) async fn a_destroyed_cache_is_made_again(client: Client) {
    let cache = missing(&client, "destroyed");
    for round in 0..3 {
        cache.put(&1, &round).await.unwrap();
        assert_eq!(cache.get(&1).await.unwrap(), Some(round));
        client.destroy_cache(cache.name()).await.unwrap();
        assert_eq!(cache.get(&1).await.unwrap(), None, "it is a new one");
    }
    client.destroy_cache(cache.name()).await.unwrap();
    let plain: Cache<i32, i32> = client.cache(cache.name());
    let error = plain.get(&1).await.unwrap_err();
    assert_eq!(error.status(), Some(Status::CACHE_DOES_NOT_EXIST));
}

pub(crate) async fn of_many_operations_that_miss_a_cache_few_make_it(client: Client) {
    let cache = missing(&client, "crowded");
    let mut tasks = tokio::task::JoinSet::new();
    for key in 0..CROWD {
        let cache = cache.clone();
        tasks.spawn(async move { cache.put(&key, &key).await });
    }
    while let Some(put) = tasks.join_next().await {
        put.unwrap().unwrap();
    }
    assert_eq!(cache.size().await.unwrap(), 200);
    // More than one, if an answer that it is missing was on its way when it had been made.
    assert!(creations(&client) <= 20, "{}", creations(&client));
}

pub(crate) async fn inside_of_a_transaction_no_cache_is_made(client: Client) {
    let cache = missing(&client, "within");
    let transaction = client.begin(TransactionOptions::default()).await.unwrap();
    let error = cache.within(&transaction).put(&1, &1).await.unwrap_err();
    assert_eq!(error.status(), Some(Status::CACHE_DOES_NOT_EXIST));
    transaction.rollback().await.unwrap();
    assert_eq!(creations(&client), 0);
}

pub(crate) async fn a_streamer_makes_the_cache_that_it_misses(client: Client) {
    let cache = missing(&client, "streamed");
    let streamer = cache.streamer(StreamerOptions::new());
    for key in 0..100 {
        streamer.add(&key, &key).await.unwrap();
    }
    streamer.close().await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 100);
}

pub(crate) async fn a_watch_makes_the_cache_that_it_misses(client: Client) {
    let cache = missing(&client, "watched");
    let mut watch = cache.watch(WatchOptions::new()).await.unwrap();
    cache.put(&1, &10).await.unwrap();
    soon(async {
        loop {
            let change = watch.next().await.unwrap().unwrap();
            if let Change::Event(event) = change {
                assert_eq!(*event.key(), 1);
                break;
            }
        }
    })
    .await;
}

pub(crate) async fn a_near_cache_makes_the_cache_that_it_misses(client: Client) {
    let cache = missing(&client, "near");
    let near = cache.near(NearOptions::new()).await.unwrap();
    near.put(&1, &10).await.unwrap();
    assert_eq!(near.get(&1).await.unwrap().as_deref(), Some(&10));
}

pub(crate) async fn why_a_missing_cache_cannot_be_made_is_told(client: Client) {
    let group = unique("group");
    let with_backups = |backups| {
        let mut configuration = CacheConfiguration::new(unique("grouped"));
        configuration.group = Some(group.clone());
        configuration.backups = backups;
        configuration
    };
    let _first: Cache<i32, i32> = client.create_cache(with_backups(0)).await.unwrap();
    let cache: Cache<i32, i32> = client.cache(&unique("grouped"));
    let cache = cache.or_create_as(with_backups(1));
    let error = soon(cache.get(&1)).await.unwrap_err();
    assert_ne!(error.status(), Some(Status::CACHE_DOES_NOT_EXIST));
    assert!(error.to_string().contains("Backups mismatch"), "{error}");
}
