//! Transactions whose operations, ends or connections do not come in good order.

use std::time::Duration;

use portway_ignite::protocol::{EndTransaction, KeyValueAction, KeyValueRequest, Request, Status};
use portway_ignite::{Client, Error, Transaction, TransactionFailure, TransactionOptions};

use crate::server::{Peer, ScriptedServer, numbers, soon};

/// Long enough for a client that does not wait to show it.
const MOMENT: Duration = Duration::from_millis(50);

/// What a node says whose cache was just made through another one.
const NOT_STARTED: &str = "Cannot start/stop cache within lock or transaction \
                           [cacheNames=numbers, operation=dynamicStartCache]";

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back() {
    let (_server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    drop(transaction);
    let end = ending(&mut peer).await.1;
    assert_eq!((end.transaction, end.commit), (7, false));
}

#[tokio::test]
async fn a_transaction_that_nobody_waits_for_any_more_is_rolled_back() {
    let (_server, client, mut peer) = connected().await;
    let begun = tokio::spawn(async move { client.begin(TransactionOptions::pessimistic()).await });
    let (id, _) = peer.request().await;
    begun.abort();
    assert!(begun.await.unwrap_err().is_cancelled());
    peer.answer(id, &9).await;
    assert_eq!(ending(&mut peer).await.1.transaction, 9);
}

#[tokio::test]
async fn a_rollback_waits_for_an_operation_that_nobody_waits_for() {
    let (_server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    let inside = numbers(&client).within(&transaction);
    let put = tokio::spawn(async move { inside.put(&1, &2).await });
    let id = put_within(&mut peer, 7).await;
    put.abort();
    assert!(put.await.unwrap_err().is_cancelled());
    drop(transaction);
    // The node would carry out the put outside of any transaction if it heard of the end first.
    assert!(tokio::time::timeout(MOMENT, peer.frame()).await.is_err());
    peer.answer(id, &()).await;
    assert!(!ending(&mut peer).await.1.commit);
}

#[tokio::test]
async fn a_commit_waits_for_the_operations_on_their_way() {
    let (_server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    let inside = numbers(&client).within(&transaction);
    let again = inside.clone();
    let put = tokio::spawn(async move { inside.put(&1, &2).await });
    let id = put_within(&mut peer, 7).await;
    let commit = tokio::spawn(transaction.commit());
    assert!(tokio::time::timeout(MOMENT, peer.frame()).await.is_err());
    let late = soon(again.put(&3, &4)).await;
    assert!(matches!(late, Err(Error::TransactionOver)), "{late:?}");
    peer.answer(id, &()).await;
    put.await.unwrap().unwrap();
    let (id, end) = ending(&mut peer).await;
    assert!(end.commit);
    peer.answer(id, &()).await;
    soon(commit).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_transaction_ends_with_its_connection() {
    let (server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    let inside = numbers(&client).within(&transaction);
    drop(peer);
    let lost = soon(inside.put(&1, &2)).await.unwrap_err();
    assert!(matches!(lost, Error::ConnectionLost { .. }), "{lost}");
    let lost = soon(transaction.commit()).await.unwrap_err();
    assert!(matches!(lost, Error::ConnectionLost { .. }), "{lost}");
    // What comes on the next connection has nothing to do with it.
    let mut peer = server.welcome().await;
    let next = begin(&client, &mut peer, 8).await;
    drop(next);
    assert_eq!(ending(&mut peer).await.1.transaction, 8);
}

#[tokio::test]
async fn the_first_operation_waits_until_its_node_has_started_the_cache() {
    let (_server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    let inside = numbers(&client).within(&transaction);
    let put = tokio::spawn(async move { inside.put(&1, &2).await });
    refuse_put(&mut peer).await;
    // Outside of the transaction, where the node waits for the start.
    let id = question(&mut peer).await;
    assert!(tokio::time::timeout(MOMENT, peer.frame()).await.is_err());
    peer.answer(id, &()).await;
    let id = put_within(&mut peer, 7).await;
    peer.answer(id, &()).await;
    soon(put).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_cache_that_does_not_start_is_waited_for_once() {
    let (_server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    let inside = numbers(&client).within(&transaction);
    let put = tokio::spawn(async move { inside.put(&1, &2).await });
    refuse_put(&mut peer).await;
    let id = question(&mut peer).await;
    peer.fail(id, Status::FAILED, "no").await;
    refuse_put(&mut peer).await;
    let error = soon(put).await.unwrap().unwrap_err();
    let failure = error.transaction_failure();
    assert_eq!(
        failure,
        Some(TransactionFailure::CacheNotStarted),
        "{error}"
    );
}

#[tokio::test]
async fn a_later_operation_does_not_wait_for_its_cache() {
    let (_server, client, mut peer) = connected().await;
    let transaction = begin(&client, &mut peer, 7).await;
    let inside = numbers(&client).within(&transaction);
    let puts = tokio::spawn(async move {
        inside.put(&1, &2).await.unwrap();
        inside.put(&3, &4).await
    });
    let id = put_within(&mut peer, 7).await;
    peer.answer(id, &()).await;
    // The start would wait for the entry above, and with it for the transaction.
    refuse_put(&mut peer).await;
    let error = soon(puts).await.unwrap().unwrap_err();
    let failure = error.transaction_failure();
    assert_eq!(
        failure,
        Some(TransactionFailure::CacheNotStarted),
        "{error}"
    );
}

async fn connected() -> (ScriptedServer, Client, Peer) {
    let server = ScriptedServer::start().await;
    let (client, peer) = server.connect(server.configuration()).await;
    (server, client, peer)
}

async fn begin(client: &Client, peer: &mut Peer, number: i32) -> Transaction {
    let serve = async {
        let (id, request) = peer.request().await;
        assert!(
            matches!(request, Request::StartTransaction(_)),
            "{request:?}"
        );
        peer.answer(id, &number).await;
    };
    let begin = client.begin(TransactionOptions::pessimistic());
    let (transaction, ()) = soon(async { tokio::join!(begin, serve) }).await;
    transaction.unwrap()
}

/// The next request must be a put inside of the transaction.
async fn put_within(peer: &mut Peer, transaction: i32) -> i64 {
    match peer.request().await {
        (
            id,
            Request::KeyValue(KeyValueRequest {
                header,
                action: KeyValueAction::Put { .. },
            }),
        ) => {
            assert_eq!(header.transaction, Some(transaction));
            id
        }
        other => panic!("no put: {other:?}"),
    }
}

/// The next request must be a put inside of transaction 7, which is told that its cache has not
/// started.
async fn refuse_put(peer: &mut Peer) {
    let id = put_within(peer, 7).await;
    peer.fail(id, Status::FAILED, NOT_STARTED).await;
}

/// The next request must ask about a cache.
async fn question(peer: &mut Peer) -> i64 {
    match peer.request().await {
        (id, Request::CacheConfiguration(header)) => {
            assert_eq!(header.transaction, None);
            id
        }
        other => panic!("no question: {other:?}"),
    }
}

async fn ending(peer: &mut Peer) -> (i64, EndTransaction) {
    match peer.request().await {
        (id, Request::EndTransaction(end)) => (id, end),
        other => panic!("no end of a transaction: {other:?}"),
    }
}
