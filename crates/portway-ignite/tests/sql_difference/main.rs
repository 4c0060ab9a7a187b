//! The same statements on the grid of `portway-grid` and on a real Apache Ignite, named by
//! `PORTWAY_TEST_IGNITE`: names of columns, types and values, counts and errors have to be the same.
//! Without a real one the statements run on the grid alone and nothing is compared.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod argument;
mod arrays;
mod corpus;
mod index_query;
mod nested;
mod statement;

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{Client, ClientConfiguration, SqlQuery};

use corpus::Corpus;
use statement::Answer;

async fn grid() -> (Grid, Client) {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let configuration = ClientConfiguration::new([listener.address()]);
    grid.serve(listener);
    (grid, Client::connect(configuration).await.unwrap())
}

async fn real() -> Option<Client> {
    let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
    // One node alone: rows of several come in any order where none is asked for.
    let first = addresses.split(',').next()?.to_owned();
    let configuration = ClientConfiguration::new([first]);
    Some(Client::connect(configuration).await.unwrap())
}

async fn begin(client: &Client, corpus: &Corpus) {
    for table in corpus.tables() {
        let drop = format!("DROP TABLE IF EXISTS {table}");
        client.execute(SqlQuery::new(drop)).await.unwrap();
    }
    if corpus.is_nested() {
        nested::make(client).await;
    }
    if corpus.has_arrays() {
        arrays::make(client).await;
    }
}

/// Where a file's statements are answered differently, if there is a real node to compare with.
async fn differences(corpus: &Corpus, ours: &Client, real: Option<&Client>) -> Vec<String> {
    begin(ours, corpus).await;
    if let Some(real) = real {
        begin(real, corpus).await;
    }
    let mut differences = Vec::new();
    for statement in corpus.statements() {
        let found = Answer::of(ours, &statement).await;
        let Some(real) = real else { continue };
        let expected = Answer::of(real, &statement).await;
        if found != expected {
            differences.push(format!(
                "{}: {statement}\n  node: {expected:?}\n  grid: {found:?}",
                corpus.name
            ));
        }
    }
    begin(ours, corpus).await;
    if let Some(real) = real {
        begin(real, corpus).await;
    }
    differences
}

#[tokio::test]
async fn statements_are_answered_as_by_a_real_node() {
    let (_grid, ours) = grid().await;
    let mut all = Vec::new();
    for corpus in Corpus::all() {
        // A statement that fails in its rows leaves a cursor open on a node, and a connection may
        // have 128 of them.
        let real = real().await;
        all.extend(differences(&corpus, &ours, real.as_ref()).await);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
