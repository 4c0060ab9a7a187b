//! Writes with versions of another cluster.

use std::time::{Duration, SystemTime};

use portway_ignite::{Cache, Client, ConflictPut, EntryVersion};

use crate::suite::fresh_cache;

fn version(order: i64) -> EntryVersion {
    EntryVersion {
        topology: 1,
        order,
        node_order: 1,
        data_center: 2,
    }
}

fn put(value: &str, order: i64) -> ConflictPut<'_, i32, str> {
    ConflictPut {
        key: &1,
        value,
        version: version(order),
        expires: None,
    }
}

/// A node without a conflict resolver takes every version.
pub(crate) async fn an_entry_of_another_cluster_is_written_and_removed(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "conflict").await;
    cache.put_all_conflict([put("five", 5)]).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap().as_deref(), Some("five"));
    cache.put_all_conflict([put("seven", 7)]).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap().as_deref(), Some("seven"));
    cache.remove_all_conflict([(&1, version(8))]).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), None);
}

pub(crate) async fn an_entry_of_another_cluster_expires_when_it_does_there(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "conflict").await;
    let soon = ConflictPut {
        expires: Some(SystemTime::now() + Duration::from_millis(300)),
        ..put("short", 1)
    };
    cache.put_all_conflict([soon]).await.unwrap();
    while cache.get(&1).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
