//! Statements of SQL that take long, beside everything else that a grid does.
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod common;

use common::{PATIENCE, RawClient, get, int, listen, soon};
use portway_grid::{Grid, GridConfiguration};
use portway_ignite::{BinaryObjectBuilder, Client, ClientConfiguration, SqlQuery};
use portway_ignite_protocol::{
    CacheHeader, CacheId, Incoming, RawValue, Request, SqlFieldsRequest,
};

/// Rows of the table: their cube is well over what is done while the grid is held.
const ROWS: i64 = 50;

/// Counts the triples whose sum is above one: all but four.
const CUBED: &str =
    "SELECT COUNT(*) FROM number a, number b, number c WHERE a.id + b.id + c.id > 1";

/// Never ends while a test runs.
const ENDLESS: &str = "SELECT COUNT(*) FROM number a, number b, number c, number d, number e, \
                       number f WHERE a.id + b.id + c.id + d.id + e.id + f.id > 1";

/// Never ends, and answers rows.
const ENDLESS_ROWS: &str = "SELECT a.id + 1000000, COUNT(*) FROM number a, number b, number c, \
                            number d, number e, number f GROUP BY a.id";

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
    let configuration = ClientConfiguration::new([address]).request_timeout(PATIENCE);
    Client::connect(configuration).await.unwrap()
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

/// A client whose statement runs: it is begun before a later request of the connection is answered.
async fn runs(address: &str, sql: &str) -> RawClient {
    let mut client = RawClient::connect(address).await;
    let statement = SqlFieldsRequest::new(CacheHeader::new(CacheId(0)), sql);
    client.request(&Request::SqlFields(statement)).await;
    let found: RawValue = client.ask(&get(header(), &int(1))).await;
    assert!(!found.is_null());
    client
}

fn header() -> CacheHeader {
    CacheHeader::new(CacheId::of("numbers"))
}

/// Reads and writes a row by SQL and by key, which nothing that runs may hold up.
async fn work(client: &Client) {
    for id in 0..20 {
        put(client, 1000 + id).await;
        let one = format!("SELECT twice FROM number WHERE id = {}", 1000 + id);
        assert_eq!(number(client, &one).await, 1);
        let update = format!("UPDATE number SET twice = 7 WHERE id = {}", 1000 + id);
        assert_eq!(client.execute(&update).await.unwrap(), 1);
        assert_eq!(number(client, &one).await, 7);
    }
}

#[tokio::test]
async fn a_query_that_its_client_gave_up_ends_when_that_closes() {
    let (_grid, address) = grid().await;
    // More of them than copies of the rows: each has to end for the next ones to begin.
    for _ in 0..6 {
        let client = connect(&address).await;
        let query = tokio::spawn({
            let client = client.clone();
            async move { client.sql(SqlQuery::new(ENDLESS)).await.map(drop) }
        });
        // The one connection has sent it when it answers what came later.
        put(&client, 1).await;
        query.abort();
        query.await.unwrap_err();
        soon(client.close()).await;
    }
    let client = connect(&address).await;
    assert_eq!(soon(number(&client, CUBED)).await, ROWS * ROWS * ROWS - 4);
}

#[tokio::test]
async fn others_are_served_while_as_many_statements_run_as_may_and_they_end_with_their_connections()
{
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    let mut running = Vec::new();
    // The last waits for one of the others.
    for _ in 0..5 {
        running.push(runs(&address, ENDLESS).await);
    }
    soon(work(&client)).await;
    drop(running);
    let cubed = soon(number(&client, CUBED)).await;
    assert_eq!(cubed, 70 * 70 * 70 - 4);
}

#[tokio::test]
async fn others_are_served_while_the_rows_of_a_table_are_read_for_the_first_time() {
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    let insert = "INSERT INTO number (id, twice) SELECT x, 0 FROM SYSTEM_RANGE(1001, 21000)";
    assert_eq!(client.execute(insert).await.unwrap(), 20_000);
    // The answer to the request behind the statement comes before that of the statement.
    let count = "SELECT COUNT(*) FROM number";
    let mut reading = runs(&address, count).await;
    let counted = number(&client, count).await;
    assert_eq!(counted, ROWS + 20_000);
    assert!(
        matches!(reading.message().await, (Incoming::Response(header), _) if header.error.is_none())
    );
}

#[tokio::test]
async fn others_are_served_while_a_change_looks_for_its_rows() {
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    for change in [
        format!("DELETE FROM number WHERE id < ({ENDLESS})"),
        format!("UPDATE number SET twice = 3 WHERE id < ({ENDLESS})"),
        format!("INSERT INTO number (id, twice) {ENDLESS_ROWS}"),
    ] {
        let running = runs(&address, &change).await;
        soon(work(&client)).await;
        drop(running);
    }
    assert_eq!(
        soon(number(&client, "SELECT COUNT(*) FROM number")).await,
        ROWS + 20
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
async fn a_change_that_takes_long_loses_nothing_of_what_others_change_meanwhile() {
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    let raise = format!("UPDATE number SET twice = twice + 1 WHERE id < ({CUBED})");
    let others = async {
        for _ in 0..20 {
            let raise = "UPDATE number SET twice = twice + 1 WHERE id < 10";
            assert_eq!(client.execute(raise).await.unwrap(), 10);
        }
    };
    let (raised, ()) = soon(async { tokio::join!(client.execute(&raise), others) }).await;
    assert_eq!(raised.unwrap(), ROWS);
    let sum = number(&client, "SELECT SUM(twice) FROM number").await;
    assert_eq!(sum, ROWS + 20 * 10);
}

#[tokio::test]
async fn a_query_whose_table_goes_while_it_waits_or_runs_is_answered() {
    let (_grid, address) = grid().await;
    let client = connect(&address).await;
    let dropped = async { client.execute("DROP TABLE number").await.unwrap() };
    let raise = format!("UPDATE number SET twice = 1 WHERE id < ({CUBED})");
    let (cubed, raised, _) = soon(async {
        let cubed = client.sql(SqlQuery::new(CUBED));
        tokio::join!(cubed, client.execute(&raise), dropped)
    })
    .await;
    // It saw the table, or is told that there is none.
    drop(cubed);
    if let Err(error) = raised {
        assert!(error.to_string().contains("not found"), "{error}");
    }
}
