use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use portway_ignite::{Cache, Client, ContinuousQuery, Error, ScanQuery, Status, StreamerOptions};

use crate::suite::{fresh_cache, soon};

fn batches_of(entries: usize) -> StreamerOptions {
    StreamerOptions::new().batch_size(NonZeroUsize::new(entries).unwrap())
}

async fn content(cache: &Cache<i32, String>) -> BTreeMap<i32, String> {
    let cursor = cache.scan(ScanQuery::new()).await.unwrap();
    cursor.collect().await.unwrap()
}

pub(crate) async fn what_was_flushed_is_stored(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "streamed").await;
    let streamer = cache.streamer(batches_of(64));
    for key in 0..1000 {
        streamer.add(&key, &key.to_string()).await.unwrap();
    }
    streamer.flush().await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 1000);
    streamer.add(&1000, "1000").await.unwrap();
    streamer.close().await.unwrap();
    let expected: BTreeMap<i32, String> = (0..=1000).map(|key| (key, key.to_string())).collect();
    assert_eq!(content(&cache).await, expected);
    client.destroy_cache(cache.name()).await.unwrap();
}

pub(crate) async fn without_overwriting_a_key_keeps_its_value(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "kept").await;
    cache.put(&1, "old").await.unwrap();
    let streamer = cache.streamer(StreamerOptions::new());
    streamer.add(&1, "new").await.unwrap();
    streamer.add(&2, "new").await.unwrap();
    streamer.close().await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap().as_deref(), Some("old"));
    assert_eq!(cache.get(&2).await.unwrap().as_deref(), Some("new"));
}

pub(crate) async fn with_overwriting_values_are_replaced_and_removed(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "overwritten").await;
    cache
        .put_all(&BTreeMap::from([
            (1, "old".to_owned()),
            (2, "old".to_owned()),
        ]))
        .await
        .unwrap();
    let streamer = cache.streamer(StreamerOptions::new().allow_overwrite(true));
    streamer.add(&1, "new").await.unwrap();
    streamer.remove(&2).await.unwrap();
    streamer.close().await.unwrap();
    assert_eq!(
        content(&cache).await,
        BTreeMap::from([(1, "new".to_owned())])
    );
}

pub(crate) async fn a_removal_needs_to_be_allowed(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "kept").await;
    cache.put(&1, "kept").await.unwrap();
    let streamer = cache.streamer(StreamerOptions::new());
    let refused = streamer.remove(&1).await.unwrap_err();
    assert!(
        matches!(refused.error(), Error::Senseless { .. }),
        "{refused}"
    );
    assert_eq!(refused.lost(), 0);
    streamer.add(&2, "new").await.unwrap();
    streamer.close().await.unwrap();
    assert_eq!(content(&cache).await.len(), 2);
}

pub(crate) async fn entries_are_sent_after_the_interval_by_themselves(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "interval").await;
    let mut events = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap();
    let options = StreamerOptions::new()
        .allow_overwrite(true)
        .flush_interval(Duration::from_millis(20));
    let streamer = cache.streamer(options);
    streamer.add(&1, "a").await.unwrap();
    let event = soon(events.next()).await.unwrap().unwrap();
    assert_eq!(*event.key(), 1);
    drop(streamer);
}

pub(crate) async fn entries_that_cannot_be_stored_are_handed_back(client: Client) {
    let cache: Cache<i32, String> = client.cache("there is no such cache");
    let streamer = cache.streamer(StreamerOptions::new().allow_overwrite(true));
    streamer.add(&1, "a").await.unwrap();
    streamer.remove(&2).await.unwrap();
    let lost = streamer.flush().await.unwrap_err();
    assert_eq!(lost.error().status(), Some(Status::CACHE_DOES_NOT_EXIST));
    assert_eq!(lost.lost(), 2);
    let entries: Result<Vec<_>, Error> = lost.entries().collect();
    assert_eq!(entries.unwrap(), [(1, Some("a".to_owned())), (2, None)]);
    streamer
        .close()
        .await
        .expect("what was told once is not told again");
}

pub(crate) async fn many_tasks_share_one_streamer(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "shared-streamer").await;
    let streamer = std::sync::Arc::new(cache.streamer(batches_of(50)));
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let streamer = streamer.clone();
            tokio::spawn(async move {
                for key in 0..500 {
                    streamer.add(&(task * 500 + key), "a").await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    streamer.flush().await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 4000);
    client.destroy_cache(cache.name()).await.unwrap();
}
