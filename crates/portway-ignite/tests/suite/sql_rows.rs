//! Rows and what they are read as.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portway_ignite::{Client, Decimal, Error, FromRow, IgniteObject, RowError, SqlQuery, Value};
use uuid::Uuid;

use super::sql::{fresh_table, numbers};

pub(crate) async fn rows_page_through_a_result_in_order(client: Client) {
    let table = numbers(&client, 257).await;
    let select = format!("SELECT id, name FROM {table} ORDER BY id");
    for page_size in [1, 100, 256, 257, 1000] {
        let query = SqlQuery::new(&select).page_size(NonZeroU32::new(page_size).unwrap());
        let rows: Vec<(i32, String)> = client.sql(query).await.unwrap().collect_as().await.unwrap();
        let expected = (0..257).map(|number| (number, number.to_string()));
        assert!(rows.into_iter().eq(expected), "page size {page_size}");
    }
}

/// A server allows 128 open cursors on a connection unless told otherwise.
pub(crate) async fn a_dropped_cursor_is_closed_on_the_server(client: Client) {
    let table = numbers(&client, 10).await;
    let select = format!("SELECT id FROM {table}");
    for round in 0..300 {
        let query = SqlQuery::new(&select).page_size(NonZeroU32::MIN);
        let mut cursor = client.sql(query).await.unwrap();
        // Dropped with a page on its way, or without.
        if round % 2 == 0 {
            assert!(cursor.next().await.unwrap().is_ok());
        }
    }
}

