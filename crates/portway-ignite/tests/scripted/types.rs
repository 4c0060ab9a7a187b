//! Binary types: told before the first object, in the way the cluster wants them.

use std::time::Duration;

use portway_ignite::protocol::{
    BinaryConfiguration, BinaryField, BinaryType, EntryEvent, EventKind, Feature, Features,
    NameMapper, RawValue, Request, ResourceId, Status, TypeRegistry, java,
};
use portway_ignite::{
    BinaryObjectBuilder, Cache, Client, ContinuousQuery, Error, IgniteObject, WriteValue,
};

use crate::server::{Peer, ScriptedServer, numbers, raw, soon};

/// Shorter than the node takes to answer.
const TICK: Duration = Duration::from_millis(5);

/// The same type as a newer program writes it.
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
async fn a_type_is_told_before_its_first_object_and_again_to_a_node_that_is_new() {
    let server = ScriptedServer::start().await;
    let (client, mut first) = server.connect(server.configuration()).await;
    let cache: Cache<i32, Point> = client.cache("points");
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), put_point(&mut first));
    result.unwrap();
    assert!(
        matches!(
            &told[..],
            [Request::PutBinaryType(_), Request::PutTypeName(_)]
        ),
        "{told:?}"
    );
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), put_point(&mut first));
    result.unwrap();
    assert!(told.is_empty(), "{told:?}");
    drop(first);
    let mut second = server.welcome().await;
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), put_point(&mut second));
    result.unwrap();
    assert_eq!(
        told.len(),
        2,
        "behind the new connection may be another grid"
    );
}

#[tokio::test]
async fn a_type_is_not_told_again_to_the_node_that_has_it() {
    let server = ScriptedServer::start().await;
    let (client, mut first) = server.connect(server.configuration()).await;
    let cache: Cache<i32, Point> = client.cache("points");
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), put_point(&mut first));
    result.unwrap();
    assert_eq!(told.len(), 2);
    let node = first.node;
    drop(first);
    let mut second = server.welcome_as(node).await;
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), put_point(&mut second));
    result.unwrap();
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test]
async fn a_built_object_is_told_when_it_has_fields_that_are_new() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache: Cache<i32, BinaryObjectBuilder> = client.cache("built");
    let narrow = BinaryObjectBuilder::new("test.Built").set("x", 1);
    let wide = narrow.clone().set("y", 2);
    for (object, expected) in [(&narrow, 2), (&wide, 2), (&narrow, 0), (&wide, 0)] {
        let (result, told) = tokio::join!(cache.put(&1, object), put_point(&mut peer));
        result.unwrap();
        assert_eq!(told.len(), expected, "{told:?}");
    }
}

#[tokio::test]
async fn a_refused_type_is_told_again_with_the_codes_that_the_grid_has() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache: Cache<i32, BinaryObjectBuilder> = client.cache("built");
    let object = BinaryObjectBuilder::new("test.Built").set("all", vec!["x"]);
    let object_code = 103;
    let field = BinaryField {
        name: "all".to_owned(),
        type_code: object_code,
        id: java::field_id("all"),
    };
    let known = BinaryType::new("test.Built", None, vec![field]);
    let serve = async {
        let (id, _) = peer.request().await;
        peer.fail(id, Status::FAILED, "no").await;
        let (id, asked) = peer.request().await;
        assert!(matches!(asked, Request::BinaryType(_)), "{asked:?}");
        peer.answer(id, &Some(known)).await;
        put_point(&mut peer).await
    };
    let (result, told) = tokio::join!(cache.put(&1, &object), serve);
    result.unwrap();
    let Request::PutBinaryType(adapted) = &told[0] else {
        panic!("{told:?}");
    };
    assert_eq!(adapted.fields[0].type_code, object_code);
}

#[tokio::test]
async fn a_write_whose_types_could_not_be_told_was_not_sent_and_is_repeated() {
    let server = ScriptedServer::start().await;
    let (client, mut first) = server.connect(server.configuration()).await;
    let cache: Cache<i32, Point> = client.cache("points");
    let serve = async {
        first.request().await;
        drop(first);
        let mut second = server.welcome().await;
        put_point(&mut second).await
    };
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), serve);
    result.unwrap();
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn an_unknown_schema_is_asked_for_once() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache: Cache<i32, Point> = client.cache("points");
    let wide = Wide { x: 3, y: 4 };
    let mut known = TypeRegistry::new(BinaryConfiguration::default());
    Wide::describe(&mut known);
    let described = known.iter().next().cloned();
    let serve = async {
        for answers_type in [true, false] {
            loop {
                match peer.request().await {
                    (id, Request::KeyValue(_)) => break peer.answer(id, &raw(&wide)).await,
                    (id, Request::PutTypeName(_)) => peer.answer(id, &true).await,
                    (id, _) => peer.answer(id, &()).await,
                }
            }
            if answers_type {
                let (id, request) = peer.request().await;
                assert!(matches!(request, Request::BinaryType(_)), "{request:?}");
                peer.answer(id, &described).await;
            }
        }
    };
    let reads = async {
        for _ in 0..2 {
            assert_eq!(cache.get(&1).await.unwrap(), Some(Point { x: 3 }));
        }
    };
    tokio::join!(reads, serve);
}

