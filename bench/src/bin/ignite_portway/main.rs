//! The client under measurement: ours.

mod events;
mod key_value;
mod near;
mod sql;
mod streamer;
mod transaction;

use std::process::ExitCode;

use anyhow::bail;
use bench_client::{CACHE, Outcome, Turn, client};
use portway_ignite::{Cache, Client, ClientConfiguration};
use tokio::runtime;

use key_value::Act;

fn main() -> ExitCode {
    client(|turn| {
        let mut builder = match turn.line.as_str() {
            "threads" => runtime::Builder::new_multi_thread(),
            _ => runtime::Builder::new_current_thread(),
        };
        builder.enable_all().build()?.block_on(carry_out(turn))
    })
}

async fn carry_out(turn: &Turn) -> anyhow::Result<Outcome> {
    let client = Client::connect(ClientConfiguration::new(&turn.addresses)).await?;
    let cache: Cache<i64, String> = client.cache(CACHE);
    match turn.line.as_str() {
        "latency" => key_value::puts(turn, cache).await,
        "threads" => key_value::puts_on_worker(turn, cache).await,
        "put" => key_value::in_flight(turn, &cache, Act::Put).await,
        "get" | "nodes" => key_value::in_flight(turn, &cache, Act::Get).await,
        "transaction" => transaction::transactions(turn, &client).await,
        "sql" => sql::queries(turn, &client).await,
        "events" => events::events(turn, &cache).await,
        "near" => near::hits(turn, &client).await,
        "streamer" => streamer::passes(turn, &client).await,
        other => bail!("no line {other}"),
    }
}
