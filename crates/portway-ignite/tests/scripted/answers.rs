//! Answers that are late, wrong, cut off, doubled or in another order.

use std::time::Duration;

use portway_ignite::protocol::{KeyValueAction, Request};
use portway_ignite::{Delivery, Error, LossReason, Status, Violation};

use crate::server::{ScriptedServer, key_of, numbers, raw};

#[tokio::test]
async fn answers_in_another_order_find_their_callers() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let mut asked = Vec::new();
        for _ in 0..3 {
            let (id, action) = peer.action().await;
            asked.push((id, key_of(action)));
        }
        for (id, key) in asked.into_iter().rev() {
            peer.answer(id, &raw(&(key * 10))).await;
        }
    };
    let (one, two, three, ()) = tokio::join!(cache.get(&1), cache.get(&2), cache.get(&3), serve);
    assert_eq!(
        [one, two, three].map(|value| value.unwrap().unwrap()),
        [10, 20, 30]
    );
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_ends_the_connection() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, _) = peer.action().await;
        peer.answer(id + 1000, &()).await;
        peer.wait_for_close().await;
    };
    let (result, ()) = tokio::join!(cache.put(&1, &1), serve);
    let reason = loss(result.unwrap_err());
    assert!(
        matches!(reason, LossReason::Violation(Violation::UnknownRequest(_))),
        "{reason}"
    );
}

#[tokio::test]
async fn a_second_answer_to_one_request_ends_the_connection() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, _) = peer.action().await;
        peer.answer(id, &()).await;
        peer.answer(id, &()).await;
        peer.wait_for_close().await;
    };
    let (result, ()) = tokio::join!(cache.put(&1, &1), serve);
    result.unwrap();
}

#[tokio::test]
async fn a_frame_of_two_gibibytes_ends_the_connection_at_once() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        peer.action().await;
        peer.send(&i32::MAX.to_le_bytes()).await;
        peer.wait_for_close().await;
    };
    let (result, ()) = tokio::join!(cache.put(&1, &1), serve);
    let reason = loss(result.unwrap_err());
    assert!(
        matches!(reason, LossReason::Violation(Violation::Frame(_))),
        "{reason}"
    );
}

#[tokio::test]
async fn a_write_whose_answer_was_cut_off_is_reported_as_doubtful() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        peer.action().await;
        peer.send(&[20, 0, 0, 0, 1, 2]).await;
        drop(peer);
    };
    let (result, ()) = tokio::join!(cache.put(&1, &1), serve);
    let error = result.unwrap_err();
    assert!(
        matches!(
            error,
            Error::ConnectionLost {
                delivery: Delivery::Unknown,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_read_whose_answer_was_cut_off_is_repeated_on_the_next_connection() {
    let server = ScriptedServer::start().await;
    let (client, mut first) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        first.action().await;
        drop(first);
        let mut second = server.welcome().await;
        let (id, action) = second.action().await;
        assert_eq!(key_of(action), 1);
        second.answer(id, &raw(&7_i32)).await;
    };
    let (value, ()) = tokio::join!(cache.get(&1), serve);
    assert_eq!(value.unwrap(), Some(7));
}

#[tokio::test]
async fn an_error_of_the_server_is_not_repeated() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, _) = peer.action().await;
        peer.fail(id, Status::FAILED, "out of memory").await;
        let (id, _) = peer.action().await;
        peer.answer(id, &raw(&2_i32)).await;
    };
    let asks = async {
        let error = cache.get(&1).await.unwrap_err();
        assert_eq!(error.status(), Some(Status::FAILED));
        assert!(error.to_string().contains("out of memory"), "{error}");
        assert_eq!(cache.get(&2).await.unwrap(), Some(2));
    };
    tokio::join!(asks, serve);
}

#[tokio::test]
async fn an_answer_after_the_time_out_is_discarded() {
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .request_timeout(Duration::from_millis(100));
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let (late, _) = {
        let (result, asked) = tokio::join!(cache.get(&1), peer.action());
        let error = result.unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{error}");
        asked
    };
    let serve = async {
        peer.answer(late, &raw(&1_i32)).await;
        // After a time-out the client also asks whether the node is still there.
        loop {
            match peer.request().await {
                (id, Request::KeyValue(_)) => return peer.answer(id, &raw(&2_i32)).await,
                (id, Request::CacheNames(())) => peer.answer(id, &Vec::<String>::new()).await,
                other => panic!("{other:?}"),
            }
        }
    };
    let (value, ()) = tokio::join!(cache.get(&2), serve);
    assert_eq!(value.unwrap(), Some(2));
}

#[tokio::test]
async fn a_put_that_waits_in_vain_can_be_dropped_and_the_next_one_works() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    for key in 0..50 {
        let gave_up = tokio::time::timeout(Duration::ZERO, cache.put(&key, &key)).await;
        assert!(gave_up.is_err());
    }
    let serve = async {
        loop {
            let (id, action) = peer.action().await;
            peer.answer(id, &()).await;
            if matches!(action, KeyValueAction::Put { key, .. } if key == raw(&99_i32)) {
                return;
            }
        }
    };
    let (result, ()) = tokio::join!(cache.put(&99, &99), serve);
    result.unwrap();
}

fn loss(error: Error) -> LossReason {
    match error {
        Error::ConnectionLost { reason, .. } => reason,
        other => panic!("no lost connection: {other}"),
    }
}
