//! Watches of which nobody knows whether they are told all changes.

use std::time::Duration;

use portway_ignite::protocol::{Cursor, EventKind, Request, ResourceId, Status, TopologyVersion};
use portway_ignite::{CacheConfiguration, Change, Client, Error, ScanQuery, Watch, WatchOptions};
use tokio::time::timeout;

use crate::server::{Peer, ScriptedServer, numbers, raw};
use crate::watch::{QUERY, TICK, event, next, page, register_as, scan, start};

#[tokio::test]
async fn a_watch_in_doubt_goes_on_until_it_is_registered_again_and_then_tells_a_gap() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    answer_at(&client, &mut peer, (1, 1)).await;
    let mut watch = start(&client, &mut peer, WatchOptions::new()).await;
    // One cache came or went, and this one is there: no doubt. Of two, it may have been one.
    answer_at(&client, &mut peer, (1, 2)).await;
    tell(&mut peer, &mut watch, 1).await;
    answer_at(&client, &mut peer, (1, 4)).await;
    tell(&mut peer, &mut watch, 2).await;
    let serve = async {
        register_as(&mut peer, QUERY + 1).await;
        // What has arrived until now is told before the gap.
        peer.notify(QUERY, &event(3, EventKind::Created)).await;
        assert_eq!(peer.release().await, ResourceId(QUERY));
        peer.notify(QUERY + 1, &event(4, EventKind::Created)).await;
    };
    let changes = async {
        let mut changes = Vec::new();
        while !matches!(changes.last(), Some(Change::Resumed { .. })) {
            changes.push(next(&mut watch).await);
        }
        changes
    };
    let (changes, ()) = tokio::join!(changes, serve);
    let in_doubt = Error::EventsInDoubt.to_string();
    let is_doubt =
        |it: &&Change<_, _>| matches!(it, Change::Gap { reason } if reason.to_string() == in_doubt);
    assert_eq!(changes.iter().filter(is_doubt).count(), 1, "{changes:?}");
    let Some(Change::Resumed { after }) = changes.last() else {
        panic!("no end of the gap: {changes:?}");
    };
    assert!(
        *after >= Duration::from_millis(200),
        "it began with the doubt: {after:?}"
    );
    assert!(is_event_of(&next(&mut watch).await, 4));
}

#[tokio::test]
async fn a_watch_in_doubt_that_is_refused_a_second_query_gives_up_its_first_one() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    answer_at(&client, &mut peer, (1, 1)).await;
    let mut watch = start(&client, &mut peer, WatchOptions::new()).await;
    answer_at(&client, &mut peer, (1, 4)).await;
    tell(&mut peer, &mut watch, 1).await;
    let serve = async {
        let (id, request) = peer.request().await;
        assert!(matches!(request, Request::ContinuousQuery(_)));
        peer.fail(id, Status::TOO_MANY_CURSORS, "two").await;
        assert_eq!(peer.release().await, ResourceId(QUERY));
        register_as(&mut peer, QUERY + 1).await;
    };
    let changes = async { [next(&mut watch).await, next(&mut watch).await] };
    let (changes, ()) = tokio::join!(changes, serve);
    let expected = [
        matches!(changes[0], Change::Gap { .. }),
        matches!(changes[1], Change::Resumed { .. }),
    ];
    assert_eq!(expected, [true; 2], "{changes:?}");
}

#[tokio::test]
async fn a_watch_in_doubt_comes_to_the_end_of_its_scan_first() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    answer_at(&client, &mut peer, (1, 1)).await;
    let options = WatchOptions::new().scan_at_start(ScanQuery::new());
    let mut watch = start(&client, &mut peer, options).await;
    let (told, id) = tokio::join!(timeout(TICK * 50, watch.next()), scan(&mut peer));
    assert!(told.is_err(), "{told:?}");
    answer_at(&client, &mut peer, (1, 4)).await;
    tell(&mut peer, &mut watch, 1).await;
    let quiet = Duration::from_millis(300);
    let (told, asked) = tokio::join!(timeout(quiet, watch.next()), timeout(quiet, peer.frame()));
    assert!(told.is_err(), "{told:?}");
    assert!(asked.is_err(), "{asked:?}");
    let serve = async {
        let cursor = Cursor {
            id: ResourceId(5),
            page: page(&[2], false),
        };
        peer.answer(id, &cursor).await;
        register_as(&mut peer, QUERY + 1).await;
    };
    let changes = async {
        let mut changes = Vec::new();
        for _ in 0..4 {
            changes.push(next(&mut watch).await);
        }
        changes
    };
    let (changes, ()) = tokio::join!(changes, serve);
    let expected = [
        matches!(changes[0], Change::Found { key: 2, .. }),
        matches!(changes[1], Change::AllFound),
        matches!(changes[2], Change::Gap { .. }),
        matches!(changes[3], Change::Resumed { .. }),
    ];
    assert_eq!(expected, [true; 4], "{changes:?}");
}

#[tokio::test]
async fn a_watch_of_certain_gaps_passes_over_doubts() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    answer_at(&client, &mut peer, (1, 1)).await;
    let options = WatchOptions::new().only_certain_gaps();
    let mut watch = start(&client, &mut peer, options).await;
    answer_at(&client, &mut peer, (1, 4)).await;
    tell(&mut peer, &mut watch, 1).await;
    let quiet = Duration::from_millis(300);
    let (told, asked) = tokio::join!(timeout(quiet, watch.next()), timeout(quiet, peer.frame()));
    assert!(told.is_err(), "{told:?}");
    assert!(asked.is_err(), "{asked:?}");
}

/// Behind a node that came or went, partitions move, and the version tells when they have. A node of
/// 2.17 does not tell a query that began meanwhile of each change in some of them.
#[tokio::test]
async fn a_watch_that_began_while_partitions_moved_is_in_doubt_once_they_have() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    answer_at(&client, &mut peer, (2, 0)).await;
    let mut watch = start(&client, &mut peer, WatchOptions::new()).await;
    answer_at(&client, &mut peer, (2, 1)).await;
    let serve = async {
        is_there(&mut peer).await;
        register_as(&mut peer, QUERY + 1).await;
    };
    let (told, ()) = tokio::join!(next(&mut watch), serve);
    assert!(matches!(told, Change::Gap { .. }), "{told:?}");
}

/// A change is told while the client asks whether the cache is there.
async fn tell(peer: &mut Peer, watch: &mut Watch<i32, i32>, key: i32) {
    let serve = async {
        is_there(peer).await;
        peer.notify(QUERY, &event(key, EventKind::Created)).await;
    };
    let (told, ()) = tokio::join!(next(watch), serve);
    assert!(is_event_of(&told, key), "{told:?}");
}

fn is_event_of(change: &Change<i32, i32>, key: i32) -> bool {
    matches!(change, Change::Event(event) if *event.key() == key)
}

/// Reads a key, whose answer tells of a newer version of the topology.
async fn answer_at(client: &Client, peer: &mut Peer, (major, minor): (i64, i32)) {
    let cache = numbers(client);
    let serve = async {
        let (id, _) = peer.action().await;
        let version = TopologyVersion { major, minor };
        peer.answer_at(id, &raw(&1), Some(version)).await;
    };
    let (value, ()) = tokio::join!(cache.get(&1), serve);
    value.unwrap();
}

/// Answers the question whether the cache is there.
async fn is_there(peer: &mut Peer) {
    let (id, request) = peer.request().await;
    let is_question = matches!(request, Request::CacheConfiguration(_));
    assert!(is_question, "{request:?}");
    peer.answer(id, &CacheConfiguration::new("numbers")).await;
}
