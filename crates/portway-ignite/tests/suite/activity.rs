//! What goes on, in the system views, and `KILL`.

use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, ContinuousQuery, Error, ScanQuery, SqlQuery,
    TransactionOptions,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::destroy_after_test;

/// Events that are told come sooner.
const NO_NEWS: Duration = Duration::from_millis(300);

async fn transactional(client: &Client) -> Cache<i32, i32> {
    let mut configuration = CacheConfiguration::new(format!("activity-{}", Uuid::new_v4()));
    configuration.atomicity = AtomicityMode::Transactional;
    destroy_after_test(&configuration.name);
    client.create_cache(configuration).await.unwrap()
}

async fn column(client: &Client, sql: String) -> Vec<String> {
    let mut rows = client.sql(SqlQuery::new(sql)).await.unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row.unwrap().get(0).unwrap());
    }
    found
}

/// A view tells of the node that is asked, and each question may go to another one: what is shown
/// here is shown so where there is one.
async fn is_one_node(client: &Client) -> bool {
    client.cluster().nodes().await.unwrap().len() == 1
}

async fn kill(client: &Client, what: &str) {
    assert_eq!(client.execute(format!("KILL {what}")).await.unwrap(), 0);
}

fn told(result: Result<impl Sized, Error>) -> String {
    match result {
        Err(Error::Server { error, .. }) => error.message.clone(),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it was carried out"),
    }
}

pub(crate) async fn connections_are_shown(client: Client) {
    let versions = "SELECT DISTINCT VERSION FROM SYS.CLIENT_CONNECTIONS WHERE TYPE = 'THIN'";
    let versions = column(&client, versions.to_owned()).await;
    assert!(versions.iter().any(|version| version == "1.7.0"));
}

pub(crate) async fn a_transaction_is_shown_and_killed(client: Client) {
    if !is_one_node(&client).await {
        return;
    }
    let cache = transactional(&client).await;
    let label = Uuid::new_v4().to_string();
    let options = TransactionOptions::pessimistic()
        .label(&label)
        .timeout(Duration::from_secs(50));
    let transaction = client.begin(options).await.unwrap();
    cache.within(&transaction).put(&1, &1).await.unwrap();
    cache.within(&transaction).get(&2).await.unwrap();
    let mut shown = client
        .sql(SqlQuery::new(
            "SELECT XID, STATE, ISOLATION, CONCURRENCY, KEYS_COUNT, TIMEOUT FROM SYS.TRANSACTIONS \
             WHERE LABEL = ?",
        ).argument(&label))
        .await
        .unwrap();
    let row = shown.next().await.unwrap().unwrap();
    let text = |column: usize| row.get::<String>(column).unwrap();
    assert_eq!(
        (text(1).as_str(), text(2).as_str(), text(3).as_str()),
        ("SUSPENDED", "REPEATABLE_READ", "PESSIMISTIC")
    );
    assert_eq!(
        (row.get(4).unwrap(), row.get(5).unwrap()),
        (2_i32, 50_000_i64)
    );

    kill(&client, &format!("TRANSACTION '{}'", text(0))).await;
    let left = format!("SELECT XID FROM SYS.TRANSACTIONS WHERE LABEL = '{label}'");
    assert!(column(&client, left).await.is_empty());
    let refusal = "Cache transaction is marked as rollback-only";
    let get = told(cache.within(&transaction).get(&1).await);
    assert!(get.starts_with(refusal), "{get}");
    let commit = told(transaction.commit().await);
    assert!(commit.starts_with(refusal), "{commit}");
    assert_eq!(cache.get(&1).await.unwrap(), None);
}

pub(crate) async fn a_continuous_query_is_shown_and_killed(client: Client) {
    if !is_one_node(&client).await {
        return;
    }
    let cache = transactional(&client).await;
    let mut events = cache
        .continuous_query(ContinuousQuery::new())
        .await
        .unwrap();
    let name = cache.name().to_owned();
    let shown = |column: &str| {
        format!(
            "SELECT CAST({column} AS VARCHAR) FROM SYS.CONTINUOUS_QUERIES WHERE CACHE_NAME = '{name}'"
        )
    };
    let node = column(&client, shown("NODE_ID")).await.remove(0);
    let routine = column(&client, shown("ROUTINE_ID")).await.remove(0);
    kill(&client, &format!("CONTINUOUS '{node}' '{routine}'")).await;
    assert!(column(&client, shown("NODE_ID")).await.is_empty());
    cache.put(&1, &1).await.unwrap();
    assert!(timeout(NO_NEWS, events.next()).await.is_err());
}

pub(crate) async fn an_open_scan_is_shown(client: Client) {
    if !is_one_node(&client).await {
        return;
    }
    let cache = transactional(&client).await;
    for key in 0..10 {
        cache.put(&key, &key).await.unwrap();
    }
    let page = ScanQuery::new().page_size(NonZeroU32::new(2).unwrap());
    let mut scan = cache.scan(page).await.unwrap();
    scan.next().await.unwrap().unwrap();
    let name = cache.name();
    let shown = format!(
        "SELECT CAST(PAGE_SIZE AS VARCHAR) FROM SYS.SCAN_QUERIES WHERE CACHE_NAME = '{name}'"
    );
    assert_eq!(column(&client, shown).await, ["2"]);
}

/// The number by which a statement with this text is shown.
async fn shown_as(client: &Client, text: &str) -> Option<String> {
    let sql = format!("SELECT QUERY_ID FROM SYS.SQL_QUERIES WHERE SQL = '{text}'");
    column(client, sql).await.pop()
}

pub(crate) async fn a_statement_is_shown_while_its_rows_are_fetched(client: Client) {
    if !is_one_node(&client).await {
        return;
    }
    let number = Uuid::new_v4().as_u128() % 1_000_000_007;
    let text = format!("SELECT X + {number} FROM SYSTEM_RANGE(1, 50)");
    let query = SqlQuery::new(text.clone()).page_size(NonZeroU32::new(2).unwrap());
    let mut rows = client.sql(query).await.unwrap();
    rows.next().await.unwrap().unwrap();
    let id = shown_as(&client, &text).await.unwrap();
    kill(&client, &format!("QUERY '{id}'")).await;
    assert_eq!(shown_as(&client, &text).await, None);
    let again = told(client.execute(format!("KILL QUERY '{id}'")).await);
    let (node, number) = id.split_once('_').unwrap();
    let query = format!("[nodeId={node}, qryId={number}");
    assert_eq!(
        again,
        format!(
            "50000: Failed to cancel query {query}, err=Query with provided ID doesn't exist {query}]]"
        )
    );
}

pub(crate) async fn a_statement_that_runs_is_shown_and_killed(client: Client) {
    if !is_one_node(&client).await {
        return;
    }
    let number = Uuid::new_v4().as_u128() % 1_000_000_007;
    let text = format!(
        "SELECT COUNT(*) FROM SYSTEM_RANGE(1, 50000) A, SYSTEM_RANGE(1, 50000) B WHERE A.X + B.X = -{number}"
    );
    let runs = {
        let (client, text) = (client.clone(), text.clone());
        tokio::spawn(async move { client.sql(SqlQuery::new(text)).await.map(|_| ()) })
    };
    let id = loop {
        if let Some(id) = shown_as(&client, &text).await {
            break id;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    kill(&client, &format!("QUERY '{id}'")).await;
    let killed = "50000: class org.apache.ignite.cache.query.QueryCancelledException: The query was \
                  cancelled while executing.";
    assert_eq!(told(runs.await.unwrap()), killed);
}
