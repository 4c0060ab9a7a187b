//! Tables of caches that a client makes: their names, and what they refuse.

use portway_ignite::{
    CacheConfiguration, Client, IndexField, IndexKind, PeekMode, QueryEntity, QueryField,
    QueryIndex, SqlQuery,
};

use super::sql::fresh_table;

fn unique(subject: &str) -> String {
    format!("{subject}-{}", uuid::Uuid::new_v4())
}

fn with_table(name: &str, entity: QueryEntity) -> CacheConfiguration {
    let mut configuration = CacheConfiguration::new(name);
    configuration.query_entities = vec![entity];
    configuration
}

fn numbers_and_texts() -> QueryEntity {
    QueryEntity {
        key_type: Some("java.lang.Integer".to_owned()),
        value_type: Some("java.lang.String".to_owned()),
        ..QueryEntity::default()
    }
}

async fn refusal(client: &Client, configuration: CacheConfiguration) -> String {
    let refused = client.create_cache::<i32, i32>(configuration).await;
    refused.unwrap_err().to_string()
}

pub(crate) async fn a_table_its_columns_and_indexes_have_names_without_being_given_any(
    client: Client,
) {
    let name = unique("named-tables");
    let mut entity = numbers_and_texts();
    entity.value_type = Some("example.Person".to_owned());
    entity.fields = vec![QueryField::new("city", "java.lang.String")];
    entity.indexes = vec![QueryIndex {
        name: None,
        kind: IndexKind::Sorted,
        inline_size: -1,
        fields: vec![IndexField {
            name: "city".to_owned(),
            descending: false,
        }],
    }];
    let configuration = with_table(&name, entity);
    client
        .create_cache::<i32, i32>(configuration)
        .await
        .unwrap();
    let stored = client.cache_configuration(&name).await.unwrap();
    let entity = &stored.query_entities[0];
    assert_eq!(entity.table.as_deref(), Some("PERSON"));
    assert_eq!(entity.aliases, [("city".to_owned(), "CITY".to_owned())]);
    let index = entity.indexes[0].name.as_deref();
    assert_eq!(index, Some("PERSON_CITY_ASC_IDX"));
    client.destroy_cache(&name).await.unwrap();
}

pub(crate) async fn a_configuration_tells_columns_as_they_were_when_the_table_was_made(
    client: Client,
) {
    let columns = "id INT PRIMARY KEY, name VARCHAR, zip INT, city VARCHAR";
    let table = fresh_table(&client, columns).await;
    for change in [
        format!("ALTER TABLE {table} ADD COLUMN more INT"),
        format!("ALTER TABLE {table} DROP COLUMN zip"),
        format!("CREATE INDEX ON {table} (city)"),
    ] {
        client.execute(&change).await.unwrap();
    }
    let cache = format!("SQL_PUBLIC_{table}");
    let told = client.cache_configuration(&cache).await.unwrap();
    let entity = &told.query_entities[0];
    let fields: Vec<&str> = entity.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(fields, ["ID", "NAME", "ZIP", "CITY"]);
    // They come in the order of Java's map.
    let aliases: Vec<&str> = entity.aliases.iter().map(|(field, _)| &**field).collect();
    assert_eq!(aliases, ["ZIP", "CITY", "ID", "NAME"]);
    assert!(entity.indexes.is_empty());
    let drop = format!("DROP TABLE {table}");
    client.execute(&drop).await.unwrap();
}

pub(crate) async fn a_table_whose_key_is_no_column_is_refused(client: Client) {
    let mut entity = numbers_and_texts();
    entity.key_field = Some("nope".to_owned());
    let refused = refusal(&client, with_table(&unique("no-key"), entity)).await;
    assert!(
        refused.contains("Key field is not in the field list"),
        "{refused}"
    );
}

pub(crate) async fn caches_of_a_group_have_the_same_number_of_copies(client: Client) {
    let (group, first) = (unique("group"), unique("first"));
    let mut configuration = CacheConfiguration::new(&first);
    configuration.group = Some(group.clone());
    client
        .create_cache::<i32, i32>(configuration.clone())
        .await
        .unwrap();
    configuration.name = unique("second");
    configuration.backups = 1;
    let refused = refusal(&client, configuration).await;
    let expected = format!(
        "Backups mismatch for caches related to the same group [groupName={group}, \
         existingCache={first}, existingBackups=0"
    );
    assert!(refused.contains(&expected), "{refused}");
    client.destroy_cache(&first).await.unwrap();
}

pub(crate) async fn a_key_of_another_class_than_its_table_has_is_refused(client: Client) {
    let name = unique("keys");
    let configuration = with_table(&name, numbers_and_texts());
    let cache = client.create_cache::<String, String>(configuration).await;
    let refused = cache
        .unwrap()
        .put(&"one".to_owned(), &"1".to_owned())
        .await
        .unwrap_err();
    let expected = "Failed to update index, incorrect key class [expCls=java.lang.Integer, \
                    actualCls=java.lang.String]";
    assert!(refused.to_string().contains(expected), "{refused}");
    client.destroy_cache(&name).await.unwrap();
}

