//! The grid on its sockets, against clients that behave and clients that do not.

mod common;

use std::time::{Duration, Instant};

use common::{DIALECT, PATIENCE, RawClient, get, int, listen, listen_to, put, serve, soon, text};
use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite_protocol::{
    Credentials, EntryEvent, EventKind, HandshakeResponse, Incoming, RawValue, Request, ResourceId,
    Status, decode_body, encode_request,
};
use tokio::io::AsyncReadExt;

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let header = client.create_cache("A").await;
    let mut all = Vec::new();
    for id in 0..500 {
        let request = put(header, &int(id), &int(id));
        all.extend_from_slice(&encode_request(&request, id.into(), DIALECT).unwrap());
    }
    client.send(&all).await;
    for id in 0..500i64 {
        let (Incoming::Response(answer), _) = client.message().await else {
            panic!("a notification");
        };
        assert_eq!((answer.request_id, answer.error), (id, None));
    }
}

#[tokio::test]
async fn a_put_is_told_before_it_is_answered() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let header = client.create_cache("A").await;
    let listener: ResourceId = client.ask(&listen_to(header)).await;
    let id = client.request(&put(header, &int(1), &int(2))).await;

    let (Incoming::Notification(told), body) = client.message().await else {
        panic!("the answer came first");
    };
    assert_eq!(told.resource, listener);
    let events: Vec<EntryEvent> = decode_body(&body, DIALECT).unwrap();
    let expected = EntryEvent {
        key: int(1),
        old_value: RawValue::NULL,
        value: int(2),
        kind: EventKind::Created,
    };
    assert_eq!(events, [expected]);
    let (Incoming::Response(answer), _) = client.message().await else {
        panic!("told twice")
    };
    assert_eq!(answer.request_id, id);
}

#[tokio::test]
async fn a_length_of_two_gigabytes_closes_that_connection_alone() {
    let (grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut good = RawClient::connect(&address).await;
    for length in [i32::MAX, -1, i32::MIN, 1 << 30] {
        let mut bad = RawClient::connect(&address).await;
        bad.send(&length.to_le_bytes()).await;
        assert_eq!(bad.frame().await, None, "length {length}");
    }
    assert!(good.is_alive().await);
    assert_eq!(grid.statistics().malformed_messages, 4);
}

/// Greetings of 245 and 517 bytes: the short one would be the length of a handshake that is awaited.
#[tokio::test]
async fn a_client_that_speaks_tls_is_sent_away_at_once() {
    let mut configuration = GridConfiguration::in_memory();
    configuration.limits.handshake_timeout = Duration::from_secs(3600);
    let (grid, address) = serve(configuration).await;
    for begins in [[0x16, 3, 1, 0, 0xf5], [0x16, 3, 1, 2, 5]] {
        let mut client = RawClient::dial(&address).await;
        client.send(&begins).await;
        assert_eq!(client.frame().await, None, "{begins:?}");
    }
    assert_eq!(grid.statistics().refused_handshakes, 2);
}

#[tokio::test]
async fn garbage_instead_of_a_handshake_is_closed_without_an_answer() {
    let (grid, address) = serve(GridConfiguration::in_memory()).await;
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x08\0\0\0\x02\x01\0\x07\0\0\0\x02",
    ] {
        let mut bad = RawClient::dial(&address).await;
        bad.send(garbage).await;
        let mut answer = Vec::new();
        let _ = soon(bad.stream.read_to_end(&mut answer)).await;
        assert_eq!(answer, b"");
    }
    assert_eq!(grid.statistics().refused_handshakes, 2);
}

