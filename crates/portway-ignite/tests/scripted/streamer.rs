//! What a streamer promises although something goes wrong.

use portway_ignite::protocol::{Request, ResourceId};
use portway_ignite::{ClientEvent, Error, StreamerOptions};

use crate::server::{Peer, ScriptedServer, numbers, soon};

#[tokio::test]
async fn a_batch_whose_task_panics_is_handed_back() {
    let server = ScriptedServer::start().await;
    let panics = |event: &ClientEvent<'_>| {
        assert!(
            !matches!(
                event,
                ClientEvent::RequestStarted {
                    operation: "data_streamer",
                    ..
                }
            ),
            "a listener of the program goes wrong"
        );
    };
    let configuration = server.configuration().listener(panics);
    let (client, _peer) = server.connect(configuration).await;
    let streamer = numbers(&client).streamer(StreamerOptions::new());
    streamer.add(&1, &1).await.unwrap();
    let failure = soon(streamer.flush()).await.unwrap_err();
    assert_eq!(failure.lost(), 1);
    assert!(
        matches!(
            failure.error(),
            Error::Interrupted {
                operation: "data_streamer",
                ..
            }
        ),
        "{failure}"
    );
}

/// Answers batches, and gives the number of entries in each, once the client is gone.
async fn count_entries(mut peer: Peer) -> Vec<usize> {
    let mut counted = Vec::new();
    while let Some((id, request)) = peer.next_request().await {
        let Request::StreamerStart(batch) = request else {
            panic!("no batch: {request:?}");
        };
        counted.push(batch.entries.len());
        peer.answer(id, &ResourceId(0)).await;
    }
    counted
}

#[tokio::test]
async fn batches_are_no_longer_than_a_request_may_be() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().frame_limit(1024);
    let (client, peer) = server.connect(configuration).await;
    let counted = tokio::spawn(count_entries(peer));
    let streamer = numbers(&client).streamer(StreamerOptions::new());
    for number in 0..200 {
        streamer.add(&number, &number).await.unwrap();
    }
    soon(streamer.close()).await.unwrap();
    drop(client);
    let counted = soon(counted).await.unwrap();
    assert_eq!(counted.iter().sum::<usize>(), 200);
    assert!(counted.len() > 1, "{counted:?}");
}

#[tokio::test]
async fn an_entry_that_is_too_long_is_refused_alone() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration().frame_limit(1024);
    let (client, peer) = server.connect(configuration).await;
    let counted = tokio::spawn(count_entries(peer));
    let cache = client.cache::<i32, Vec<u8>>("bytes");
    let streamer = cache.streamer(StreamerOptions::new());
    let mut refused = 0;
    for length in 0..1024 {
        let value = vec![0_u8; usize::try_from(length).unwrap()];
        match streamer.add(&length, &value).await {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error.lost(), 0);
                assert!(
                    matches!(error.error(), Error::RequestTooLong { limit: 1024, .. }),
                    "{error}"
                );
                refused += 1;
            }
        }
    }
    soon(streamer.close()).await.unwrap();
    drop((client, cache));
    let stored: usize = soon(counted).await.unwrap().iter().sum();
    assert_eq!(stored + refused, 1024);
    assert!(stored > 400, "{stored}");
}
