//! A query of a thousand rows, each read into a tuple.

use anyhow::ensure;
use bench_client::{OneAtATime, Outcome, PAGE, QUERY, ROWS, Turn};
use portway_ignite::{Client, SqlQuery};

pub(crate) async fn queries(turn: &Turn, client: &Client) -> anyhow::Result<Outcome> {
    let mut pace = OneAtATime::start(turn);
    while pace.next_key().is_some() {
        let cursor = client.sql(SqlQuery::new(QUERY).page_size(PAGE)).await?;
        let rows: Vec<(i64, String, f64)> = cursor.collect_as().await?;
        ensure!(rows.len() == ROWS, "the query gave {} rows", rows.len());
    }
    Ok(pace.outcome())
}
