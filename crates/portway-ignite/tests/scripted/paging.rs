//! Cursors whose pages, or whose room for asking, are long in coming.

use std::time::Duration;

use portway_ignite::protocol::{
    BinaryType, Cursor, Entry, Page, Request, ResourceId, Rows, SqlFieldsCursor, TypeRegistry,
};
use portway_ignite::{Error, IgniteObject, ScanQuery, WriteValue};

use crate::server::{Peer, ScriptedServer, numbers, raw, soon};

/// What a newer program writes.
#[derive(IgniteObject)]
#[ignite(type_name = "test.Point")]
struct Wide {
    x: i32,
    y: i32,
}

#[derive(IgniteObject, Debug, PartialEq)]
#[ignite(type_name = "test.Point")]
struct Point {
    x: i32,
}

#[tokio::test]
async fn a_row_that_is_here_does_not_wait_for_room_to_ask_for_the_next_page() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().requests_in_flight(1);
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let serve = first_page(&mut peer, 1);
    let (cursor, ()) = tokio::join!(cache.scan(ScanQuery::new()), serve);
    let mut cursor = cursor.unwrap();
    let takes_all_room = tokio::spawn(async move { cache.get(&1).await });
    peer.action().await;
    assert_eq!(soon(cursor.next()).await.unwrap().unwrap(), (1, 1));
    takes_all_room.abort();
}

#[tokio::test]
async fn a_node_that_gives_no_page_in_time_is_asked_whether_it_is_there() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .request_timeout(Duration::from_secs(1));
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let serve = first_page(&mut peer, 0);
    let (cursor, ()) = tokio::join!(cache.scan(ScanQuery::new()), serve);
    let error = soon(cursor.unwrap().next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    let mut asked = Vec::new();
    while !matches!(asked.last(), Some(Request::CacheNames(()))) {
        asked.push(peer.request().await.1);
    }
    assert!(matches!(asked[0], Request::ScanPage(_)), "{asked:?}");
}

#[tokio::test]
async fn types_that_someone_stopped_waiting_for_are_asked_for_again() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let serve = async {
        let (id, _) = peer.request().await;
        let opened = SqlFieldsCursor {
            id: ResourceId(5),
            columns: vec!["point".into()],
            rows: Rows::new(1, &[], true),
        };
        peer.answer(id, &opened).await;
    };
    let (rows, ()) = tokio::join!(client.sql("SELECT point FROM t"), serve);
    let mut rows = rows.unwrap();
    let serve = async {
        let (id, _) = peer.request().await;
        let wide = raw(&Wide { x: 3, y: 4 });
        // A page of one column is a list of values.
        let page = Page {
            rows: vec![wide],
            has_more: false,
        };
        peer.answer(id, &page).await;
        type_asked(&mut peer).await
    };
    tokio::select! {
        row = rows.next() => panic!("its type is not known yet: {row:?}"),
        _ = serve => {}
    }
    let serve = async {
        let id = type_asked(&mut peer).await;
        let mut registry = TypeRegistry::default();
        Wide::describe(&mut registry);
        let described: Option<BinaryType> = registry.iter().next().cloned();
        peer.answer(id, &described).await;
    };
    let (row, ()) = tokio::join!(soon(rows.next()), serve);
    let point: Point = row.unwrap().unwrap().get(0).unwrap();
    assert_eq!(point, Point { x: 3 });
}

async fn type_asked(peer: &mut Peer) -> i64 {
    match peer.request().await {
        (id, Request::BinaryType(_)) => id,
        other => panic!("the type is not asked for: {other:?}"),
    }
}

/// Answers a scan with so many entries, behind which there are more.
async fn first_page(peer: &mut Peer, entries: i32) {
    let (id, _) = peer.request().await;
    let entry = |key: i32| Entry {
        key: raw(&key),
        value: raw(&key),
    };
    let page = Page {
        rows: (1..=entries).map(entry).collect(),
        has_more: true,
    };
    let opened = Cursor {
        id: ResourceId(5),
        page,
    };
    peer.answer(id, &opened).await;
}
