use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use portway_ignite::{
    Cache, Client, Decimal, Error, ExpiryDuration, ExpiryPolicy, PeekMode, ReadValue, Timestamp,
    WriteValue,
};
use uuid::Uuid;

use super::fresh_cache;

pub(crate) async fn one_key_is_written_read_and_removed(client: Client) {
    let cache: Cache<String, i32> = fresh_cache(&client, "one-key").await;
    assert_eq!(cache.get("a").await.unwrap(), None);
    cache.put("a", &1).await.unwrap();
    assert_eq!(cache.get("a").await.unwrap(), Some(1));
    assert_eq!(cache.get_and_put("a", &2).await.unwrap(), Some(1));
    assert_eq!(cache.get_and_put("b", &9).await.unwrap(), None);
    assert_eq!(cache.get_and_replace("a", &3).await.unwrap(), Some(2));
    assert_eq!(cache.get_and_replace("c", &3).await.unwrap(), None);
    assert!(cache.contains_key("a").await.unwrap());
    assert_eq!(cache.size().await.unwrap(), 2);
    assert_eq!(cache.get_and_remove("a").await.unwrap(), Some(3));
    assert_eq!(cache.get_and_remove("a").await.unwrap(), None);
    assert!(cache.remove("b").await.unwrap());
    assert!(!cache.remove("b").await.unwrap());
    assert_eq!(cache.size().await.unwrap(), 0);
}

pub(crate) async fn conditional_changes_depend_on_what_is_there(client: Client) {
    let cache: Cache<i64, String> = fresh_cache(&client, "conditional").await;
    assert!(!cache.replace(&1, "a").await.unwrap());
    assert!(cache.put_if_absent(&1, "a").await.unwrap());
    assert!(!cache.put_if_absent(&1, "b").await.unwrap());
    assert_eq!(
        cache.get_and_put_if_absent(&1, "b").await.unwrap(),
        Some("a".to_owned())
    );
    assert_eq!(cache.get_and_put_if_absent(&2, "b").await.unwrap(), None);
    assert!(cache.replace(&1, "c").await.unwrap());
    assert!(!cache.replace_if_equals(&1, "a", "d").await.unwrap());
    assert!(cache.replace_if_equals(&1, "c", "d").await.unwrap());
    assert!(!cache.remove_if_equals(&1, "c").await.unwrap());
    assert!(cache.remove_if_equals(&1, "d").await.unwrap());
    assert_eq!(cache.get(&1).await.unwrap(), None);
}

pub(crate) async fn many_keys_travel_in_one_request(client: Client) {
    let cache: Cache<i32, String> = fresh_cache(&client, "many-keys").await;
    let written: BTreeMap<i32, String> = (0..500).map(|key| (key, key.to_string())).collect();
    cache.put_all(&written).await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 500);
    let read = cache.get_all(&[7, 8, 1000]).await.unwrap();
    let read: BTreeMap<i32, String> = read.into_iter().collect();
    assert_eq!(
        read,
        BTreeMap::from([(7, "7".to_owned()), (8, "8".to_owned())])
    );
    assert!(cache.contains_keys(&[1, 2, 3]).await.unwrap());
    assert!(!cache.contains_keys(&[1, 2, 1000]).await.unwrap());
    cache.remove_keys(&[1, 2, 1000]).await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 498);
}

pub(crate) async fn clearing_removes_entries(client: Client) {
    let cache: Cache<i32, i32> = fresh_cache(&client, "clearing").await;
    let entries: HashMap<i32, i32> = (0..10).map(|key| (key, key)).collect();
    cache.put_all(&entries).await.unwrap();
    cache.clear_key(&1).await.unwrap();
    cache.clear_keys(&[2, 3]).await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 7);
    cache.clear().await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 0);
    cache.put_all(&entries).await.unwrap();
    cache.remove_all().await.unwrap();
    assert_eq!(cache.size().await.unwrap(), 0);
}

