//! One statement with many rows of arguments.

use portway_ignite::Client;

use super::sql::fresh_table;

pub(crate) async fn every_row_of_a_batch_is_carried_out(client: Client) {
    let table = fresh_table(&client, "id INT PRIMARY KEY, name VARCHAR").await;
    let merge = format!("MERGE INTO {table} (id, name) VALUES (?, ?)");
    let rows = (0..1000).map(|number| (number, format!("name {number}")));
    let counts = client.execute_batch(&merge, rows).await.unwrap();
    assert_eq!(counts, [1; 1000]);

    let count = format!("SELECT COUNT(*) FROM {table}");
    let rows: Vec<(i64,)> = client
        .sql(&count)
        .await
        .unwrap()
        .collect_as()
        .await
        .unwrap();
    assert_eq!(rows, [(1000,)]);
    let none: [(i32, &str); 0] = [];
    assert_eq!(client.execute_batch(&merge, none).await.unwrap(), []);
}

pub(crate) async fn the_rows_that_failed_are_named(client: Client) {
    let table = fresh_table(&client, "id INT PRIMARY KEY, name VARCHAR").await;
    let insert = format!("INSERT INTO {table} (id, name) VALUES (?, 'x')");
    client.execute_batch(&insert, [(7,), (90,)]).await.unwrap();

    let rows = (0..100).map(|number| (number,));
    let error = client.execute_batch(&insert, rows).await.unwrap_err();

    let failed: Vec<usize> = error.failures().map(|(row, _)| row).collect();
    assert_eq!(failed, [7, 90]);
    assert_eq!(error.results().len(), 100);
    let (_, first) = error.failures().next().unwrap();
    assert_eq!(first.sql_state(), Some("23000"));
    let text = error.to_string();
    assert!(text.starts_with("2 of 100 rows failed; the first is row 7: "));
    let all = format!("SELECT id FROM {table}");
    let rows: Vec<(i32,)> = client.sql(&all).await.unwrap().collect_as().await.unwrap();
    assert_eq!(rows.len(), 100);
}

pub(crate) async fn a_batch_for_no_table_fails_row_by_row(client: Client) {
    let rows = (0..5).map(|number| (number,));
    let insert = "INSERT INTO no_such_table (id) VALUES (?)";
    let error = client.execute_batch(insert, rows).await.unwrap_err();
    assert_eq!(error.failures().count(), 5);
}
