//! What a durable grid promises: acknowledged writes survive `kill -9` and a full disk.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod common;

use std::time::Duration;

use common::process::Server;
use common::{DIALECT, RawClient, get, int, put, serve, text};
use portway_grid::{Grid, GridConfiguration, OpenError, WalMode};
use portway_ignite_protocol::{
    CacheHeader, CacheId, Incoming, KeyValueAction, KeyValueRequest, RawValue, Request, decode_body,
};
use tokio::io::AsyncWriteExt;

/// Not a test of its own: the tests below start it in a process of its own.
#[tokio::test]
async fn child_that_serves_a_grid() {
    common::process::serve_if_asked().await;
}

/// How often a process is killed: tens of times in the suite, more where somebody asks for it with
/// `PORTWAY_CRASH_ROUNDS=300`.
fn rounds() -> i32 {
    let asked = std::env::var("PORTWAY_CRASH_ROUNDS").ok();
    asked.and_then(|rounds| rounds.parse().ok()).unwrap_or(12)
}

#[tokio::test]
async fn acknowledged_writes_survive_kill_9() {
    survive_kill_9(WalMode::LogOnly).await;
}

#[tokio::test]
async fn acknowledged_writes_survive_kill_9_when_each_is_brought_to_the_disk() {
    survive_kill_9(WalMode::Fsync).await;
}

/// Kills a grid at some point under load, again and again.
async fn survive_kill_9(mode: WalMode) {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 1..=rounds() {
        let server = Server::start(folder.path(), mode);
        let mut client = RawClient::connect(&server.address).await;
        let header = client.create_cache("A").await;
        check_keys(&mut client, header, acknowledged).await;
        // Somewhere in the first thousand, different each round.
        let answers = 1 + round * 397 % 1_000;
        acknowledged = write_until_killed(server, client, header, acknowledged, answers).await;
    }
    let server = Server::start(folder.path(), mode);
    let mut client = RawClient::connect(&server.address).await;
    let header = CacheHeader::new(CacheId::of("A"));
    check_keys(&mut client, header, acknowledged).await;
}

#[tokio::test]
async fn acknowledged_writes_of_many_connections_survive_kill_9() {
    const CONNECTIONS: i32 = 48;
    let folder = tempfile::tempdir().unwrap();
    let header = CacheHeader::new(CacheId::of("A"));
    let mut acknowledged = vec![0; CONNECTIONS as usize];
    for round in 1..=rounds() {
        let server = Server::start(folder.path(), WalMode::LogOnly);
        let mut writers = Vec::new();
        for (writer, first) in acknowledged.iter().enumerate() {
            let mut client = RawClient::connect(&server.address).await;
            client.create_cache("A").await;
            let key = move |number: i32| int(number * CONNECTIONS + writer as i32);
            let first = *first;
            writers.push(tokio::spawn(async move {
                if first > 0 {
                    let found: RawValue = client.ask(&get(header, &key(first - 1))).await;
                    assert_eq!(found, key(first - 1), "acknowledged and gone");
                }
                write_one_by_one(client, header, first, key).await
            }));
        }
        tokio::time::sleep(Duration::from_millis(50 + round as u64 * 13 % 40)).await;
        drop(server);
        for (writer, acknowledged) in writers.into_iter().zip(&mut acknowledged) {
            *acknowledged = writer.await.unwrap();
        }
    }
    assert!(acknowledged.iter().all(|count| *count > 0));
}

/// Writes until the connection ends. Answers how many writes were acknowledged in all.
async fn write_one_by_one(
    mut client: RawClient,
    header: CacheHeader,
    first: i32,
    key: impl Fn(i32) -> RawValue,
) -> i32 {
    for next in first.. {
        let request = put(header, &key(next), &key(next));
        let frame = portway_ignite_protocol::encode_request(&request, next.into(), DIALECT);
        let sent = client.stream.write_all(&frame.unwrap()).await;
        let payload = match sent {
            Ok(()) => client.frame().await,
            Err(_) => None,
        };
        let Some(payload) = payload else {
            return next;
        };
        let (Incoming::Response(answer), _) = Incoming::from_payload(&payload, DIALECT).unwrap()
        else {
            panic!("a notification nobody asked for");
        };
        assert_eq!((answer.request_id, answer.error), (next.into(), None));
    }
    unreachable!("there are as many numbers as nobody writes")
}

/// Pipelines writes, kills the process in their midst, and counts the answers that arrived.
async fn write_until_killed(
    server: Server,
    mut client: RawClient,
    header: CacheHeader,
    first: i32,
    answers: i32,
) -> i32 {
    let mut requests = Vec::new();
    for key in first..first + 2_000 {
        let request = put(header, &int(key), &int(key));
        let frame = portway_ignite_protocol::encode_request(&request, key.into(), DIALECT);
        requests.extend_from_slice(&frame.unwrap());
    }
    client.send(&requests).await;
    let mut next = first;
    let mut server = Some(server);
    while let Some(payload) = client.frame().await {
        let (Incoming::Response(answer), _) = Incoming::from_payload(&payload, DIALECT).unwrap()
        else {
            panic!("a notification nobody asked for");
        };
        assert_eq!((answer.request_id, answer.error), (next.into(), None));
        next += 1;
        if next == first + answers {
            drop(server.take());
        }
    }
    assert!(next >= first + answers);
    next
}

