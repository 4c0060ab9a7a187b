//! Queries of SQL that take long, beside everything else that a grid does.
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod common;

use common::{RawClient, get, int, listen, soon};
use portway_grid::{Grid, GridConfiguration};
use portway_ignite::{BinaryObjectBuilder, Client, ClientConfiguration, SqlQuery};
use portway_ignite_protocol::{CacheHeader, CacheId, RawValue, Request, SqlFieldsRequest};

/// Rows of the table: their cube is well over what is done while the grid is held.
const ROWS: i64 = 80;

/// Counts the triples whose sum is above one: all but four.
const CUBED: &str =
    "SELECT COUNT(*) FROM number a, number b, number c WHERE a.id + b.id + c.id > 1";

/// Never ends while a test runs.
const ENDLESS: &str = "SELECT COUNT(*) FROM number a, number b, number c, number d, number e, \
                       number f WHERE a.id + b.id + c.id + d.id + e.id + f.id > 1";

async fn grid() -> (Grid, String) {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let address = listen(&grid).await;
    let client = connect(&address).await;
    let create = "CREATE TABLE number (id INT PRIMARY KEY, twice INT) \
                  WITH \"cache_name=numbers,value_type=Number\"";
    client.execute(create).await.unwrap();
    let rows = (0..ROWS).map(|id| (i32::try_from(id).unwrap(), 0));
    client
        .execute_batch("INSERT INTO number (id, twice) VALUES (?, ?)", rows)
        .await
        .unwrap();
    (grid, address)
}

async fn connect(address: &str) -> Client {
    Client::connect(ClientConfiguration::new([address]))
        .await
        .unwrap()
}

async fn number(client: &Client, sql: &str) -> i64 {
    let mut rows = client.sql(SqlQuery::new(sql)).await.unwrap();
    rows.next().await.unwrap().unwrap().get(0).unwrap()
}

async fn put(client: &Client, id: i32) {
    let cache = client.cache::<i32, BinaryObjectBuilder>("numbers");
    let row = BinaryObjectBuilder::new("Number").set("TWICE", 1);
    cache.put(&id, &row).await.unwrap();
}

#[tokio::test]
async fn gets_are_answered_while_a_long_query_runs_and_it_ends_with_its_connection() {
    let (_grid, address) = grid().await;
    let mut client = RawClient::connect(&address).await;
    let header = CacheHeader::new(CacheId::of("numbers"));
    let query = SqlFieldsRequest::new(CacheHeader::new(CacheId(0)), ENDLESS);
    // Requests of one connection are begun in their order, and this one is not answered.
    client.request(&Request::SqlFields(query)).await;
    for id in 0..100 {
        let found: RawValue = client.ask(&get(header, &int(id % 80))).await;
        assert!(!found.is_null());
    }
    drop(client);
    let other = connect(&address).await;
    assert_eq!(
        soon(number(&other, "SELECT COUNT(*) FROM number")).await,
        ROWS
    );
}

#[tokio::test]
async fn a_long_query_sees_what_was_there_and_the_next_what_came_since() {
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    let behind = async {
        put(&client, 1000).await;
        number(&client, "SELECT COUNT(*) FROM number").await
    };
    let (cubed, count) = soon(async { tokio::join!(number(&client, CUBED), behind) }).await;
    assert_eq!(cubed, ROWS * ROWS * ROWS - 4);
    assert_eq!(count, ROWS + 1);
}

#[tokio::test]
async fn changes_by_sql_wait_for_a_long_query_and_are_carried_out_in_their_order() {
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    let changes = async {
        let raise = "UPDATE number SET twice = twice + 1";
        let (first, second) = tokio::join!(client.execute(raise), client.execute(raise));
        assert_eq!((first.unwrap(), second.unwrap()), (80, 80));
    };
    let (cubed, ()) = soon(async { tokio::join!(number(&client, CUBED), changes) }).await;
    assert_eq!(cubed, ROWS * ROWS * ROWS - 4);
    assert_eq!(
        number(&client, "SELECT SUM(twice) FROM number").await,
        2 * ROWS
    );
}
