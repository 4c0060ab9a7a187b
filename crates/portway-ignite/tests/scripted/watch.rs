//! Watches: their beginning, gaps, and what is told after them.

use std::time::{Duration, Instant};

use portway_ignite::protocol::{
    Cursor, Entry, EntryEvent, EventKind, Page, RawValue, Request, ResourceId, Status,
};
use portway_ignite::{
    CacheEvent, Change, Client, Error, NearOptions, ScanQuery, Watch, WatchOptions, WeakCaches,
};

use tokio::time::timeout;

use crate::server::{Peer, ScriptedServer, numbers, raw, soon};

pub(crate) const QUERY: i64 = 9;
/// Shorter than a registration takes.
pub(crate) const TICK: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_node_has_time_to_begin_before_it_is_asked_whether_it_has() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, _) = peer.request().await;
        peer.answer(id, &ResourceId(QUERY)).await;
        let answered = Instant::now();
        peer.confirm_listening().await;
        answered.elapsed()
    };
    let (watch, pause) = tokio::join!(cache.watch(WatchOptions::new()), serve);
    watch.unwrap();
    assert!(pause >= Duration::from_millis(2), "{pause:?}");
}

#[tokio::test]
async fn a_near_cache_is_there_a_tenth_of_a_second_after_its_query() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let options = NearOptions::new().weak_caches(WeakCaches::Accepted);
    let serve = async {
        register(&mut peer).await;
        Instant::now()
    };
    let (near, registered) = tokio::join!(cache.near(options), serve);
    near.unwrap();
    assert!(registered.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_closed_client_leaves_no_task_to_its_near_caches() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let options = NearOptions::new().weak_caches(WeakCaches::Accepted);
    let (near, ()) = tokio::join!(cache.near(options), register(&mut peer));
    let _near = near.unwrap();
    client.close().await;
    let metrics = tokio::runtime::Handle::current().metrics();
    let ended = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::time::sleep(TICK).await;
        }
    };
    soon(ended).await;
}

#[tokio::test]
async fn a_lost_watch_says_so_and_is_registered_again() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let mut watch = start(&client, &mut peer, WatchOptions::new()).await;
    peer.notify(QUERY, &event(1, EventKind::Created)).await;
    assert!(matches!(
        next(&mut watch).await,
        Change::Event(CacheEvent::Created { key: 1, .. })
    ));
    drop(peer);
    let gap = next(&mut watch).await;
    assert!(
        matches!(
            gap,
            Change::Gap {
                reason: Error::ConnectionLost { .. }
            }
        ),
        "{gap:?}"
    );
    let serve = async {
        let mut peer = server.welcome().await;
        register(&mut peer).await;
        peer.notify(QUERY, &event(2, EventKind::Created)).await;
        peer
    };
    let (resumed, _peer) = tokio::join!(next(&mut watch), serve);
    assert!(matches!(resumed, Change::Resumed { .. }), "{resumed:?}");
    assert!(matches!(
        next(&mut watch).await,
        Change::Event(CacheEvent::Created { key: 2, .. })
    ));
}

#[tokio::test]
async fn after_a_gap_the_entries_are_read_again() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let options = WatchOptions::new().scan_after_gaps(ScanQuery::new());
    let mut watch = start(&client, &mut peer, options).await;
    drop(peer);
    assert!(matches!(next(&mut watch).await, Change::Gap { .. }));
    let serve = async {
        let mut peer = server.welcome().await;
        register(&mut peer).await;
        answer_scan(&mut peer, &[1, 2]).await;
        peer
    };
    let changes = async {
        let mut changes = Vec::new();
        for _ in 0..4 {
            changes.push(next(&mut watch).await);
        }
        changes
    };
    let (changes, _peer) = tokio::join!(changes, serve);
    let expected = [
        matches!(changes[0], Change::Resumed { .. }),
        matches!(changes[1], Change::Found { key: 1, value: 1 }),
        matches!(changes[2], Change::Found { key: 2, value: 2 }),
        matches!(changes[3], Change::AllFound),
    ];
    assert_eq!(expected, [true; 4], "{changes:?}");
}

