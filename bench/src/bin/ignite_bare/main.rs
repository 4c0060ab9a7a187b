//! The bound for any client, and the same load for any server: prepared frames over plain streams,
//! answers only counted.

mod prepared;
mod stream;
mod writers;

use std::process::ExitCode;

use anyhow::Context as _;
use bench_client::{Outcome, Turn, client};
use tokio::runtime;

use crate::{prepared::Prepared, stream::Bare};

fn main() -> ExitCode {
    client(|turn| {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(carry_out(turn))
    })
}

async fn carry_out(turn: &Turn) -> anyhow::Result<Outcome> {
    if let Some(count) = turn.line.strip_prefix("writers-") {
        return writers::write(turn, count.parse().context("how many writers?")?).await;
    }
    let mut bare = Bare::connect(turn).await?;
    match turn.line.as_str() {
        "latency" | "threads" => bare.one_at_a_time(turn, Prepared::puts()?).await,
        "point" => bare.one_at_a_time(turn, Prepared::points()?).await,
        "rows" => bare.one_at_a_time(turn, Prepared::rows()?).await,
        "put" => bare.in_flight(turn, Prepared::puts()?).await,
        "get" => bare.in_flight(turn, Prepared::gets()?).await,
        other => anyhow::bail!("no line {other}"),
    }
}
