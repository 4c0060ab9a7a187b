//! Cursors and event streams: notifications too early or too many, and their release.

use portway_ignite::protocol::{
    Cursor, Entry, EntryEvent, EventKind, Page, RawValue, Request, ResourceId, Status,
    TopologyVersion,
};
use portway_ignite::{
    Cache, CacheConfiguration, CacheEvent, ContinuousQuery, Error, EventStream, ScanQuery,
};

use crate::server::{Peer, ScriptedServer, numbers, raw, soon};

#[tokio::test]
async fn an_abandoned_scan_is_closed_when_its_cursor_becomes_known() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let abandoned = tokio::spawn(async move { cache.scan(ScanQuery::new()).await.map(drop) });
    let (id, _) = peer.request().await;
    abandoned.abort();
    assert!(abandoned.await.unwrap_err().is_cancelled());
    let page: Page<Entry> = Page {
        rows: Vec::new(),
        has_more: true,
    };
    peer.answer(
        id,
        &Cursor {
            id: ResourceId(77),
            page,
        },
    )
    .await;
    assert_eq!(peer.release().await, ResourceId(77));
}

#[tokio::test]
async fn a_dropped_cursor_is_released_and_a_finished_one_is_not() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    for (id_of_cursor, has_more) in [(5, false), (6, true)] {
        let serve = async {
            let (id, _) = peer.request().await;
            let page: Page<Entry> = Page {
                rows: Vec::new(),
                has_more,
            };
            peer.answer(
                id,
                &Cursor {
                    id: ResourceId(id_of_cursor),
                    page,
                },
            )
            .await;
        };
        let (cursor, ()) = tokio::join!(cache.scan(ScanQuery::new()), serve);
        drop(cursor.unwrap());
    }
    assert_eq!(
        peer.release().await,
        ResourceId(6),
        "5 was closed by its last page"
    );
}

#[tokio::test]
async fn a_notification_before_its_response_is_not_lost() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, _) = peer.request().await;
        peer.notify(9, &created(1)).await;
        peer.answer(id, &ResourceId(9)).await;
        peer.confirm_listening().await;
        peer.notify(9, &created(2)).await;
    };
    let (events, ()) = tokio::join!(cache.continuous_query(ContinuousQuery::new()), serve);
    let mut events = events.unwrap();
    for key in [1, 2] {
        let event = soon(events.next()).await.unwrap().unwrap();
        assert_eq!(event, CacheEvent::Created { key, value: key });
    }
    drop(events);
    assert_eq!(peer.release().await, ResourceId(9));
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_told_that_events_were_lost() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server
        .connect(server.configuration().listener_queue(2))
        .await;
    let cache = numbers(&client);
    let mut events = listen(&cache, &mut peer).await;
    for key in 1..=3 {
        peer.notify(9, &created(key)).await;
    }
    assert_eq!(
        peer.release().await,
        ResourceId(9),
        "the stream is ended on the server"
    );
    for key in [1, 2] {
        assert_eq!(*soon(events.next()).await.unwrap().unwrap().key(), key);
    }
    let error = soon(events.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::EventsLost), "{error}");
    assert!(soon(events.next()).await.is_none());
}

#[tokio::test]
async fn a_lost_event_stream_says_so_and_ends() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let mut events = listen(&cache, &mut peer).await;
    drop(peer);
    let _second = server.welcome().await;
    let error = soon(events.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    assert!(soon(events.next()).await.is_none());
}

#[tokio::test]
async fn a_stream_whose_cache_was_destroyed_says_so_and_ends() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let mut events = listen(&cache, &mut peer).await;
    // A cache came, and this one is there; then one went, and that was this one.
    get_at(&cache, &mut peer, 1).await;
    let serve = async {
        let configuration = CacheConfiguration::new("numbers");
        let id = configuration_asked(&mut peer).await;
        peer.answer(id, &configuration).await;
        peer.notify(9, &created(1)).await;
    };
    let (event, ()) = tokio::join!(soon(events.next()), serve);
    assert_eq!(*event.unwrap().unwrap().key(), 1, "it goes on");
    get_at(&cache, &mut peer, 2).await;
    let serve = async {
        let id = configuration_asked(&mut peer).await;
        peer.fail(id, Status::CACHE_DOES_NOT_EXIST, "gone").await;
    };
    let (event, ()) = tokio::join!(soon(events.next()), serve);
    let status = event.unwrap().unwrap_err().status();
    assert_eq!(status, Some(Status::CACHE_DOES_NOT_EXIST));
    assert!(soon(events.next()).await.is_none());
}

