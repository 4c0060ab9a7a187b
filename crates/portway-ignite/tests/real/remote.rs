//! Code on the nodes: filters of events, receivers of streamed entries. The classes are those of
//! `scripts/ignite`.

use portway_ignite::{Cache, Client, ContinuousQuery, IgniteObject, StreamerOptions, WatchOptions};

use crate::suite::{fresh_cache, soon};

#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.EventsAbove")]
struct EventsAbove {
    bound: i64,
    field: Option<String>,
}

#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.AddUp")]
struct AddUp {}

fn events_above(bound: i64) -> ContinuousQuery {
    ContinuousQuery::new().filter(EventsAbove { bound, field: None })
}

pub(crate) async fn a_filter_on_the_nodes_decides_which_events_are_told(client: Client) {
    let cache: Cache<i32, i64> = fresh_cache(&client, "filtered-events").await;
    let mut events = cache.continuous_query(events_above(10)).await.unwrap();
    let options = WatchOptions::new().query(events_above(10));
    let _watch = cache.watch(options).await.unwrap();
    for value in [5, 11, 7, 12] {
        cache.put(&1, &value).await.unwrap();
    }
    for expected in [11, 12] {
        let event = soon(events.next()).await.unwrap().unwrap();
        assert_eq!(event.value(), Some(&expected));
    }
}

pub(crate) async fn a_receiver_puts_streamed_entries_into_the_cache(client: Client) {
    let cache: Cache<i32, i64> = fresh_cache(&client, "received").await;
    cache.put(&1, &100).await.unwrap();
    let streamer = cache.streamer(StreamerOptions::new().receiver(AddUp {}));
    streamer.add(&1, &11).await.unwrap();
    streamer.add(&2, &22).await.unwrap();
    streamer.close().await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(111));
    assert_eq!(cache.get(&2).await.unwrap(), Some(22));
}
