//! What the client's own limits hold back.

use std::time::Duration;

use portway_ignite::Error;

use crate::server::{ScriptedServer, numbers, raw};

#[tokio::test]
async fn requests_beyond_the_limit_wait_for_room() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().requests_in_flight(1);
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let serve = async {
        let (first, _) = peer.action().await;
        let early = tokio::time::timeout(Duration::from_millis(50), peer.frame()).await;
        assert!(early.is_err(), "the second request should wait");
        peer.answer(first, &raw(&1_i32)).await;
        let (second, _) = peer.action().await;
        peer.answer(second, &raw(&2_i32)).await;
    };
    let (one, two, ()) = tokio::join!(cache.get(&1), cache.get(&2), serve);
    assert_eq!((one.unwrap(), two.unwrap()), (Some(1), Some(2)));
}

#[tokio::test]
async fn a_request_over_the_frame_limit_is_refused_before_it_is_sent() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().frame_limit(1024);
    let (client, mut peer) = server.connect(configuration).await;
    let cache = client.cache::<i32, Vec<u8>>("bytes");
    let error = cache.put(&1, &vec![0; 2000]).await.unwrap_err();
    assert!(
        matches!(error, Error::RequestTooLong { limit: 1024, .. }),
        "{error}"
    );
    drop((client, cache));
    assert!(peer.frame().await.is_none(), "nothing was sent");
}

#[tokio::test]
async fn thousands_of_operations_fit_into_a_processors_cache() {
    let server = ScriptedServer::start().await;
    let (client, _peer) = server.connect(server.configuration()).await;
    let cache = client.cache::<i64, String>("texts");
    let sizes = [
        size_of_val(&cache.get(&1)),
        size_of_val(&cache.put(&1, "one")),
    ];
    assert!(sizes.iter().all(|size| *size <= 600), "{sizes:?}");
}
