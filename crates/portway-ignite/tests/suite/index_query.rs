//! Index queries.

use std::num::NonZeroU32;

use portway_ignite::{Cache, Client, Error, IgniteObject, IndexQuery, SqlQuery};

use super::sql::GROUP;

/// What a table's rows are as values.
#[derive(IgniteObject, Debug, Clone, PartialEq)]
#[ignite(type_name = "portway.Aged")]
pub(crate) struct Aged {
    #[ignite(rename = "AGE")]
    pub(crate) age: Option<i32>,
    #[ignite(rename = "NAME")]
    pub(crate) name: String,
}

/// Keys 0 to 9 with ages 0, 10, ... 90.
pub(crate) async fn aged(client: &Client) -> Cache<i32, Aged> {
    let name = format!("T{:X}", uuid::Uuid::new_v4().simple());
    super::drop_after_test(&name);
    let create = format!(
        "CREATE TABLE {name} (id INT PRIMARY KEY, age INT, name VARCHAR) \
         WITH \"CACHE_NAME={name},VALUE_TYPE=portway.Aged,{GROUP}\""
    );
    client.execute(&create).await.unwrap();
    let index = format!("CREATE INDEX {name}_AGE ON {name} (age)");
    client.execute(&index).await.unwrap();
    let cache = client.cache(&name);
    for id in 0..10 {
        let value = Aged {
            age: Some(id * 10),
            name: id.to_string(),
        };
        cache.put(&id, &value).await.unwrap();
    }
    cache
}

pub(crate) async fn keys(cache: &Cache<i32, Aged>, query: IndexQuery<'_>) -> Vec<i32> {
    let cursor = cache.index_query(query).await.unwrap();
    let entries: Vec<(i32, Aged)> = cursor.collect().await.unwrap();
    entries.into_iter().map(|(key, _)| key).collect()
}

pub(crate) fn query<'q>() -> IndexQuery<'q> {
    IndexQuery::new("portway.Aged")
}

pub(crate) async fn every_criterion_finds_its_entries(client: Client) {
    let cache = aged(&client).await;
    let found = [
        (query().equal("AGE", &30), vec![3]),
        (query().between("AGE", &30, &50), vec![3, 4, 5]),
        (query().less("AGE", &20), vec![0, 1]),
        (query().less_or_equal("AGE", &20), vec![0, 1, 2]),
        (query().greater("AGE", &70), vec![8, 9]),
        (query().greater_or_equal("AGE", &70), vec![7, 8, 9]),
        (query().one_of("AGE", &[90, 10, 11]), vec![1, 9]),
        (query().greater("AGE", &20).less("AGE", &50), vec![3, 4]),
    ];
    for (query, expected) in found {
        let text = format!("{query:?}");
        assert_eq!(keys(&cache, query).await, expected, "{text}");
    }
    let none: [&i32; 0] = [];
    let refused = cache.index_query(query().one_of("AGE", none)).await;
    assert!(
        matches!(refused, Err(Error::Senseless { .. })),
        "{refused:?}"
    );
}

pub(crate) async fn entries_come_in_the_order_of_the_index_and_up_to_the_limit(client: Client) {
    let cache = aged(&client).await;
    let youngest = Aged {
        age: Some(-1),
        name: "youngest".to_owned(),
    };
    cache.put(&77, &youngest).await.unwrap();
    let index = format!("{}_AGE", cache.name());
    let first = query().index(index).less("AGE", &100).limit(3);
    assert_eq!(keys(&cache, first).await, [77, 0, 1]);
    let mut in_one_partition = 0;
    for partition in 0..1024 {
        let query = query().less("AGE", &100).partition(partition);
        in_one_partition += keys(&cache, query).await.len();
    }
    assert_eq!(in_one_partition, 11);
}

pub(crate) async fn a_null_is_a_value_of_an_index(client: Client) {
    let cache = aged(&client).await;
    let unknown = Aged {
        age: None,
        name: "unknown".to_owned(),
    };
    cache.put(&77, &unknown).await.unwrap();
    let null = None::<i32>;
    assert_eq!(keys(&cache, query().equal("AGE", &null)).await, [77]);
    let known = query().greater("AGE", &null).limit(2);
    assert_eq!(keys(&cache, known).await, [0, 1]);
    let update = format!("SELECT COUNT(*) FROM {} WHERE age IS NULL", cache.name());
    let counted = client.sql(SqlQuery::new(update)).await.unwrap();
    assert_eq!(counted.collect_as::<(i64,)>().await.unwrap(), [(1,)]);
}

pub(crate) async fn an_index_query_pages_and_is_closed_when_dropped(client: Client) {
    let cache = aged(&client).await;
    let small = || query().less("AGE", &100).page_size(NonZeroU32::MIN);
    assert_eq!(keys(&cache, small()).await, (0..10).collect::<Vec<_>>());
    for _ in 0..200 {
        let mut cursor = cache.index_query(small()).await.unwrap();
        assert!(cursor.next().await.unwrap().is_ok());
    }
}
