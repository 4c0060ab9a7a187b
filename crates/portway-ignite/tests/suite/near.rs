use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite::{
    Cache, CacheConfiguration, Client, Error, ExpiryDuration, ExpiryPolicy, NearCache, NearOptions,
    NearStatistics, WeakCaches,
};

use super::{lasting_cache, unique};

pub(crate) async fn fresh_near(
    client: &Client,
    subject: &str,
) -> (Cache<i32, String>, NearCache<i32, String>) {
    let cache = lasting_cache(client, subject).await;
    let near = cache.near(NearOptions::new()).await.unwrap();
    (cache, near)
}

/// Whether a near cache was not emptied in between: caches of other tests come and go.
fn is_calm(before: NearStatistics, after: NearStatistics) -> bool {
    before.following && after.following && before.gaps == after.gaps
}

/// Reads until the near cache has taken the change in.
pub(crate) async fn until(near: &NearCache<i32, String>, key: i32, expected: Option<&str>) {
    while near.get(&key).await.unwrap().as_deref().map(String::as_str) != expected {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub(crate) async fn a_second_read_does_not_ask_the_grid(client: Client) {
    let (cache, near) = fresh_near(&client, "near").await;
    cache.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
    loop {
        // The event of the write itself may have dropped what was kept just now.
        near.get(&1).await.unwrap();
        let before = near.statistics();
        let mut peeked = Vec::new();
        for _ in 0..10 {
            assert_eq!(
                near.get(&1).await.unwrap().as_deref().map(String::as_str),
                Some("a")
            );
            peeked.push(near.peek(&1));
        }
        let after = near.statistics();
        // The event of the write itself may come as late as now, and caches come and go beside this
        // one: both drop what was kept.
        if after.invalidations == before.invalidations && is_calm(before, after) {
            let is_kept = |kept: &Option<_>| kept.as_deref().map(String::as_str) == Some("a");
            assert!(peeked.iter().all(is_kept), "{peeked:?}");
            assert_eq!(
                (after.misses, after.hits),
                (before.misses, before.hits + 20)
            );
            return;
        }
    }
}

pub(crate) async fn what_was_cleared_through_it_is_gone(client: Client) {
    let (cache, near) = fresh_near(&client, "near-cleared").await;
    cache.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
    near.clear().await.unwrap();
    assert_eq!(near.peek(&1), None);
    assert_eq!(near.get(&1).await.unwrap(), None);
}

pub(crate) async fn changes_of_others_are_seen(client: Client) {
    let (cache, near) = fresh_near(&client, "near-others").await;
    until(&near, 1, None).await;
    cache.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
    cache.put(&1, "b").await.unwrap();
    until(&near, 1, Some("b")).await;
    cache.remove(&1).await.unwrap();
    until(&near, 1, None).await;
}

pub(crate) async fn own_writes_are_seen_at_once(client: Client) {
    let (_, near) = fresh_near(&client, "near-own").await;
    for round in 0..300 {
        let text = round.to_string();
        let read = || async { near.get(&1).await.unwrap().as_deref().cloned() };
        near.put(&1, &text).await.unwrap();
        assert_eq!(read().await, Some(text.clone()));
        near.changing([&1], near.cache().replace(&1, "replaced"))
            .await
            .unwrap();
        assert_eq!(read().await.as_deref(), Some("replaced"));
        near.remove(&1).await.unwrap();
        assert_eq!(read().await, None);
        near.put_all([(&1, &text)]).await.unwrap();
        assert_eq!(read().await, Some(text));
    }
}

pub(crate) async fn a_key_without_value_is_known_until_it_has_one(client: Client) {
    let (cache, near) = fresh_near(&client, "near-absent").await;
    loop {
        let before = near.statistics();
        assert!(near.get(&1).await.unwrap().is_none());
        let asked = near.statistics().misses;
        assert!(near.get(&1).await.unwrap().is_none());
        let after = near.statistics();
        if is_calm(before, after) {
            assert_eq!(after.misses, asked);
            break;
        }
    }
    cache.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
}

pub(crate) async fn an_expired_entry_goes(client: Client) {
    let (cache, near) = fresh_near(&client, "near-expired").await;
    let soon = ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(200),
        ..Default::default()
    };
    cache.with_expiry(soon).put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
    until(&near, 1, None).await;
}

pub(crate) async fn what_is_kept_is_bounded(client: Client) {
    let cache: Cache<i32, String> = lasting_cache(&client, "near-bounded").await;
    let few = NonZeroUsize::new(50).unwrap();
    loop {
        let options = NearOptions::new().max_entries(few);
        let near = cache.near(options).await.unwrap();
        let before = near.statistics();
        for key in 0..500 {
            near.get(&key).await.unwrap();
        }
        let after = near.statistics();
        assert!(after.entries <= 50, "{after:?}");
        if is_calm(before, after) {
            assert_eq!(after.evictions, 450);
            break;
        }
    }
}

pub(crate) async fn readers_of_one_key_share_one_question(client: Client) {
    let (_, near) = fresh_near(&client, "near-shared").await;
    for key in 0.. {
        let before = near.statistics();
        let read = |near: NearCache<i32, String>| async move { near.get(&key).await.unwrap() };
        let readers: Vec<_> = (0..50).map(|_| tokio::spawn(read(near.clone()))).collect();
        for reader in readers {
            assert!(reader.await.unwrap().is_none());
        }
        let after = near.statistics();
        if is_calm(before, after) {
            let asked = after.misses - before.misses;
            assert_eq!(asked - (after.shared - before.shared), 1, "{after:?}");
            break;
        }
    }
}

pub(crate) async fn what_is_too_old_is_read_again(client: Client) {
    let cache: Cache<i32, String> = lasting_cache(&client, "near-age").await;
    let options = NearOptions::new().max_age(Duration::from_millis(50));
    let near = cache.near(options).await.unwrap();
    near.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
    // Nobody is told of this.
    cache.clear().await.unwrap();
    until(&near, 1, None).await;
}

pub(crate) async fn what_the_grid_does_not_tell_is_dropped_by_hand(client: Client) {
    let (cache, near) = fresh_near(&client, "near-cleared").await;
    near.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
    cache.clear().await.unwrap();
    near.invalidate_all();
    assert!(near.get(&1).await.unwrap().is_none());
}

pub(crate) async fn a_cache_that_is_read_from_backups_is_refused(client: Client) {
    let mut configuration = CacheConfiguration::new(unique("near-weak"));
    configuration.backups = 1;
    // It stays, too.
    configuration.group = Some("lasting-with-backups".to_owned());
    let cache: Cache<i32, String> = client.create_cache(configuration).await.unwrap();
    let refused = cache.near(NearOptions::new()).await.unwrap_err();
    assert!(matches!(refused, Error::WeakNearCache { .. }), "{refused}");
    let weak = NearOptions::new().weak_caches(WeakCaches::Accepted);
    cache.near(weak).await.unwrap();
}

pub(crate) async fn a_dropped_near_cache_ends_its_query(client: Client) {
    let cache: Cache<i32, String> = lasting_cache(&client, "near-dropped").await;
    // A server allows 128 continuous queries on a connection unless told otherwise.
    for _ in 0..140 {
        cache.near(NearOptions::new()).await.unwrap();
        tokio::task::yield_now().await;
    }
    let near = Arc::new(cache.near(NearOptions::new()).await.unwrap());
    cache.put(&1, "a").await.unwrap();
    until(&near, 1, Some("a")).await;
}