#[tokio::test]
async fn every_cut_or_twisted_request_leaves_the_others_served() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut good = RawClient::connect(&address).await;
    let header = good.create_cache("A").await;
    let whole = encode_request(&put(header, &text(10), &int(1)), 1, DIALECT).unwrap();
    for place in 4..whole.len() {
        let mut cut = RawClient::connect(&address).await;
        let length = i32::try_from(place - 4).unwrap();
        cut.send(&length.to_le_bytes()).await;
        cut.send(&whole[4..place]).await;
        assert_eq!(cut.frame().await, None, "cut at {place}");

        let mut twisted = RawClient::connect(&address).await;
        let mut bytes = whole.to_vec();
        bytes[place] ^= 0xFF;
        twisted.send(&bytes).await;
        // An answer or an end, both are right; waiting for ever is not.
        let _ = twisted.frame().await;
    }
    assert!(good.is_alive().await);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_off() {
    let mut configuration = GridConfiguration::in_memory();
    configuration.limits.handshake_timeout = Duration::from_millis(50);
    let (grid, address) = serve(configuration).await;
    let mut slow = RawClient::dial(&address).await;
    slow.send(&[8, 0]).await;
    assert_eq!(slow.frame().await, None);
    assert_eq!(grid.statistics().refused_handshakes, 1);
}