/// Every key below `count` has its value.
async fn check_keys(client: &mut RawClient, header: CacheHeader, count: i32) {
    // In parts, so that answers do not wait for a client that still writes.
    for first in (0..count).step_by(500) {
        let keys = first..count.min(first + 500);
        let mut requests = Vec::new();
        for key in keys.clone() {
            let request = get(header, &int(key));
            let frame = portway_ignite_protocol::encode_request(&request, key.into(), DIALECT);
            requests.extend_from_slice(&frame.unwrap());
        }
        client.send(&requests).await;
        for key in keys {
            let (_, body) = client.message().await;
            let found: RawValue = decode_body(&body, DIALECT).unwrap();
            assert_eq!(found, int(key), "key {key} of {count} acknowledged ones");
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_to_the_writer_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with_file_limit(folder.path(), 100);
    let mut client = RawClient::connect(&server.address).await;
    let header = client.create_cache("A").await;
    let stored = fill(&mut client, header).await;

    let found: RawValue = client.ask(&get(header, &int(0))).await;
    assert_eq!(found, text(30_000), "what was stored is read");
    let absent: RawValue = client.ask(&get(header, &int(stored))).await;
    assert_eq!(absent, RawValue::NULL, "a refused write is not visible");
    // What still fits is stored: the torn end of the refused write was cut off.
    client.ask::<()>(&put(header, &int(100), &int(100))).await;
    drop(server);

    let (_grid, address) = serve(GridConfiguration::durable(folder.path())).await;
    let mut client = RawClient::connect(&address).await;
    let found: RawValue = client.ask(&get(header, &int(100))).await;
    assert_eq!(found, int(100));
    let action = KeyValueAction::Size { modes: Vec::new() };
    let size: i64 = client
        .ask(&Request::KeyValue(KeyValueRequest { header, action }))
        .await;
    assert_eq!(size, i64::from(stored) + 1);
}

/// Lets the files of a grid that was started with a limit of so many `kilobytes` grow up to `bytes`.
#[cfg(target_os = "linux")]
fn limit_files(server: &Server, kilobytes: u32, bytes: u64) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(u64::from(kilobytes) * 1024),
    };
    let child = Pid::from_child(&server.child);
    prlimit(Some(child), Resource::Fsize, limit).unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_fails_takes_the_connection_it_fails_in_and_nobody_elses() {
    const KILOBYTES: u32 = 100_000;
    const ENOUGH: u64 = 4 << 20;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with_file_limit(folder.path(), KILOBYTES);
    limit_files(&server, KILOBYTES, ENOUGH);
    let mut writer = RawClient::connect(&server.address).await;
    let header = writer.create_cache("A").await;
    writer.ask::<()>(&put(header, &int(0), &int(0))).await;
    let mut reader = RawClient::connect(&server.address).await;

    // Room was reserved before, so that nobody could know.
    limit_files(&server, KILOBYTES, 100);
    writer.request(&put(header, &int(1), &int(1))).await;
    assert_eq!(writer.frame().await, None, "nobody is told of the change");
    let found: RawValue = reader.ask(&get(header, &int(0))).await;
    assert_eq!(found, int(0));
    reader.request(&put(header, &int(2), &int(2))).await;
    let (Incoming::Response(answer), _) = reader.message().await else {
        panic!("a notification nobody asked for");
    };
    assert!(answer.error.is_some(), "nothing more is taken in");

    limit_files(&server, KILOBYTES, ENOUGH);
    reader.ask::<()>(&put(header, &int(3), &int(3))).await;
    drop(server);
    let (_grid, address) = serve(GridConfiguration::durable(folder.path())).await;
    let mut client = RawClient::connect(&address).await;
    for (key, expected) in [(0, int(0)), (1, int(1)), (2, RawValue::NULL), (3, int(3))] {
        let found: RawValue = client.ask(&get(header, &int(key))).await;
        assert_eq!(found, expected, "{key}");
    }
}

/// Writes until a write is refused, and answers how many were not.
async fn fill(client: &mut RawClient, header: CacheHeader) -> i32 {
    for key in 0..10 {
        client.request(&put(header, &int(key), &text(30_000))).await;
        let (Incoming::Response(answer), _) = client.message().await else {
            panic!("a notification nobody asked for");
        };
        if let Some(error) = answer.error {
            assert!(error.message.contains("free space in"), "{error}");
            return key;
        }
    }
    panic!("100 kB held 10 values of 30 kB");
}

#[tokio::test]
async fn a_folder_in_use_is_refused_and_free_again_after_a_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let (grid, address) = serve(GridConfiguration::durable(folder.path())).await;
    let _client = RawClient::connect(&address).await;
    let refused = Grid::open(GridConfiguration::durable(folder.path()));
    assert!(matches!(refused, Err(OpenError::Locked { .. })));
    grid.shutdown().await;
    drop(grid);
    Grid::open(GridConfiguration::durable(folder.path())).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_advice() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Grid::open(GridConfiguration::durable(file.path().join("below"))).unwrap_err();
    assert!(
        error.to_string().contains("check that the folder exists"),
        "{error}"
    );
}
