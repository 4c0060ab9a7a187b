use std::collections::BTreeSet;

use portway_ignite::{
    Cache, CacheEvent, Client, ContinuousQuery, EventStream, ExpiryDuration, ExpiryPolicy,
};

use tokio::time::timeout;

use super::fresh_cache;

async fn next(events: &mut EventStream<i32, String>) -> CacheEvent<i32, String> {
    super::soon(events.next())
        .await
        .expect("the stream goes on")
        .unwrap()
}

pub(crate) async fn every_kind_of_event_is_told_in_order(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "events").await;
    let mut events = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap();
    cache.put(&1, "a").await.unwrap();
    cache.put(&1, "b").await.unwrap();
    cache.remove(&1).await.unwrap();
    let (a, b) = ("a".to_owned(), "b".to_owned());
    assert_eq!(
        next(&mut events).await,
        CacheEvent::Created {
            key: 1,
            value: a.clone()
        }
    );
    let updated = CacheEvent::Updated {
        key: 1,
        old: Some(a),
        value: b.clone(),
    };
    assert_eq!(next(&mut events).await, updated);
    assert_eq!(
        next(&mut events).await,
        CacheEvent::Removed {
            key: 1,
            old: Some(b)
        }
    );
}

pub(crate) async fn an_expired_entry_is_told(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "expired").await;
    let mut events = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap();
    let soon = ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(200),
        ..Default::default()
    };
    cache.with_expiry(soon).put(&1, "a").await.unwrap();
    let a = "a".to_owned();
    assert_eq!(
        next(&mut events).await,
        CacheEvent::Created {
            key: 1,
            value: a.clone()
        }
    );
    assert_eq!(
        next(&mut events).await,
        CacheEvent::Expired {
            key: 1,
            old: Some(a)
        }
    );
}

/// A server allows 128 cursors and listeners on a connection unless told otherwise.
pub(crate) async fn a_dropped_stream_ends_on_the_server(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "dropped-stream").await;
    for _ in 0..140 {
        drop(
            cache
                .continuous_query(ContinuousQuery::new())
                .await
                .unwrap(),
        );
    }
    let mut events = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap();
    cache.put(&1, "a").await.unwrap();
    assert_eq!(*next(&mut events).await.key(), 1);
}

pub(crate) async fn many_events_arrive_without_loss(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "many-events").await;
    let mut events = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap();
    let mut missing: BTreeSet<i32> = (0..2000).collect();
    let writer = tokio::spawn(async move {
        for key in 0..2000 {
            cache.put(&key, "a").await.unwrap();
        }
    });
    while !missing.is_empty() {
        let Ok(event) = timeout(super::PATIENCE, events.next()).await else {
            let wrote = writer.is_finished();
            panic!("no more events; all were written: {wrote}; missing are {missing:?}");
        };
        missing.remove(event.expect("the stream goes on").unwrap().key());
    }
    writer.await.unwrap();
}
