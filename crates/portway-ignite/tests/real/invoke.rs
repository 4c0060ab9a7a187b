//! Code on the server: entry processors and scan filters.

use std::collections::BTreeMap;

use portway_ignite::{Cache, Client, IgniteObject, ScanQuery, Status};

use crate::suite::fresh_cache;

#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.Add")]
struct Add {}

#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.Fail")]
struct Fail {}

#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.Above")]
struct Above {
    bound: i64,
    field: Option<String>,
}

pub(crate) async fn a_processor_changes_an_entry_and_answers(client: Client) {
    let cache: Cache<i32, i64> = fresh_cache(&client, "invoke").await;
    let sum: i64 = cache.invoke(&1, &Add {}, (5_i64,)).await.unwrap();
    assert_eq!(sum, 5);
    let sum: Option<i64> = cache.invoke(&1, &Add {}, (1_i64, 2_i64)).await.unwrap();
    assert_eq!(sum, Some(8));
    assert_eq!(cache.get(&1).await.unwrap(), Some(8));
}

pub(crate) async fn what_a_processor_throws_has_its_own_status(client: Client) {
    let cache: Cache<i32, i64> = fresh_cache(&client, "invoke").await;
    let answer = cache.invoke::<Option<i64>, _, _>(&1, &Fail {}, ("on purpose",));
    let error = answer.await.unwrap_err();
    assert_eq!(error.status(), Some(Status::ENTRY_PROCESSOR));
    assert!(error.to_string().contains("on purpose"), "{error}");
    assert_eq!(cache.get(&1).await.unwrap(), None);
}

pub(crate) async fn each_of_several_keys_has_its_own_outcome(client: Client) {
    let cache: Cache<i32, i64> = fresh_cache(&client, "invoke").await;
    cache.put(&1, &10).await.unwrap();
    let sums = cache.invoke_all::<i64, _, _>(&[1, 2, 3], &Add {}, (1_i64,));
    let sums: BTreeMap<i32, i64> = sums
        .await
        .unwrap()
        .into_iter()
        .map(|(key, sum)| (key, sum.unwrap()))
        .collect();
    assert_eq!(sums, BTreeMap::from([(1, 11), (2, 1), (3, 1)]));

    let failures = cache.invoke_all::<Option<i64>, _, _>(&[1, 2], &Fail {}, ("no",));
    for (_, outcome) in failures.await.unwrap() {
        let error = outcome.unwrap_err();
        assert!(error.message.contains("no"), "{error}");
    }
}

pub(crate) async fn a_scan_answers_what_its_filter_accepts(client: Client) {
    let cache: Cache<i32, i64> = fresh_cache(&client, "filter").await;
    let entries: BTreeMap<i32, i64> = (0..100).map(|key| (key, i64::from(key))).collect();
    cache.put_all(&entries).await.unwrap();
    let filter = Above {
        bound: 89,
        field: None,
    };
    let cursor = cache.scan(ScanQuery::new().filter(filter)).await.unwrap();
    let found: BTreeMap<i32, i64> = cursor.collect().await.unwrap();
    assert!(found.into_keys().eq(90..100));
}