pub(crate) async fn a_table_without_columns_shows_key_and_value(client: Client) {
    let name = unique("whole");
    let configuration = with_table(&name, numbers_and_texts());
    let cache = client.create_cache::<i32, String>(configuration).await;
    let cache = cache.unwrap();
    cache.put(&1, &"one".to_owned()).await.unwrap();
    let rows = cache.sql(SqlQuery::new("SELECT * FROM String")).await;
    let rows: Vec<(i32, String)> = rows.unwrap().collect_as().await.unwrap();
    assert_eq!(rows, [(1, "one".to_owned())]);
    client.destroy_cache(&name).await.unwrap();
}

pub(crate) async fn plain_values_are_compared_and_ordered(client: Client) {
    let name = unique("compared");
    let configuration = with_table(&name, numbers_and_texts());
    let cache = client.create_cache::<i32, String>(configuration).await;
    let cache = cache.unwrap();
    for (key, value) in [(1, "one"), (2, "two"), (3, "three")] {
        cache.put(&key, &value.to_owned()).await.unwrap();
    }
    cache.put(&3, &"tree".to_owned()).await.unwrap();
    let ordered = "SELECT _key, _val FROM String WHERE _val >= ? ORDER BY _val DESC";
    let rows = cache.sql(SqlQuery::new(ordered).argument("p")).await;
    let rows: Vec<(i32, String)> = rows.unwrap().collect_as().await.unwrap();
    assert_eq!(rows, [(2, "two".to_owned()), (3, "tree".to_owned())]);
    let greatest = cache.sql(SqlQuery::new("SELECT MAX(_val) FROM String"));
    let greatest: Vec<(String,)> = greatest.await.unwrap().collect_as().await.unwrap();
    assert_eq!(greatest, [("two".to_owned(),)]);
    client.destroy_cache(&name).await.unwrap();
}

pub(crate) async fn a_cache_without_tables_has_no_schema(client: Client) {
    let name = unique("no-tables");
    let cache = client.create_cache::<i32, i32>(CacheConfiguration::new(&name));
    let refused = cache.await.unwrap().sql(SqlQuery::new("SELECT 1")).await;
    let expected = format!("Failed to set schema for DB connection for thread [schema={name}]");
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains(&expected), "{refused}");
    client.destroy_cache(&name).await.unwrap();
}

pub(crate) async fn partitions_that_cannot_be_and_empty_statements_are_refused(client: Client) {
    let impossible = SqlQuery::new("SELECT 1").partitions([65_001]);
    let refused = client.sql(impossible).await.unwrap_err().to_string();
    assert!(refused.contains("Illegal partition"), "{refused}");
    let empty = client
        .sql(SqlQuery::new(" "))
        .await
        .unwrap_err()
        .to_string();
    let expected = "Failed to parse SQL statement \"[*] \": Invalid SQL query.";
    assert!(empty.contains(expected), "{empty}");
}

pub(crate) async fn a_size_counts_the_copies_that_are_asked_for(client: Client) {
    let name = unique("copies");
    let cache = client.create_cache::<i32, i32>(CacheConfiguration::new(&name));
    let cache = cache.await.unwrap();
    cache.put(&1, &1).await.unwrap();
    for (mode, size) in [
        (PeekMode::All, 1),
        (PeekMode::Primary, 1),
        (PeekMode::OffHeap, 1),
        (PeekMode::OnHeap, 0),
        (PeekMode::Near, 0),
        (PeekMode::Backup, 0),
    ] {
        assert_eq!(cache.size_of([mode]).await.unwrap(), size, "{mode:?}");
    }
    client.destroy_cache(&name).await.unwrap();
}

/// Java's `QueryEntity` declares one for each value of a plain class.
pub(crate) async fn a_table_of_plain_values_has_an_index_of_the_value(client: Client) {
    let name = unique("plain-values");
    let mut entity = numbers_and_texts();
    entity.fields.clear();
    entity.indexes = vec![QueryIndex {
        name: Some("VALUES__VAL_idx".to_owned()),
        kind: IndexKind::Sorted,
        inline_size: -1,
        fields: vec![IndexField {
            name: "_VAL".to_owned(),
            descending: false,
        }],
    }];
    let configuration = with_table(&name, entity);
    let cache = client.create_cache::<i32, String>(configuration).await;
    cache.unwrap().put(&1, "one").await.unwrap();
    let stored = client.cache_configuration(&name).await.unwrap();
    let index = &stored.query_entities[0].indexes[0];
    assert_eq!(index.name.as_deref(), Some("VALUES__VAL_IDX"));
    client.destroy_cache(&name).await.unwrap();
}