/// A clock beside the watch that ticks faster than the node answers must not make it begin anew with
/// each tick: it would never come to an end, and the node have a query to begin and to end each time.
#[tokio::test]
async fn a_watch_that_is_given_little_time_at_once_resumes_all_the_same() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let options = WatchOptions::new().scan_after_gaps(ScanQuery::new());
    let mut watch = start(&client, &mut peer, options).await;
    drop(peer);
    assert!(matches!(next(&mut watch).await, Change::Gap { .. }));
    let serve = async {
        let mut peer = server.welcome().await;
        let (id, request) = peer.request().await;
        assert!(matches!(request, Request::ContinuousQuery(_)));
        tokio::time::sleep(10 * TICK).await;
        peer.answer(id, &ResourceId(QUERY)).await;
        // A query that was given up would be released, and asked for again.
        peer.confirm_listening().await;
        let id = scan(&mut peer).await;
        tokio::time::sleep(10 * TICK).await;
        let cursor = Cursor {
            id: ResourceId(5),
            page: page(&[1], false),
        };
        peer.answer(id, &cursor).await;
        peer
    };
    let changes = async {
        let mut changes = Vec::new();
        while changes.len() < 3 {
            if let Ok(told) = timeout(TICK, watch.next()).await {
                changes.push(told.expect("the watch goes on").unwrap());
            }
        }
        changes
    };
    let (changes, _peer) = soon(async { tokio::join!(changes, serve) }).await;
    let expected = [
        matches!(changes[0], Change::Resumed { .. }),
        matches!(changes[1], Change::Found { key: 1, value: 1 }),
        matches!(changes[2], Change::AllFound),
    ];
    assert_eq!(expected, [true; 3], "{changes:?}");
}

#[tokio::test]
async fn an_older_value_is_not_found_after_its_change_was_told() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let options = WatchOptions::new().scan_at_start(ScanQuery::new());
    let mut watch = start(&client, &mut peer, options).await;
    // The first page keeps the scan open; the second one holds what is removed in between.
    let serve = async {
        let id = scan(&mut peer).await;
        peer.answer(
            id,
            &Cursor {
                id: ResourceId(5),
                page: page(&[1], true),
            },
        )
        .await;
        let (id, _) = peer.request().await;
        peer.notify(QUERY, &event(2, EventKind::Removed)).await;
        id
    };
    let told = async { (next(&mut watch).await, next(&mut watch).await) };
    let ((found, removed), id) = tokio::join!(told, serve);
    assert!(matches!(found, Change::Found { key: 1, .. }), "{found:?}");
    assert!(
        matches!(removed, Change::Event(CacheEvent::Removed { key: 2, .. })),
        "{removed:?}"
    );
    peer.answer(id, &page(&[2, 3], false)).await;
    assert!(matches!(
        next(&mut watch).await,
        Change::Found { key: 3, .. }
    ));
    assert!(matches!(next(&mut watch).await, Change::AllFound));
}

#[tokio::test]
async fn a_reader_that_falls_behind_meets_a_gap() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().listener_queue(1);
    let (client, mut peer) = server.connect(configuration).await;
    let mut watch = start(&client, &mut peer, WatchOptions::new()).await;
    for key in 1..=2 {
        peer.notify(QUERY, &event(key, EventKind::Created)).await;
    }
    assert_eq!(peer.release().await, ResourceId(QUERY));
    assert!(matches!(next(&mut watch).await, Change::Event(_)));
    assert!(matches!(
        next(&mut watch).await,
        Change::Gap {
            reason: Error::EventsLost
        }
    ));
    let serve = async {
        assert_eq!(
            peer.release().await,
            ResourceId(QUERY),
            "the stream is dropped, too"
        );
        register(&mut peer).await;
    };
    let (resumed, ()) = tokio::join!(next(&mut watch), serve);
    assert!(matches!(resumed, Change::Resumed { .. }));
}

#[tokio::test]
async fn a_watch_ends_when_its_cache_is_gone() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let mut watch = start(&client, &mut peer, WatchOptions::new()).await;
    drop(peer);
    assert!(matches!(next(&mut watch).await, Change::Gap { .. }));
    let serve = async {
        let mut peer = server.welcome().await;
        let (id, _) = peer.request().await;
        peer.fail(id, Status::CACHE_DOES_NOT_EXIST, "gone").await;
    };
    let (error, ()) = tokio::join!(soon(watch.next()), serve);
    let status = error.unwrap().unwrap_err().status();
    assert_eq!(status, Some(Status::CACHE_DOES_NOT_EXIST));
    assert!(soon(watch.next()).await.is_none());
}