pub(crate) async fn values_of_every_sql_type_are_read(client: Client) {
    let types = "id INT PRIMARY KEY, a TINYINT, b SMALLINT, c BIGINT, d REAL, e DOUBLE, \
                 f DECIMAL(10, 2), g BOOLEAN, h VARCHAR, i UUID, j BINARY, k TIMESTAMP, l DATE, \
                 m INT";
    let table = fresh_table(&client, types).await;
    let uuid = Uuid::from_u128(0x1234_5678_9abc_def0_1122_3344_5566_7788);
    let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    let decimal = Decimal::from_parts(false, &12_345_u16.to_be_bytes(), 2);
    let insert = format!("INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let columns = "id, a, b, c, d, e, f, g, h, i, j, k, l, m";
    let insert = insert.replace("VALUES", &format!("({columns}) VALUES"));
    let query = SqlQuery::new(insert)
        .arguments((0, 1_i8, 2_i16, 3_i64, 4.5_f32, 5.5_f64))
        .arguments((&decimal, true, "text", uuid, vec![1_u8, 2], time, time))
        .argument(&None::<i32>);
    assert_eq!(client.execute(query).await.unwrap(), 1);

    let select = format!("SELECT * FROM {table}");
    let mut rows = client.sql(select).await.unwrap();
    let row = rows.next().await.unwrap().unwrap();

    assert_eq!(row.get::<i8>("a").unwrap(), 1);
    assert_eq!(row.get::<i16>("b").unwrap(), 2);
    assert_eq!(row.get::<i64>("b").unwrap(), 2);
    assert_eq!(row.get::<i64>("c").unwrap(), 3);
    assert_eq!(row.get::<f32>("d").unwrap(), 4.5);
    assert_eq!(row.get::<f64>("e").unwrap(), 5.5);
    assert_eq!(row.get::<Decimal>("f").unwrap(), decimal);
    assert!(row.get::<bool>("g").unwrap());
    assert_eq!(row.get::<String>("h").unwrap(), "text");
    assert_eq!(row.get::<Uuid>("i").unwrap(), uuid);
    assert_eq!(row.get::<Vec<u8>>("j").unwrap(), [1, 2]);
    assert_eq!(row.get::<SystemTime>("k").unwrap(), time);
    let day = row.get::<SystemTime>("l").unwrap();
    let since_midnight = time.duration_since(day).unwrap();
    assert!(
        since_midnight < Duration::from_hours(24),
        "{since_midnight:?}"
    );
    assert_eq!(row.get::<Option<i32>>("m").unwrap(), None);
    assert_eq!(row.get::<Value>("m").unwrap(), Value::Null);
}

#[derive(FromRow, Debug, PartialEq)]
struct Named {
    id: i32,
    #[ignite(rename = "NAME")]
    called: Option<String>,
}

pub(crate) async fn rows_become_tuples_and_structures(client: Client) {
    let table = numbers(&client, 1).await;
    let select = format!("SELECT name, id FROM {table}");
    let mut rows = client.sql(&select).await.unwrap();
    let named: Named = rows.next_as().await.unwrap().unwrap();
    assert_eq!(named.id, 0);
    assert_eq!(named.called.as_deref(), Some("0"));

    let mut rows = client.sql(&select).await.unwrap();
    let error = rows.next_as::<(String,)>().await.unwrap().unwrap_err();
    let width = matches!(
        error,
        Error::Row(RowError::Width {
            expected: 1,
            found: 2
        })
    );
    assert!(width, "{error}");
}

/// What a cache keeps may be what its table's rows are read as.
#[derive(FromRow, IgniteObject, Debug, PartialEq, Default)]
#[ignite(type_name = "com.example.Reading", rename_all = "SCREAMING_SNAKE_CASE")]
struct Reading {
    #[ignite(affinity_key)]
    number_of_it: i32,
    #[ignite(default)]
    absent: i64,
    #[ignite(default)]
    null: String,
    #[ignite(skip)]
    elsewhere: Option<u8>,
}

pub(crate) async fn a_structure_of_rows_may_be_one_of_values_with_defaults(client: Client) {
    let mut rows = client
        .sql("SELECT 7 AS number_of_it, CAST(NULL AS VARCHAR) AS \"null\", 9 AS elsewhere")
        .await
        .unwrap();
    let row = rows.next().await.unwrap().unwrap();

    let read = Reading::from_row(&row).unwrap();

    let expected = Reading {
        number_of_it: 7,
        ..Reading::default()
    };
    assert_eq!(read, expected);
    assert_eq!(row.find("elsewhere").unwrap(), Some(9));
    assert_eq!(row.find::<i32>("nowhere").unwrap(), None);
    assert_eq!(row.find::<String>("null").unwrap(), None);
    assert!(row.find::<bool>("elsewhere").is_err());
}

pub(crate) async fn a_column_that_is_not_there_is_named(client: Client) {
    let table = numbers(&client, 1).await;
    let select = format!("SELECT id, name FROM {table}");
    let mut rows = client.sql(&select).await.unwrap();
    let row = rows.next().await.unwrap().unwrap();
    let shown = |error: Error| error.to_string();

    let text = shown(row.get::<i32>("age").unwrap_err());
    assert_eq!(text, "there is no column \"age\"; the columns are ID, NAME");
    let text = shown(row.get::<i32>(2).unwrap_err());
    assert_eq!(text, "there is no column 2; the columns are ID, NAME");
    let text = shown(row.get::<bool>("id").unwrap_err());
    assert!(text.starts_with("the column ID cannot be read: expected a bool"));
}

pub(crate) async fn objects_are_read_from_a_column(client: Client) {
    let table = numbers(&client, 2).await;
    let select = format!("SELECT _val FROM {table} ORDER BY id");
    let mut rows = client.sql(&select).await.unwrap();
    let row = rows.next().await.unwrap().unwrap();
    let object: Value = row.get(0).unwrap();
    let cache = client.cache::<i32, Value>(&format!("SQL_PUBLIC_{table}"));
    assert_eq!(cache.get(&0).await.unwrap(), Some(object.clone()));
    assert!(matches!(object, Value::Object(_)));
}

pub(crate) async fn no_more_rows_come_than_are_wanted(client: Client) {
    let table = numbers(&client, 30).await;
    let select = format!("SELECT id FROM {table}");
    let page = NonZeroU32::new(10).unwrap();
    for (wanted, came) in [(0, 0), (1, 1), (10, 10), (15, 15), (40, 30)] {
        let query = SqlQuery::new(&select).page_size(page).max_rows(wanted);
        let rows: Vec<(i32,)> = client.sql(query).await.unwrap().collect_as().await.unwrap();
        assert_eq!(rows.len(), came);
    }
}
