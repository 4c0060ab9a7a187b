//! SQL against a grid over a socket, with our own client.
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::time::Duration;

use portway_grid::{Grid, GridConfiguration, Limits, Listener};
use portway_ignite::{BinaryObjectBuilder, Client, ClientConfiguration, Decimal, SqlQuery, Value};

async fn serve(configuration: GridConfiguration) -> (Grid, Client) {
    let grid = Grid::open(configuration).unwrap();
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let configuration = ClientConfiguration::new([listener.address()]);
    grid.serve(listener);
    (grid, Client::connect(configuration).await.unwrap())
}

async fn one<T: portway_ignite::ReadValue>(client: &Client, sql: &str) -> T {
    let mut rows = client.sql(sql).await.unwrap();
    let row = rows.next().await.expect("a row").unwrap();
    row.get(0).unwrap()
}

#[tokio::test]
async fn tables_indexes_views_and_rows_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (grid, client) = serve(GridConfiguration::durable(folder.path())).await;
    let create = "CREATE TABLE city (id INT, country VARCHAR, name VARCHAR, price DECIMAL(8, 2) \
                  DEFAULT 1.50, PRIMARY KEY (id, country)) WITH \"affinity_key=country\"";
    client.execute(create).await.unwrap();
    client
        .execute("CREATE INDEX city_name ON city (name)")
        .await
        .unwrap();
    client
        .execute("INSERT INTO city (id, country, name) VALUES (1, 'it', 'Rome'), (2, 'no', 'Oslo')")
        .await
        .unwrap();
    client
        .execute("ALTER TABLE city ADD COLUMN people BIGINT")
        .await
        .unwrap();
    client
        .execute("CREATE VIEW big AS SELECT name, people FROM city WHERE people > 1000000")
        .await
        .unwrap();
    client
        .execute("CREATE VIEW none AS SELECT 1 AS one")
        .await
        .unwrap();
    client.execute("DROP VIEW none").await.unwrap();
    drop(client);
    grid.shutdown().await;
    drop(grid);

    let (_grid, client) = serve(GridConfiguration::durable(folder.path())).await;
    let update = "UPDATE city SET people = 3000000000 WHERE name = 'Rome'";
    assert_eq!(client.execute(update).await.unwrap(), 1);
    assert_eq!(
        one::<i64>(&client, "SELECT MAX(people) / 3 FROM city").await,
        1_000_000_000
    );
    assert_eq!(one::<String>(&client, "SELECT name FROM big").await, "Rome");
    assert!(client.sql("SELECT one FROM none").await.is_err());
    let price: Decimal = one(&client, "SELECT MAX(price) FROM city").await;
    assert_eq!(price, Decimal::new(150, 2));
    let plan: String = one(&client, "EXPLAIN SELECT id FROM city WHERE name = 'Oslo'").await;
    assert!(plan.contains("SEARCH"), "{plan}");
}

#[tokio::test]
async fn key_value_clients_and_sql_see_the_same_rows() {
    let (_grid, client) = serve(GridConfiguration::in_memory()).await;
    let create = "CREATE TABLE person (id BIGINT PRIMARY KEY, name VARCHAR, age INT) \
                  WITH \"cache_name=people,value_type=example.Person\"";
    client.execute(create).await.unwrap();
    let cache = client.cache::<i64, Value>("people");

    client
        .execute("INSERT INTO person (id, name, age) VALUES (1, 'Ann', 30)")
        .await
        .unwrap();
    let Some(Value::Object(ann)) = cache.get(&1).await.unwrap() else {
        panic!("the row is an object");
    };
    assert_eq!(ann.type_name(), Some("example.Person"));
    assert_eq!(ann.field::<String>("NAME").unwrap().as_deref(), Some("Ann"));

    let bob = BinaryObjectBuilder::new("example.Person")
        .set("name", "Bob")
        .set("age", 40);
    client
        .cache::<i64, BinaryObjectBuilder>("people")
        .put(&2, &bob)
        .await
        .unwrap();
    assert_eq!(
        one::<String>(&client, "SELECT name FROM person WHERE age > 35").await,
        "Bob"
    );
    client
        .execute("UPDATE person SET age = age + 1")
        .await
        .unwrap();
    let Some(Value::Object(bob)) = cache.get(&2).await.unwrap() else {
        panic!("the row is an object");
    };
    assert_eq!(bob.field::<i32>("age").unwrap(), Some(41));
    cache.remove(&1).await.unwrap();
    assert_eq!(one::<i64>(&client, "SELECT COUNT(*) FROM person").await, 1);
}

#[tokio::test]
async fn one_partition_has_its_own_rows_alone() {
    let (_grid, client) = serve(GridConfiguration::in_memory()).await;
    client
        .execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
        .await
        .unwrap();
    let rows = (0..100).map(|number| (number, number));
    client
        .execute_batch("INSERT INTO t (id, v) VALUES (?, ?)", rows)
        .await
        .unwrap();
    let mut found = 0;
    for partition in 0..8 {
        let part = partition * 128..(partition + 1) * 128;
        let query = SqlQuery::new("SELECT COUNT(*) FROM t").partitions(part);
        let mut rows = client.sql(query).await.unwrap();
        found += rows.next().await.unwrap().unwrap().get::<i64>(0).unwrap();
    }
    assert_eq!(found, 100);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_cancelled_and_the_grid_goes_on() {
    let mut limits = Limits::default();
    limits.statement_timeout = Duration::from_millis(50);
    let (_grid, client) = serve(GridConfiguration::in_memory().limits(limits)).await;
    client
        .execute("CREATE TABLE number (id INT PRIMARY KEY, twice INT)")
        .await
        .unwrap();
    for id in 0..120 {
        let insert = SqlQuery::new("INSERT INTO number (id) VALUES (?)").argument(&id);
        client.execute(insert).await.unwrap();
    }
    let cubed = "SELECT COUNT(*) FROM number a, number b, number c WHERE a.id + b.id + c.id > 1";
    let error = client.sql(cubed).await.unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error}");
    assert_eq!(
        one::<i64>(&client, "SELECT COUNT(*) FROM number").await,
        120
    );
    let patient = SqlQuery::new(cubed).timeout(Duration::from_secs(60));
    let mut rows = client.sql(patient).await.unwrap();
    assert!(rows.next().await.unwrap().is_ok());
}
