//! Losing a connection and coming back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portway_ignite::protocol::KeyValueAction;
use portway_ignite::{
    Address, AddressFinder, ClientConfiguration, ClientEvent, ConnectionState, Error,
    FoundAddresses, ReconnectPolicy, RetryPolicy,
};

use crate::server::{ScriptedServer, key_of, numbers, raw, soon};

#[tokio::test]
async fn the_state_of_the_connection_can_be_followed() {
    let server = ScriptedServer::start().await;
    let (client, peer) = server.connect(server.configuration()).await;
    let mut state = client.connection_state();
    assert!(state.borrow_and_update().is_connected());
    drop(peer);
    soon(state.changed()).await.unwrap();
    let away = state.borrow_and_update().clone();
    assert!(matches!(away, ConnectionState::Away { .. }), "{away:?}");
    let _second = server.welcome().await;
    soon(state.wait_for(ConnectionState::is_connected))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_listener_that_panics_leaves_no_request_waiting_and_the_client_comes_back() {
    let server = ScriptedServer::start().await;
    let panics = |event: &ClientEvent<'_>| {
        let is_lost = matches!(event, ClientEvent::Disconnected { .. });
        assert!(!is_lost, "a listener of the program goes wrong");
    };
    let configuration = server.configuration().listener(panics);
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let cut = async {
        peer.action().await;
        drop(peer);
    };
    let (put, ()) = soon(async { tokio::join!(cache.put(&1, &1), cut) }).await;
    let error = put.unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { .. }), "{error}");
    let serve = async {
        let mut peer = server.welcome().await;
        let (id, _) = peer.action().await;
        peer.answer(id, &raw(&7_i32)).await;
        peer
    };
    let (value, _peer) = soon(async { tokio::join!(cache.get(&1), serve) }).await;
    assert_eq!(value.unwrap(), Some(7));
}

/// Finds a node, but for the second time, when it panics.
struct FinderWithAFault {
    node: Address,
    asked: AtomicUsize,
}

impl AddressFinder for FinderWithAFault {
    fn addresses(&self) -> FoundAddresses<'_> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            assert_ne!(asked, 1, "a finder of the program goes wrong");
            Ok(vec![self.node.clone()])
        })
    }
}

#[tokio::test]
async fn a_finder_that_panics_does_not_end_the_search_for_the_grid() {
    let server = ScriptedServer::start().await;
    let finder = FinderWithAFault {
        node: server.address().parse().unwrap(),
        asked: AtomicUsize::new(0),
    };
    let configuration = server.configuration().address_finder(finder);
    let (client, peer) = server.connect(configuration).await;
    drop(peer);
    let mut state = client.connection_state();
    soon(state.wait_for(|state| !state.is_connected()))
        .await
        .unwrap();
    let _second = server.welcome().await;
    soon(state.wait_for(ConnectionState::is_connected))
        .await
        .unwrap();
}

#[tokio::test]
async fn another_address_takes_over() {
    let (first, second) = (ScriptedServer::start().await, ScriptedServer::start().await);
    let configuration = ClientConfiguration::new([first.address(), second.address()]);
    let (client, mut peer) = first.connect(configuration).await;
    let cache = numbers(&client);
    let serve = async {
        peer.action().await;
        drop((peer, first));
        let mut peer = second.welcome().await;
        let (id, _) = peer.action().await;
        peer.answer(id, &raw(&7_i32)).await;
        peer
    };
    let (value, _peer) = tokio::join!(cache.get(&1), serve);
    assert_eq!(value.unwrap(), Some(7));
}

#[tokio::test]
async fn with_retry_all_a_write_is_repeated() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().retry(RetryPolicy::RetryAll);
    let (client, mut first) = server.connect(configuration).await;
    let cache = numbers(&client);
    let serve = async {
        first.action().await;
        drop(first);
        let mut second = server.welcome().await;
        let (id, action) = second.action().await;
        assert!(matches!(action, KeyValueAction::Put { .. }));
        second.answer(id, &()).await;
    };
    let (result, ()) = tokio::join!(cache.put(&1, &1), serve);
    result.unwrap();
}

#[tokio::test]
async fn with_retry_none_a_read_is_not_repeated() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().retry(RetryPolicy::RetryNone);
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let serve = async {
        peer.action().await;
        drop(peer);
    };
    let (result, ()) = tokio::join!(cache.get(&1), serve);
    assert!(matches!(result.unwrap_err(), Error::ConnectionLost { .. }));
}

#[tokio::test]
async fn an_operation_while_the_grid_is_away_waits_and_then_says_why() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .request_timeout(Duration::from_millis(300));
    let (client, peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let mut state = client.connection_state();
    drop((peer, server));
    soon(state.wait_for(|state| !state.is_connected()))
        .await
        .unwrap();
    let error = soon(cache.put(&1, &1)).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.is_connection_error());
}

#[tokio::test]
async fn a_write_that_never_left_is_sent_when_the_grid_is_back() {
    let server = ScriptedServer::start().await;
    let (client, peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let mut state = client.connection_state();
    drop(peer);
    soon(state.wait_for(|state| !state.is_connected()))
        .await
        .unwrap();
    let serve = async {
        let mut peer = server.welcome().await;
        let (id, _) = peer.action().await;
        peer.answer(id, &()).await;
        peer
    };
    let (result, _peer) = tokio::join!(cache.put(&1, &1), serve);
    result.unwrap();
}

/// Pauses of 20, 40, 80, ... ms, each shortened by at most a half, leave room for few attempts.
#[tokio::test]
async fn a_server_that_closes_each_connection_is_not_hammered() {
    let server = ScriptedServer::start().await;
    let pauses = ReconnectPolicy::new(Duration::from_millis(20), Duration::from_secs(5));
    let configuration = ClientConfiguration::new([server.address()]).reconnect(pauses);
    let (_client, peer) = server.connect(configuration).await;
    drop(peer);
    let mut connections = 0;
    let accept_and_close = async {
        loop {
            drop(server.welcome().await);
            connections += 1;
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(500), accept_and_close).await;
    assert!((1..=6).contains(&connections), "{connections}");
}

#[tokio::test]
async fn dropping_the_client_closes_its_connection() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    drop(client);
    let serve = async {
        let (id, action) = peer.action().await;
        peer.answer(id, &raw(&key_of(action))).await;
    };
    let (value, ()) = tokio::join!(cache.get(&1), serve);
    assert_eq!(value.unwrap(), Some(1), "a cache keeps its client");
    drop(cache);
    soon(peer.wait_for_close()).await;
}
