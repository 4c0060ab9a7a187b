//! The client while the network or the nodes fail: nothing hangs, no wrong answer is taken for a
//! right one, no acknowledged write is lost, and the client recovers.
//!
//! Each campaign is made by a seed, which is in the message of each failure.
//! `PORTWAY_FAULT_SEED=N` runs that one, `PORTWAY_FAULT_CAMPAIGNS=N` so many in a row.
//! `PORTWAY_TEST_IGNITE` names real nodes to do the same with.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod bank;
mod cuts;
mod expected;
mod fault;
mod fleet;
mod kills;
mod misbehaviour;
mod proxy;
mod random;
mod streams;
mod workload;

use portway_grid::{Grid, GridConfiguration, Listener};

/// The address of a grid of its own, which lives as long as the runtime of the test.
async fn grid() -> String {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let address = listener.address().to_string();
    grid.serve(listener);
    tokio::spawn(async move {
        let _kept = grid;
        std::future::pending::<()>().await;
    });
    address
}

/// The first real node, where there is one.
fn real_node() -> Option<String> {
    let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
    addresses.split(',').next().map(str::to_owned)
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}