#[tokio::test]
async fn a_silent_connection_is_closed_where_an_idle_time_is_set() {
    let mut configuration = GridConfiguration::in_memory();
    configuration.limits.idle_timeout = Some(Duration::from_millis(500));
    let (_grid, address) = serve(configuration).await;
    let mut client = RawClient::connect(&address).await;
    let told: i64 = client.ask(&Request::IdleTimeout(())).await;
    assert_eq!(told, 500);
    assert_eq!(client.frame().await, None);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_freed_ones_used_again() {
    let mut configuration = GridConfiguration::in_memory();
    configuration.limits.connections = 1;
    let (grid, address) = serve(configuration).await;
    let mut first = RawClient::connect(&address).await;
    assert_eq!(RawClient::dial(&address).await.frame().await, None);
    assert!(first.is_alive().await);
    assert_eq!(grid.statistics().refused_connections, 1);
    drop(first);
    let deadline = Instant::now() + PATIENCE;
    while grid.statistics().connections > 0 {
        assert!(
            Instant::now() < deadline,
            "the closed connection is still counted"
        );
        tokio::task::yield_now().await;
    }
    assert!(RawClient::connect(&address).await.is_alive().await);
}

#[tokio::test]
async fn a_listener_that_does_not_read_is_cut_off_and_the_writer_goes_on() {
    let mut configuration = GridConfiguration::in_memory();
    configuration.limits.unsent_bytes = 64 * 1024;
    let (grid, address) = serve(configuration).await;
    let mut deaf = RawClient::connect(&address).await;
    let header = deaf.create_cache("A").await;
    deaf.ask::<ResourceId>(&listen_to(header)).await;
    let mut writer = RawClient::connect(&address).await;
    let value = text(10_000);
    let deadline = Instant::now() + PATIENCE;
    while grid.statistics().slow_listeners == 0 {
        assert!(
            Instant::now() < deadline,
            "the deaf listener is still served"
        );
        writer.ask::<()>(&put(header, &int(1), &value)).await;
    }
    assert!(writer.is_alive().await);
}

#[tokio::test]
async fn a_client_that_reads_no_answers_is_not_read_either() {
    let (grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let header = client.create_cache("A").await;
    client
        .ask::<()>(&put(header, &int(1), &text(100_000)))
        .await;
    let request = encode_request(&get(header, &int(1)), 7, DIALECT).unwrap();
    // 10,000 answers are 1 GB: far more than sockets and queues hold.
    let flood = async {
        for _ in 0..10_000 {
            client.send(&request).await;
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(300), flood).await;
    let answered = grid.statistics().requests;
    assert!(answered < 1_000, "{answered} answers are waiting in memory");
}

#[tokio::test]
async fn a_shutdown_sends_whole_answers_to_a_client_that_reads_late() {
    let (grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let header = client.create_cache("A").await;
    client
        .ask::<()>(&put(header, &int(1), &text(5_000_000)))
        .await;
    // More than the socket takes at once: the shutdown finds the answer half sent.
    client.request(&get(header, &int(1))).await;
    client.request(&Request::Heartbeat(())).await;
    let deadline = Instant::now() + PATIENCE;
    while grid.statistics().requests < 4 {
        assert!(Instant::now() < deadline, "the requests are not answered");
        tokio::task::yield_now().await;
    }
    let shutdown = async { grid.shutdown().await };
    let read = async {
        (
            client.frame().await,
            client.frame().await,
            client.frame().await,
        )
    };
    let ((value, heartbeat, end), ()) = tokio::join!(read, shutdown);
    assert_eq!(
        value.map(|payload| payload.len()),
        Some(5_000_000 + 8 + 2 + 5)
    );
    assert_eq!(heartbeat.map(|payload| payload.len()), Some(8 + 2));
    assert_eq!(end, None);
}

#[tokio::test]
async fn a_password_is_asked_on_the_listener_that_wants_one() {
    let (grid, open) = serve(GridConfiguration::in_memory()).await;
    let guarded = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let guarded = guarded.with_credentials(Credentials::new("ada", "secret"));
    let address = guarded.address().to_string();
    assert!(!format!("{guarded:?}").contains("secret"));
    grid.serve(guarded);

    assert!(RawClient::connect(&open).await.is_alive().await);
    let mut right = RawClient::dial(&address).await;
    let response = right
        .handshake(Some(Credentials::new("ada", "secret")))
        .await;
    assert!(matches!(response, HandshakeResponse::Accepted { .. }));
    let mut wrong = RawClient::dial(&address).await;
    let response = wrong
        .handshake(Some(Credentials::new("ada", "guess")))
        .await;
    let HandshakeResponse::Refused {
        status, message, ..
    } = response
    else {
        panic!("a wrong password was accepted");
    };
    assert_eq!(status, Status::AUTHENTICATION_FAILED);
    assert!(!message.contains("secret") && !message.contains("guess"));
    assert_eq!(wrong.frame().await, None);
}

/// Ignite's own tests send one.
#[tokio::test]
async fn a_name_of_65_kib_is_read() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::dial(&address).await;
    let name = "a".repeat(65 << 10);
    let response = client.handshake(Some(Credentials::new(name, "secret")));
    assert!(matches!(response.await, HandshakeResponse::Accepted { .. }));
}

#[tokio::test]
async fn what_is_stored_is_not_shown_by_debug() {
    let (grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let header = client.create_cache("A").await;
    let value = RawValue::encode("topsecret", Default::default());
    client.ask::<()>(&put(header, &int(1), &value)).await;
    let shown = format!("{grid:?}");
    assert!(
        shown.contains("entries: 1") && !shown.contains("116, 111, 112"),
        "{shown}"
    );
}

#[tokio::test]
async fn several_listeners_serve_one_grid() {
    let (grid, first) = serve(GridConfiguration::in_memory()).await;
    let second = listen(&grid).await;
    let mut writer = RawClient::connect(&first).await;
    let header = writer.create_cache("A").await;
    writer.ask::<()>(&put(header, &int(1), &int(2))).await;
    let found: RawValue = RawClient::connect(&second)
        .await
        .ask(&get(header, &int(1)))
        .await;
    assert_eq!(found, int(2));
}

#[tokio::test]
async fn a_shutdown_closes_every_connection_within_two_seconds() {
    let (grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut idle = RawClient::connect(&address).await;
    let mut unfinished = RawClient::dial(&address).await;
    unfinished.send(&[8]).await;
    let begun = Instant::now();
    grid.shutdown().await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(idle.frame().await, None);
    assert_eq!(unfinished.frame().await, None);
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[cfg(unix)]
mod unix {
    use super::*;
    use portway_ignite::{CacheConfiguration, Client, ClientConfiguration};
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn a_unix_socket_is_its_owners_alone_and_gone_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.sock");
        let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
        grid.serve(Listener::bind_unix(&path).unwrap());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let address = format!("unix:{}", path.display());
        let client = Client::connect(ClientConfiguration::new([address]))
            .await
            .unwrap();
        let cache = client
            .get_or_create_cache::<i32, String>(CacheConfiguration::new("A"))
            .await;
        let cache = cache.unwrap();
        cache.put(&1, "one").await.unwrap();
        assert_eq!(cache.get(&1).await.unwrap().as_deref(), Some("one"));
        drop((cache, client));

        grid.shutdown().await;
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_used_socket_is_refused_and_a_stale_one_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.sock");
        let listening = Listener::bind_unix(&path).unwrap();
        let error = Listener::bind_unix(&path).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        drop(listening);
        // What a killed process leaves behind.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        Listener::bind_unix(&path).unwrap();
    }
}
