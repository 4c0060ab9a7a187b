//! Cursors whose pages, or whose room for asking, are long in coming.

use portway_ignite::protocol::{
    BinaryType, Cursor, Entry, Page, Request, ResourceId, Rows, SqlFieldsCursor, TypeRegistry,
};
use portway_ignite::{IgniteObject, ScanQuery, WriteValue};

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
    let serve = async {
        let (id, _) = peer.request().await;
        let (key, value) = (raw(&1_i32), raw(&1_i32));
        let page = Page {
            rows: vec![Entry { key, value }],
            has_more: true,
        };
        let id_of_cursor = ResourceId(5);
        peer.answer(
            id,
            &Cursor {
                id: id_of_cursor,
                page,
            },
        )
        .await;
    };
    let (cursor, ()) = tokio::join!(cache.scan(ScanQuery::new()), serve);
    let mut cursor = cursor.unwrap();
    let takes_all_room = tokio::spawn(async move { cache.get(&1).await });
    peer.action().await;
    assert_eq!(soon(cursor.next()).await.unwrap().unwrap(), (1, 1));
    takes_all_room.abort();
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