/// Nodes refuse queries and scans for moments while another one joins them.
#[tokio::test]
async fn a_watch_outlives_refusals_after_a_gap() {
    const REFUSAL: &str = "Getting affinity for too old topology version";
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let options = WatchOptions::new().scan_after_gaps(ScanQuery::new());
    let mut watch = start(&client, &mut peer, options).await;
    drop(peer);
    assert!(matches!(next(&mut watch).await, Change::Gap { .. }));
    let serve = async {
        let mut peer = server.welcome().await;
        let (id, _) = peer.request().await;
        peer.fail(id, Status::FAILED, REFUSAL).await;
        register(&mut peer).await;
        let id = scan(&mut peer).await;
        peer.fail(id, Status::FAILED, REFUSAL).await;
        answer_scan(&mut peer, &[1]).await;
        peer
    };
    let changes = async { [next(&mut watch).await, next(&mut watch).await] };
    let (changes, _peer) = tokio::join!(changes, serve);
    let expected = [
        matches!(changes[0], Change::Resumed { .. }),
        matches!(changes[1], Change::Found { key: 1, .. }),
    ];
    assert_eq!(expected, [true; 2], "{changes:?}");
}

#[tokio::test]
async fn a_scan_that_a_gap_cuts_short_begins_again_after_it() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let options = WatchOptions::new().scan_at_start(ScanQuery::new());
    let mut watch = start(&client, &mut peer, options).await;
    let (told, _) = tokio::join!(timeout(TICK * 50, watch.next()), scan(&mut peer));
    assert!(told.is_err(), "{told:?}");
    drop(peer);
    assert!(matches!(next(&mut watch).await, Change::Gap { .. }));
    let serve = async {
        let mut peer = server.welcome().await;
        register(&mut peer).await;
        answer_scan(&mut peer, &[1]).await;
        peer
    };
    let changes = async { [next(&mut watch).await, next(&mut watch).await] };
    let (changes, _peer) = tokio::join!(changes, serve);
    let expected = [
        matches!(changes[0], Change::Resumed { .. }),
        matches!(changes[1], Change::Found { key: 1, .. }),
    ];
    assert_eq!(expected, [true; 2], "{changes:?}");
    assert!(matches!(next(&mut watch).await, Change::AllFound));
}

pub(crate) async fn start(
    client: &Client,
    peer: &mut Peer,
    options: WatchOptions,
) -> Watch<i32, i32> {
    let cache = numbers(client);
    let (watch, ()) = tokio::join!(cache.watch(options), register(peer));
    watch.unwrap()
}

pub(crate) async fn register(peer: &mut Peer) {
    register_as(peer, QUERY).await;
}

pub(crate) async fn register_as(peer: &mut Peer, query: i64) {
    let (id, request) = peer.request().await;
    assert!(
        matches!(request, Request::ContinuousQuery(_)),
        "{request:?}"
    );
    peer.answer(id, &ResourceId(query)).await;
    peer.confirm_listening().await;
}

pub(crate) async fn scan(peer: &mut Peer) -> i64 {
    let (id, request) = peer.request().await;
    assert!(matches!(request, Request::Scan(_)), "{request:?}");
    id
}

async fn answer_scan(peer: &mut Peer, keys: &[i32]) {
    let id = scan(peer).await;
    let cursor = Cursor {
        id: ResourceId(5),
        page: page(keys, false),
    };
    peer.answer(id, &cursor).await;
}

pub(crate) async fn next(watch: &mut Watch<i32, i32>) -> Change<i32, i32> {
    soon(watch.next())
        .await
        .expect("the watch goes on")
        .unwrap()
}

pub(crate) fn page(keys: &[i32], has_more: bool) -> Page<Entry> {
    let entry = |key: &i32| Entry {
        key: raw(key),
        value: raw(key),
    };
    Page {
        rows: keys.iter().map(entry).collect(),
        has_more,
    }
}

pub(crate) fn event(key: i32, kind: EventKind) -> Vec<EntryEvent> {
    let value = match kind {
        EventKind::Created => raw(&key),
        _ => RawValue::NULL,
    };
    vec![EntryEvent {
        key: raw(&key),
        old_value: RawValue::NULL,
        value,
        kind,
    }]
}
