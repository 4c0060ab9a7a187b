//! Statements and their options.

use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite::{
    Cache, CacheConfiguration, Client, QueryEntity, QueryField, SqlQuery, StatementKind, Status,
};

/// Tables share their partitions: each alone would take memory for a thousand of them.
pub(crate) const GROUP: &str = "CACHE_GROUP=portway-sql";

/// A table that no other test has.
pub(crate) async fn fresh_table(client: &Client, columns: &str) -> String {
    let name = format!("T{:X}", uuid::Uuid::new_v4().simple());
    super::drop_after_test(&name);
    let create = format!("CREATE TABLE {name} ({columns}) WITH \"{GROUP}\"");
    assert_eq!(client.execute(&create).await.unwrap(), 0);
    name
}

/// A table with the numbers below `size` and their names.
pub(crate) async fn numbers(client: &Client, size: i32) -> String {
    let table = fresh_table(client, "id INT PRIMARY KEY, name VARCHAR").await;
    let insert = format!("INSERT INTO {table} (id, name) VALUES (?, ?)");
    let rows = (0..size).map(|number| (number, number.to_string()));
    let inserted = client.execute_batch(&insert, rows).await.unwrap();
    assert!(inserted.iter().all(|count| *count == 1));
    table
}

pub(crate) async fn a_table_is_made_filled_and_asked(client: Client) {
    let table = fresh_table(&client, "id INT PRIMARY KEY, name VARCHAR").await;
    let insert = format!("INSERT INTO {table} (id, name) VALUES (?, ?), (?, ?)");
    let insert = SqlQuery::new(&insert)
        .arguments((1, "one"))
        .argument(&2)
        .argument("two");
    assert_eq!(client.execute(insert).await.unwrap(), 2);

    let select = format!("SELECT id, name FROM {table} WHERE name = ?");
    let mut rows = client
        .sql(SqlQuery::new(select).argument("two"))
        .await
        .unwrap();
    assert_eq!(rows.columns(), ["ID", "NAME"]);
    assert_eq!(rows.update_count(), None);
    let row = rows.next().await.unwrap().unwrap();
    assert_eq!(row.get::<i32>("id").unwrap(), 2);
    assert!(rows.next().await.is_none());

    let update = format!("UPDATE {table} SET name = 'some'");
    let cursor = client.sql(&update).await.unwrap();
    assert_eq!(cursor.update_count(), Some(2));
}

pub(crate) async fn an_error_has_its_sql_state(client: Client) {
    let table = numbers(&client, 1).await;
    let state = async |sql: String| {
        let error = client.sql(&sql).await.unwrap_err();
        assert_eq!(error.status(), Some(Status::FAILED), "{error}");
        error.sql_state().map(str::to_owned)
    };
    assert_eq!(state("SELEC 1".to_owned()).await.as_deref(), Some("42000"));
    let again = format!("INSERT INTO {table} (id, name) VALUES (0, 'again')");
    assert_eq!(state(again).await.as_deref(), Some("23000"));
    let other = client.cache::<i32, i32>("none").get(&1).await.unwrap_err();
    assert_eq!(other.sql_state(), None);
}

pub(crate) async fn every_option_is_understood_by_the_server(client: Client) {
    let table = numbers(&client, 50).await;
    let select = format!("SELECT id FROM {table}");
    let query = || SqlQuery::new(&select);
    let some = NonZeroU32::new(7).unwrap();
    let queries = [
        query().schema("PUBLIC").page_size(some),
        query().statement(StatementKind::Select),
        query().distributed_joins(),
        query().enforce_join_order().collocated(),
        query().local(),
        query().lazy(false),
        query().timeout(Duration::from_secs(5)),
        query().timeout(Duration::ZERO),
        query().partitions(0..1024),
        query().update_batch_size(some),
        query().initiator("the suite"),
    ];
    for query in queries {
        let text = format!("{query:?}");
        let rows: Vec<(i32,)> = client.sql(query).await.unwrap().collect_as().await.unwrap();
        assert!(text.contains("local: true") || rows.len() == 50, "{text}");
    }
    let one: Vec<(i32,)> = client
        .sql(query().partitions([3]))
        .await
        .unwrap()
        .collect_as()
        .await
        .unwrap();
    assert!(one.len() < 50, "one partition has not all");
}

pub(crate) async fn a_statement_of_the_wrong_kind_is_refused(client: Client) {
    let table = numbers(&client, 3).await;
    let delete = format!("DELETE FROM {table}");
    let query = SqlQuery::new(&delete).statement(StatementKind::Select);
    assert!(client.sql(query).await.is_err());
    let select = format!("SELECT id FROM {table}");
    assert!(client.execute(&select).await.is_err());
    let rows: Vec<(i32,)> = client
        .sql(&select)
        .await
        .unwrap()
        .collect_as()
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
}

pub(crate) async fn a_query_over_its_time_is_ended(client: Client) {
    let slow = "SELECT COUNT(*) FROM SYSTEM_RANGE(1, 20000) a, SYSTEM_RANGE(1, 20000) b \
                WHERE MOD(a.x * b.x, 7) = 3";
    let query = SqlQuery::new(slow).timeout(Duration::from_millis(100));
    let error = client.sql(query).await.unwrap_err();
    assert!(error.sql_state().is_some(), "{error}");
    assert!(error.to_string().contains("cancelled"), "{error}");
}

async fn people(client: &Client) -> Cache<i32, i32> {
    let name = super::unique("sql");
    super::destroy_after_test(&name);
    let mut configuration = CacheConfiguration::new(&name);
    configuration.group = Some("portway-sql".to_owned());
    configuration.sql_schema = Some(format!("S{}", uuid::Uuid::new_v4().simple()));
    let mut entity = QueryEntity {
        key_type: Some("java.lang.Integer".to_owned()),
        value_type: Some("java.lang.Integer".to_owned()),
        table: Some("AGE".to_owned()),
        key_field: Some("ID".to_owned()),
        value_field: Some("YEARS".to_owned()),
        ..QueryEntity::default()
    };
    entity.fields = vec![
        QueryField::new("ID", "java.lang.Integer"),
        QueryField::new("YEARS", "java.lang.Integer"),
    ];
    configuration.query_entities = vec![entity];
    let cache = client.create_cache(configuration).await.unwrap();
    cache
        .put_all([(&1, &30), (&2, &40), (&3, &50)])
        .await
        .unwrap();
    cache
}

pub(crate) async fn a_cache_is_a_schema_and_a_table(client: Client) {
    let cache = people(&client).await;
    let query = SqlQuery::new("SELECT id FROM age WHERE years > ? ORDER BY id").argument(&35);
    let ids: Vec<(i32,)> = cache.sql(query).await.unwrap().collect_as().await.unwrap();
    assert_eq!(ids, [(2,), (3,)]);
}

pub(crate) async fn the_older_form_of_sql_answers_entries(client: Client) {
    let cache = people(&client).await;
    let condition = SqlQuery::new("years < ?")
        .argument(&45)
        .page_size(NonZeroU32::MIN);
    let cursor = cache.entries_where("Integer", condition).await;
    let mut found: Vec<(i32, i32)> = cursor.unwrap().collect().await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [(1, 30), (2, 40)]);
}