/// Begins a continuous query, whose stream is 9.
async fn listen(cache: &Cache<i32, i32>, peer: &mut Peer) -> EventStream<i32, i32> {
    let serve = async {
        let (id, _) = peer.request().await;
        peer.answer(id, &ResourceId(9)).await;
        peer.confirm_listening().await;
    };
    let (events, ()) = tokio::join!(cache.continuous_query(ContinuousQuery::new()), serve);
    events.unwrap()
}

/// Reads a key, whose answer tells of a newer version of the topology.
async fn get_at(cache: &Cache<i32, i32>, peer: &mut Peer, minor: i32) {
    let serve = async {
        let (id, _) = peer.action().await;
        let version = TopologyVersion { major: 1, minor };
        peer.answer_at(id, &raw(&1), Some(version)).await;
    };
    let (value, ()) = tokio::join!(cache.get(&1), serve);
    assert_eq!(value.unwrap(), Some(1));
}

/// The id of the next request, which must ask for the configuration of a cache.
async fn configuration_asked(peer: &mut Peer) -> i64 {
    match peer.request().await {
        (id, Request::CacheConfiguration(_)) => id,
        other => panic!("no question for the cache: {other:?}"),
    }
}

#[tokio::test]
async fn a_page_that_someone_stopped_waiting_for_is_not_lost() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let rows = |key: i32| {
        vec![Entry {
            key: raw(&key),
            value: raw(&key),
        }]
    };
    let serve = async {
        let (id, _) = peer.request().await;
        let page = Page {
            rows: rows(1),
            has_more: true,
        };
        peer.answer(
            id,
            &Cursor {
                id: ResourceId(5),
                page,
            },
        )
        .await;
    };
    let (cursor, ()) = tokio::join!(cache.scan(ScanQuery::new()), serve);
    let mut cursor = cursor.unwrap();
    assert_eq!(soon(cursor.next()).await.unwrap().unwrap(), (1, 1));
    let id = tokio::select! {
        entry = cursor.next() => panic!("nothing was answered yet: {entry:?}"),
        (id, _) = peer.request() => id,
    };
    peer.answer(
        id,
        &Page {
            rows: rows(2),
            has_more: false,
        },
    )
    .await;
    assert_eq!(
        soon(cursor.next()).await.unwrap().unwrap(),
        (2, 2),
        "it asks only once"
    );
    assert!(soon(cursor.next()).await.is_none());
}

#[tokio::test]
async fn a_cursor_does_not_move_to_another_connection() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, _) = peer.request().await;
        let rows = vec![Entry {
            key: raw(&1_i32),
            value: raw(&1_i32),
        }];
        let page = Page {
            rows,
            has_more: true,
        };
        peer.answer(
            id,
            &Cursor {
                id: ResourceId(5),
                page,
            },
        )
        .await;
        drop(peer);
    };
    let (cursor, ()) = tokio::join!(cache.scan(ScanQuery::new()), serve);
    let mut cursor = cursor.unwrap();
    let _second = server.welcome().await;
    assert_eq!(soon(cursor.next()).await.unwrap().unwrap(), (1, 1));
    let error = soon(cursor.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    assert!(soon(cursor.next()).await.is_none());
}

fn created(key: i32) -> Vec<EntryEvent> {
    let kind = EventKind::Created;
    vec![EntryEvent {
        key: raw(&key),
        old_value: RawValue::NULL,
        value: raw(&key),
        kind,
    }]
}
