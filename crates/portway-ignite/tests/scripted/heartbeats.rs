//! Noticing that a node has vanished without a word.

use std::time::Duration;

use portway_ignite::protocol::{Feature, Features, Request};
use portway_ignite::{Client, ConnectionState, Delivery, Error, LossReason};

use crate::server::{Peer, ScriptedServer, numbers, soon};

#[tokio::test]
async fn a_third_of_the_idle_time_out_is_the_interval_of_heartbeats() {
    let server = ScriptedServer::start().await;
    let welcome = async {
        let mut peer = server
            .welcome_with(Features::NONE.with(Feature::Heartbeat))
            .await;
        answer_first_questions(&mut peer, 1800).await;
        peer
    };
    let (client, mut peer) = tokio::join!(Client::connect(server.configuration()), welcome);
    let client = client.unwrap();
    for _ in 0..2 {
        let (id, request) = peer.request().await;
        assert!(matches!(request, Request::Heartbeat(())), "{request:?}");
        peer.answer(id, &()).await;
    }
    assert!(client.connection_state().borrow().is_connected());
}

#[tokio::test]
async fn an_unanswered_heartbeat_ends_the_connection() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .request_timeout(Duration::from_millis(50));
    let welcome = async {
        let mut peer = server
            .welcome_with(Features::NONE.with(Feature::Heartbeat))
            .await;
        answer_first_questions(&mut peer, 1500).await;
        peer
    };
    let (client, mut peer) = tokio::join!(Client::connect(configuration), welcome);
    let mut state = client.as_ref().unwrap().connection_state();
    peer.request().await;
    soon(state.wait_for(|state| !state.is_connected()))
        .await
        .unwrap();
    let ConnectionState::Away { error } = state.borrow().clone() else {
        return;
    };
    let Error::ConnectionLost {
        reason, delivery, ..
    } = error
    else {
        return;
    };
    assert!(matches!(reason, LossReason::Silent(_)), "{reason}");
    assert_eq!(delivery, Delivery::Unknown);
}

#[tokio::test]
async fn a_server_that_stays_silent_is_left() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .request_timeout(Duration::from_millis(50));
    let (client, mut silent) = server.connect(configuration).await;
    let cache = numbers(&client);
    let error = cache.get(&1).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    let (second, ()) = tokio::join!(server.welcome(), silent.wait_for_close());
    drop(second);
}

/// Answers what a client asks before its first operation.
async fn answer_first_questions(peer: &mut Peer, idle_timeout: i64) {
    let (id, request) = peer.request().await;
    assert!(matches!(request, Request::IdleTimeout(())), "{request:?}");
    peer.answer(id, &idle_timeout).await;
}
