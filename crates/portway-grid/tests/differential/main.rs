//! Random operations of several clients, in and outside of transactions, with expiry, give the same
//! answers and the same events on this grid and on a real Apache Ignite, named by
//! `PORTWAY_TEST_IGNITE`. Without it the test passes and does nothing.
//!
//! `PORTWAY_TEST_DIFFERENTIAL_ROUNDS=N` makes it long, `PORTWAY_TEST_DIFFERENTIAL_SEED=S` repeats a
//! round.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod outcome;
mod random;
mod round;
mod side;
mod step;
mod wire;

use std::time::{SystemTime, UNIX_EPOCH};

use round::{Kind, Round};

/// A round takes some tenths of a second, one with expiry some seconds.
const ROUNDS: u64 = 24;

/// Steps of one round: enough for a few transactions of each client.
const STEPS: usize = 60;

/// A real node makes no cache while a transaction is open, so that rounds take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

async fn compare(kind: Kind) {
    let Ok(addresses) = std::env::var("PORTWAY_TEST_IGNITE") else {
        return;
    };
    // Nodes have the same data: one of them is as good as any.
    let address = addresses.split(',').next().unwrap();
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let given = number("PORTWAY_TEST_DIFFERENTIAL_SEED");
    let first = given.unwrap_or(since_epoch.as_secs() * 1000);
    let rounds = match given {
        Some(_) => 1,
        None => number("PORTWAY_TEST_DIFFERENTIAL_ROUNDS").unwrap_or(ROUNDS),
    };
    for seed in first..first + rounds {
        let _turn = TURN.lock().await;
        let mut round = Round::begin(address, kind, seed).await;
        round.run(STEPS).await;
        round.end().await;
    }
}

#[tokio::test]
async fn key_value_operations_answer_as_a_real_node() {
    compare(Kind::KeyValue).await;
}

#[tokio::test]
async fn transactions_answer_as_on_a_real_node() {
    compare(Kind::Transactions).await;
}

#[tokio::test]
async fn entries_expire_as_on_a_real_node() {
    compare(Kind::Expiry).await;
}
