//! Snapshots of a grid that is written to: one moment of it, whatever happens meanwhile.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use common::process::Server;
use common::{listen, serve, soon};
use portway_grid::{Grid, GridConfiguration, Limits, SNAPSHOT_TASK, SnapshotError, WalMode};
use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, ClientConfiguration, Error,
    TransactionOptions,
};

/// Not a test of its own: a test below starts it in a process of its own.
#[tokio::test]
async fn child_that_serves_a_grid() {
    common::process::serve_if_asked().await;
}

async fn client(address: &str) -> Client {
    let configuration = ClientConfiguration::new([address]);
    Client::connect(configuration).await.unwrap()
}

async fn cache(client: &Client) -> Cache<i32, i64> {
    client
        .get_or_create_cache_with_name("numbers")
        .await
        .unwrap()
}

/// Runs a task on a name.
async fn ask(client: &Client, task: &str, name: &str) -> Result<String, Error> {
    soon(client.compute().execute(task, name)).await
}

/// Opens a snapshot as a grid of its own.
async fn restored(folder: impl AsRef<Path>) -> (Grid, Client) {
    let (grid, address) = serve(GridConfiguration::durable(folder.as_ref())).await;
    (grid, client(&address).await)
}

#[tokio::test]
async fn a_snapshot_holds_all_that_was_acknowledged_before_and_then_the_beginning_of_what_follows()
{
    let folder = tempfile::tempdir().unwrap();
    let (_grid, address) = serve(GridConfiguration::durable(folder.path())).await;
    let client = client(&address).await;
    let written = cache(&client).await;
    let (acknowledged, is_over) = (
        Arc::new(AtomicI32::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let (counter, stop) = (Arc::clone(&acknowledged), Arc::clone(&is_over));
    let writer = tokio::spawn(async move {
        for key in 0.. {
            if stop.load(Ordering::SeqCst) {
                return key;
            }
            written.put(&key, &i64::from(key)).await.unwrap();
            counter.store(key + 1, Ordering::SeqCst);
        }
        0
    });
    let mut folders = Vec::new();
    for name in ["first", "second", "third"] {
        let before = acknowledged.load(Ordering::SeqCst);
        folders.push((ask(&client, SNAPSHOT_TASK, name).await.unwrap(), before));
        soon(async {
            while acknowledged.load(Ordering::SeqCst) < before + 500 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    is_over.store(true, Ordering::SeqCst);
    let begun = soon(writer).await.unwrap();
    for (folder, before) in folders {
        let (_grid, client) = restored(folder).await;
        let numbers = cache(&client).await;
        let count = i32::try_from(numbers.size().await.unwrap()).unwrap();
        assert!(
            (before..=begun).contains(&count),
            "{before} to {begun}: {count}"
        );
        for key in 0..count {
            assert_eq!(numbers.get(&key).await.unwrap(), Some(i64::from(key)));
        }
    }
}

#[tokio::test]
async fn a_snapshot_never_shows_half_of_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let (grid, address) = serve(GridConfiguration::durable(folder.path())).await;
    let client = client(&address).await;
    let mut configuration = CacheConfiguration::new("numbers");
    configuration.atomicity = AtomicityMode::Transactional;
    let accounts: Cache<i32, i64> = client.get_or_create_cache(configuration).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_over);
    let transfers = tokio::spawn(async move {
        let mut amount = 0;
        while !stop.load(Ordering::SeqCst) {
            amount += 1;
            let transaction = client
                .begin(TransactionOptions::pessimistic())
                .await
                .unwrap();
            let both = accounts.within(&transaction);
            both.put(&1, &amount).await.unwrap();
            both.put(&2, &-amount).await.unwrap();
            transaction.commit().await.unwrap();
        }
        amount
    });
    for name in ["a", "b", "c", "d", "e"] {
        let made = soon(grid.snapshot(name)).await.unwrap();
        let (_grid, client) = restored(made.folder).await;
        let accounts = cache(&client).await;
        let (one, other) = (
            accounts.get(&1).await.unwrap(),
            accounts.get(&2).await.unwrap(),
        );
        assert_eq!(one.unwrap_or(0) + other.unwrap_or(0), 0);
    }
    is_over.store(true, Ordering::SeqCst);
    assert!(soon(transfers).await.unwrap() > 0);
}

#[tokio::test]
async fn a_grid_killed_in_the_midst_of_a_snapshot_has_lost_nothing_and_left_nothing() {
    const VALUES: i32 = 200;
    let folder = tempfile::tempdir().unwrap();
    let snapshots = folder.path().join("snapshots");
    for round in 0..4 {
        let server = Server::start(folder.path(), WalMode::LogOnly);
        let client = client(&server.address).await;
        let texts: Cache<i32, String> =
            client.get_or_create_cache_with_name("texts").await.unwrap();
        let there = i64::try_from(texts.size().await.unwrap()).unwrap();
        assert_eq!(there, i64::from(round * VALUES));
        let unfinished = std::fs::read_dir(&snapshots).into_iter().flatten();
        let unfinished = unfinished.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".partial")
        });
        assert_eq!(unfinished.count(), 0);
        for key in round * VALUES..(round + 1) * VALUES {
            texts.put(&key, &"x".repeat(50_000)).await.unwrap();
        }
        let name = format!("round-{round}");
        let partial = snapshots.join(format!("{name}.partial"));
        let task = client
            .compute()
            .start::<str, String>(SNAPSHOT_TASK, &name)
            .await
            .unwrap();
        soon(async {
            while !partial.exists() && !snapshots.join(&name).exists() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        drop(server);
        drop(task);
        // One that has its name is whole.
        if snapshots.join(&name).exists() {
            Grid::open(GridConfiguration::durable(snapshots.join(&name))).unwrap();
        }
    }
}

#[tokio::test]
async fn clients_are_told_why_there_is_no_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.snapshots = 1;
    let (_grid, address) = serve(GridConfiguration::durable(folder.path()).limits(limits)).await;
    let client = client(&address).await;
    ask(&client, SNAPSHOT_TASK, "one").await.unwrap();
    // Other tasks are as disabled as before.
    for (task, name, expected) in [
        (SNAPSHOT_TASK, "../elsewhere", "the name of a snapshot has"),
        (SNAPSHOT_TASK, "one", "is there already"),
        (SNAPSHOT_TASK, "two", "holds 1 snapshots"),
        ("other", "three", "disabled"),
    ] {
        let refused = ask(&client, task, name).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn a_grid_in_memory_has_nothing_to_make_a_snapshot_of() {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let _address = listen(&grid).await;
    let refused = grid.snapshot("one").await;
    assert!(matches!(refused, Err(SnapshotError::NotDurable)));
}
