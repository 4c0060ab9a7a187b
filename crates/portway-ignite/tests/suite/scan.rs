use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite::{Cache, Client, ContinuousQuery, ScanQuery};
use tokio::time::timeout;

use super::fresh_cache;

async fn filled(client: &Client, subject: &str, size: i32) -> Cache<i32, String> {
    let cache = fresh_cache(client, subject).await;
    let entries: BTreeMap<i32, String> = (0..size).map(|key| (key, key.to_string())).collect();
    cache.put_all(&entries).await.unwrap();
    cache
}

pub(crate) async fn a_scan_pages_through_all_entries(client: Client) {
    let cache = filled(&client, "pages", 257).await;
    for page_size in [1, 100, 256, 257, 1000] {
        let query = ScanQuery::new().page_size(NonZeroU32::new(page_size).unwrap());
        let cursor = cache.scan(query).await.unwrap();
        let seen: BTreeMap<i32, String> = cursor.collect().await.unwrap();
        let keys: Vec<i32> = seen.keys().copied().collect();
        assert_eq!(keys, (0..257).collect::<Vec<_>>(), "page size {page_size}");
        assert!(seen.iter().all(|(key, value)| *value == key.to_string()));
    }
}

pub(crate) async fn an_empty_cache_has_no_entries(client: Client) {
    let cache: Cache<i32, i32> = fresh_cache(&client, "empty").await;
    let mut cursor = cache.scan(ScanQuery::new()).await.unwrap();
    assert!(cursor.next().await.is_none());
    assert!(cursor.next().await.is_none());
}

/// A server allows 128 open cursors on a connection unless told otherwise.
pub(crate) async fn a_dropped_cursor_is_closed_on_the_server(client: Client) {
    let cache = filled(&client, "dropped-cursor", 10).await;
    for _ in 0..300 {
        let query = ScanQuery::new().page_size(NonZeroU32::MIN);
        let mut cursor = cache.scan(query).await.unwrap();
        assert!(cursor.next().await.unwrap().is_ok());
    }
}

/// Some are dropped before the request leaves, some on the way, some when the answer is there.
pub(crate) async fn abandoned_scans_and_queries_leave_nothing_behind(client: Client) {
    let cache = filled(&client, "abandoned", 10).await;
    let page = || ScanQuery::new().page_size(NonZeroU32::MIN);
    for round in 0..400 {
        let patience = Duration::from_micros(round * 5);
        let _ = timeout(patience, cache.scan(page())).await;
        // A cluster agrees on each new query, which takes its time.
        if round % 8 == 0 {
            let _ = timeout(patience, cache.continuous_query(ContinuousQuery::new())).await;
        }
    }
    let mut cursors = Vec::new();
    for _ in 0..100 {
        cursors.push(cache.scan(page()).await.unwrap());
    }
    for mut cursor in cursors {
        assert!(cursor.next().await.unwrap().is_ok());
    }
}

pub(crate) async fn the_partitions_together_are_the_cache(client: Client) {
    let cache = filled(&client, "partitions", 20).await;
    let mut seen = 0;
    for partition in 0..1024 {
        let cursor = cache
            .scan(ScanQuery::new().partition(partition))
            .await
            .unwrap();
        seen += cursor.collect::<BTreeMap<_, _>>().await.unwrap().len();
    }
    assert_eq!(seen, 20);
}
