//! Random operations of several clients, in and outside of transactions, with expiry and beside SQL, give the same
//! answers and the same events on this grid and on a real Apache Ignite, named by
//! `PORTWAY_TEST_IGNITE`. Without it the test passes and does nothing.
//!
//! The rounds are the same in every run. `PORTWAY_TEST_DIFFERENTIAL_ROUNDS=N` plays N new ones
//! instead, `PORTWAY_TEST_DIFFERENTIAL_SEED=S` repeats one.

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

/// The rounds of a run that asks for nothing else. A round takes some tenths of a second, one with
/// expiry some seconds.
///
/// None of them ends with transactions that wait for each other: connections that are closed then can
/// leave a real node with one that never ends, and with that no cache can be made any more.
const SEEDS: std::ops::Range<u64> = 0..12;

/// Rounds that once told a difference, whichever kind it was.
const TELLING: [u64; 6] = [
    1_795_318_750_010,
    1_795_318_988_099,
    1_795_319_488_039,
    1_795_319_530_321,
    1_795_320_194_097,
    1_795_320_427_204,
];

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
    for seed in seeds() {
        let _turn = TURN.lock().await;
        let mut round = Round::begin(address, kind, seed).await;
        round.run(STEPS).await;
        round.end().await;
    }
}

fn seeds() -> Vec<u64> {
    if let Some(seed) = number("PORTWAY_TEST_DIFFERENTIAL_SEED") {
        return vec![seed];
    }
    if let Some(rounds) = number("PORTWAY_TEST_DIFFERENTIAL_ROUNDS") {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let first = since_epoch.as_secs() * 1000;
        return (first..first + rounds).collect();
    }
    SEEDS.chain(TELLING).collect()
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

/// For a node with the default engine of SQL: without transactional queries.
#[tokio::test]
async fn statements_and_operations_on_the_same_entries_answer_as_on_a_real_node() {
    compare(Kind::Sql).await;
}