pub(crate) async fn values_of_every_type_come_back(client: Client) {
    comes_back(&client, true).await;
    comes_back(&client, 7_i8).await;
    comes_back(&client, -7_i16).await;
    comes_back(&client, 'x' as u16).await;
    comes_back(&client, i32::MIN).await;
    comes_back(&client, i64::MAX).await;
    comes_back(&client, 1.5_f32).await;
    comes_back(&client, -2.25_f64).await;
    comes_back(&client, "žluťoučký 🐎".to_owned()).await;
    comes_back(&client, Uuid::new_v4()).await;
    comes_back(&client, vec![1_u8, 2, 255]).await;
    comes_back(&client, vec![1_i64, -2]).await;
    comes_back(&client, vec!["a".to_owned(), "b".to_owned()]).await;
    comes_back(&client, BTreeMap::from([("k".to_owned(), 1_i32)])).await;
    comes_back(
        &client,
        Timestamp {
            milliseconds: 1_700_000_000_123,
            nanoseconds: 456,
        },
    )
    .await;
    comes_back(&client, Decimal::new(-12345, 2)).await;
}

async fn comes_back<T>(client: &Client, value: T)
where
    T: WriteValue + ReadValue + PartialEq + std::fmt::Debug,
{
    let cache: Cache<i32, T> = fresh_cache(client, "types").await;
    cache.put(&1, &value).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(value));
    client.destroy_cache(cache.name()).await.unwrap();
}

pub(crate) async fn entries_expire_as_their_handle_says(client: Client) {
    let cache: Cache<i32, i32> = fresh_cache(&client, "expiry").await;
    let soon = ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(300),
        ..Default::default()
    };
    cache.with_expiry(soon).put(&1, &1).await.unwrap();
    cache.put(&2, &2).await.unwrap();
    assert_eq!(cache.get(&1).await.unwrap(), Some(1));
    while cache.get(&1).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(cache.get(&2).await.unwrap(), Some(2));
}

pub(crate) async fn many_requests_of_many_clones_share_one_connection(client: Client) {
    let cache: Cache<i32, i32> = fresh_cache(&client, "clones").await;
    let tasks: Vec<_> = (0..200)
        .map(|key| {
            let cache = cache.clone();
            tokio::spawn(async move {
                cache.put(&key, &(key * 2)).await.unwrap();
                cache.get(&key).await.unwrap()
            })
        })
        .collect();
    for (key, task) in (0..).zip(tasks) {
        assert_eq!(task.await.unwrap(), Some(key * 2));
    }
}

pub(crate) async fn a_value_of_another_type_is_a_decode_error(client: Client) {
    let numbers: Cache<i32, i32> = fresh_cache(&client, "other-type").await;
    numbers.put(&1, &1).await.unwrap();
    let texts: Cache<i32, String> = client.cache(numbers.name());
    let error = texts.get(&1).await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error}");
    assert_eq!(
        numbers.get(&1).await.unwrap(),
        Some(1),
        "the connection is still usable"
    );
}

pub(crate) async fn a_large_value_comes_back(client: Client) {
    let cache: Cache<i32, Vec<u8>> = fresh_cache(&client, "large").await;
    let value: Vec<u8> = (0..3_000_000_u32)
        .map(|number| number.to_le_bytes()[0])
        .collect();
    cache.put(&1, &value).await.unwrap();
    assert!(cache.get(&1).await.unwrap() == Some(value));
}

pub(crate) async fn what_is_where_is_told(client: Client) {
    let cache: Cache<i32, i32> = fresh_cache(&client, "peek").await;
    cache.put_all([(&1, &10), (&2, &20)]).await.unwrap();
    let primary = [PeekMode::Primary];
    assert_eq!(cache.size_of(primary).await.unwrap(), 2);
    assert_eq!(cache.size_of([]).await.unwrap(), 2);
    assert_eq!(cache.local_peek(&3).await.unwrap(), None);
}