/// A clock beside the stream ticks faster than the node answers.
#[tokio::test]
async fn a_type_is_fetched_for_an_event_although_nobody_waits_for_it_long() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache: Cache<i32, Point> = client.cache("points");
    let wide = Wide { x: 3, y: 4 };
    let mut known = TypeRegistry::new(BinaryConfiguration::default());
    Wide::describe(&mut known);
    let described = known.iter().next().cloned();
    let event = EntryEvent {
        key: raw(&1),
        old_value: RawValue::NULL,
        value: raw(&wide),
        kind: EventKind::Created,
    };
    let serve = async {
        loop {
            match peer.request().await {
                (id, Request::ContinuousQuery(_)) => break peer.answer(id, &ResourceId(9)).await,
                (id, Request::PutTypeName(_)) => peer.answer(id, &true).await,
                (id, _) => peer.answer(id, &()).await,
            }
        }
        peer.confirm_listening().await;
        peer.notify(9, &vec![event]).await;
        let (id, request) = peer.request().await;
        assert!(matches!(request, Request::BinaryType(_)), "{request:?}");
        tokio::time::sleep(10 * TICK).await;
        peer.answer(id, &described).await;
        assert_eq!(
            peer.release().await,
            ResourceId(9),
            "one question was enough"
        );
    };
    let read = async {
        let query = cache.continuous_query(ContinuousQuery::new());
        let mut events = query.await.unwrap();
        loop {
            if let Ok(event) = tokio::time::timeout(TICK, events.next()).await {
                break event.unwrap().unwrap();
            }
        }
    };
    let (event, ()) = soon(async { tokio::join!(read, serve) }).await;
    assert_eq!(event.value(), Some(&Point { x: 3 }));
}

#[tokio::test]
async fn the_clusters_way_to_write_objects_is_adopted() {
    let server = ScriptedServer::start().await;
    let features = Features::NONE.with(Feature::BinaryConfiguration);
    let configuration = BinaryConfiguration {
        compact_footer: false,
        name_mapper: NameMapper::Simple,
    };
    let welcome = async {
        let mut peer = server.welcome_with(features).await;
        let (id, request) = peer.request().await;
        assert!(
            matches!(request, Request::BinaryConfiguration(())),
            "{request:?}"
        );
        peer.answer(id, &configuration).await;
        peer
    };
    let (client, mut peer) = tokio::join!(Client::connect(server.configuration()), welcome);
    let cache: Cache<i32, Point> = client.unwrap().cache("points");
    let (result, told) = tokio::join!(cache.put(&1, &Point { x: 1 }), put_point(&mut peer));
    result.unwrap();
    let Request::PutBinaryType(BinaryType { name, .. }) = &told[0] else {
        panic!("{told:?}");
    };
    assert_eq!(
        name.as_deref(),
        Some("Point"),
        "the simple name, as the cluster wants it"
    );
}

#[tokio::test]
async fn only_objects_wait_until_the_node_says_how_the_cluster_wants_them() {
    let server = ScriptedServer::start().await;
    let features = Features::NONE.with(Feature::BinaryConfiguration);
    let connect = Client::connect(server.configuration());
    let (client, mut peer) = tokio::join!(connect, server.welcome_with(features));
    let client = client.unwrap();
    let (question, _) = peer.request().await;
    let (numbers, serve) = (numbers(&client), serve_one(&mut peer));
    let (plain, ()) = tokio::join!(numbers.put(&1, &1), serve);
    plain.unwrap();

    let objects: Cache<i32, BinaryObjectBuilder> = client.cache("built");
    let object = BinaryObjectBuilder::new("test.Built").set("x", 1);
    let serve = async {
        let early = tokio::time::timeout(Duration::from_millis(50), peer.frame()).await;
        assert!(early.is_err(), "the object should wait");
        peer.answer(question, &BinaryConfiguration::default()).await;
        put_point(&mut peer).await
    };
    let (result, told) = tokio::join!(objects.put(&1, &object), serve);
    result.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
}

#[tokio::test]
async fn the_first_request_does_not_wait_behind_questions_that_it_does_not_need() {
    let server = ScriptedServer::start().await;
    let features = Features::NONE.with(Feature::BinaryConfiguration);
    let connect = Client::connect(server.configuration());
    let (client, mut peer) = tokio::join!(connect, server.welcome_with(features));
    let numbers = numbers(&client.unwrap());
    let serve = async {
        let (id, first) = peer.request().await;
        assert!(matches!(first, Request::KeyValue(_)), "{first:?}");
        peer.answer(id, &()).await;
    };
    let (plain, ()) = tokio::join!(numbers.put(&1, &1), serve);
    plain.unwrap();
    // It is asked soon all the same, so that objects need not wait later.
    let (_, question) = peer.request().await;
    assert!(
        matches!(question, Request::BinaryConfiguration(())),
        "{question:?}"
    );
}

#[tokio::test]
async fn an_object_whose_node_never_says_how_to_write_it_runs_into_its_time_out() {
    let server = ScriptedServer::start().await;
    let features = Features::NONE.with(Feature::BinaryConfiguration);
    let configuration = server
        .configuration()
        .request_timeout(Duration::from_millis(50));
    let connect = Client::connect(configuration);
    let (client, mut peer) = tokio::join!(connect, server.welcome_with(features));
    peer.request().await;
    let cache: Cache<i32, Point> = client.unwrap().cache("points");
    let error = cache.put(&1, &Point { x: 1 }).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
}

/// Answers one request without a word more.
async fn serve_one(peer: &mut Peer) {
    let (id, _) = peer.request().await;
    peer.answer(id, &()).await;
}

async fn put_point(peer: &mut Peer) -> Vec<Request> {
    let mut before = Vec::new();
    loop {
        match peer.request().await {
            (id, Request::KeyValue(_)) => {
                peer.answer(id, &()).await;
                return before;
            }
            (id, request @ Request::PutTypeName(_)) => {
                before.push(request);
                peer.answer(id, &true).await;
            }
            (id, request) => {
                before.push(request);
                peer.answer(id, &()).await;
            }
        }
    }
}
