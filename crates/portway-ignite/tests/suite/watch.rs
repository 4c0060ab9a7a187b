use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite::{Cache, Change, Client, Error, ScanQuery, Watch, WatchOptions};

use super::{lasting_cache, soon};

async fn next(watch: &mut Watch<i32, i32>) -> Change<i32, i32> {
    soon(watch.next())
        .await
        .expect("the watch goes on")
        .unwrap()
}

pub(crate) async fn a_watch_finds_what_is_there_and_follows(client: Client) {
    let cache: Cache<i32, i32> = lasting_cache(&client, "watched").await;
    let entries: BTreeMap<i32, i32> = (0..300).map(|key| (key, key)).collect();
    cache.put_all(&entries).await.unwrap();
    // Other tests make caches, which is a reason for doubts.
    let options = WatchOptions::new().scan_at_start(ScanQuery::new());
    let mut watch = cache.watch(options.only_certain_gaps()).await.unwrap();
    let mut found = BTreeMap::new();
    while let Change::Found { key, value } = next(&mut watch).await {
        found.insert(key, value);
    }
    assert_eq!(found, entries);
    cache.put(&7, &8).await.unwrap();
    match next(&mut watch).await {
        Change::Event(event) => assert_eq!((event.key(), event.value()), (&7, Some(&8))),
        other => panic!("no event: {other:?}"),
    }
}

/// Whoever folds what a watch tells holds what the cache holds, however the writes fall between
/// registration, scan and events.
pub(crate) async fn a_copy_built_during_writes_is_true(client: Client) {
    let cache: Cache<i32, i32> = lasting_cache(&client, "copied").await;
    let entries: BTreeMap<i32, i32> = (0..500).map(|key| (key, 0)).collect();
    cache.put_all(&entries).await.unwrap();
    let writer = tokio::spawn(write(cache.clone()));
    let pages = ScanQuery::new().page_size(NonZeroU32::new(16).unwrap());
    let options = WatchOptions::new()
        .scan_at_start(pages.clone())
        .scan_after_gaps(pages);
    let mut watch = cache.watch(options).await.unwrap();
    let mut copy = BTreeMap::new();
    while !writer.is_finished() {
        tokio::select! {
            change = next(&mut watch) => take(change, &mut copy),
            () = tokio::time::sleep(Duration::from_millis(10)) => {}
        }
    }
    writer.await.unwrap();
    let truth: BTreeMap<i32, i32> = cache
        .scan(ScanQuery::new())
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    // Each node tells of its own keys, when it comes to it: some changes are still on their way.
    while copy != truth {
        take(next(&mut watch).await, &mut copy);
    }
}

/// Follows a change in a copy of the cache.
fn take(change: Change<i32, i32>, copy: &mut BTreeMap<i32, i32>) {
    match change {
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
        // Other tests make caches, so that a query may be in doubt.
        Change::Gap { reason } => {
            assert!(matches!(reason, Error::EventsInDoubt), "{reason}");
            copy.clear();
        }
        Change::AllFound | Change::Resumed { .. } => {}
        other => panic!("it is new to this test: {other:?}"),
    }
}

async fn write(cache: Cache<i32, i32>) {
    for round in 1..=3 {
        for key in (0..600).step_by(round) {
            if key % 5 == 0 {
                cache.remove(&key).await.unwrap();
            } else {
                cache
                    .put(&key, &i32::try_from(round).unwrap())
                    .await
                    .unwrap();
            }
        }
    }
}
