//! Flushes of one streamer from several threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portway_ignite::StreamerOptions;
use portway_ignite::protocol::{Request, ResourceId};

use crate::server::{Peer, ScriptedServer, numbers, soon};

/// Answers batches, and counts them before that.
async fn store(mut peer: Peer, stored: Arc<AtomicU64>) {
    while let Some((id, request)) = peer.next_request().await {
        let Request::StreamerStart(_) = request else {
            panic!("no batch: {request:?}");
        };
        tokio::task::yield_now().await;
        stored.fetch_add(1, Ordering::SeqCst);
        peer.answer(id, &ResourceId(0)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn no_flush_is_done_before_the_batch_that_another_flush_sends() {
    let server = ScriptedServer::start().await;
    let (client, peer) = server.connect(server.configuration()).await;
    let stored = Arc::new(AtomicU64::new(0));
    tokio::spawn(store(peer, stored.clone()));
    let streamer = Arc::new(numbers(&client).streamer(StreamerOptions::new()));
    for round in 1..=2000 {
        streamer.add(&1, &1).await.unwrap();
        let flushes: Vec<_> = (0..8)
            .map(|_| {
                let (streamer, stored) = (streamer.clone(), stored.clone());
                tokio::spawn(async move {
                    streamer.flush().await.unwrap();
                    stored.load(Ordering::SeqCst)
                })
            })
            .collect();
        for flush in flushes {
            assert_eq!(soon(flush).await.unwrap(), round, "it was not stored yet");
        }
    }
}
