//! What calls over framed connections promise.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{future::Future, time::Duration};

use bytes::Bytes;
use portway_rpc::{
    Call, Code, FramedChannel, FramedListener, FramedOptions, Open, Request, Server, Target,
};
use tokio::sync::oneshot;

mod service;

use service::{Double, Echo, Everything, Nap};

/// Runs `test` against a server over TCP, then stops the server and waits for its end.
async fn with_server<F: Future<Output = ()>>(test: impl FnOnce(FramedChannel) -> F) {
    let options = FramedOptions::new();
    let listener = FramedListener::tcp("127.0.0.1:0", options.clone())
        .await
        .unwrap();
    let target = Target::Tcp(listener.address().unwrap().to_string());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .service(Everything::default())
        .listen(listener);
    let server = tokio::spawn(server.serve(async move { stopped.await.unwrap_or_default() }));
    test(FramedChannel::connect(target, options).await.unwrap()).await;
    drop(stop);
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn answers_come_back_to_their_calls() {
    with_server(|channel| async move {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..1000_u32 {
            let channel = channel.clone();
            calls.spawn(async move {
                let message = Bytes::from(number.to_string());
                let answer = Call::<Echo>::call(&channel, message.clone().into())
                    .await
                    .unwrap();
                assert_eq!(answer, message);
            });
        }
        while let Some(result) = calls.join_next().await {
            result.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn handlers_that_wait_do_not_hold_up_others() {
    with_server(|channel| async move {
        let slow = Call::<Nap>::call(&channel, Bytes::from(vec![0; 2000]).into());
        let fast = Call::<Nap>::call(&channel, Bytes::from(vec![0; 1]).into());
        tokio::select! {
            _ = slow => panic!("the slow one was first"),
            answer = fast => assert_eq!(answer.unwrap(), [0][..]),
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    with_server(|channel| async move {
        let request = Request::new(Bytes::from(vec![0; 9000])).timeout(Duration::from_millis(20));
        let error = Call::<Nap>::call(&channel, request).await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded);
    })
    .await;
}

#[tokio::test]
async fn streams_go_both_ways_and_end_with_a_status() {
    with_server(|channel| async move {
        let (mut requests, mut responses) = Open::<Double>::open(&channel, Request::new(None))
            .await
            .unwrap();
        let sending = tokio::spawn(async move {
            for _ in 0..10_000 {
                requests.send(Bytes::from(vec![7; 1000])).await.unwrap();
            }
            requests.finish();
        });
        let mut count = 0;
        while let Some(message) = responses.receive().await.unwrap() {
            assert_eq!(message.len(), 1000);
            count += 1;
        }
        assert_eq!(count, 20_000);
        sending.await.unwrap();

        let request = Request::new(Some(Bytes::from("fail")));
        let (_requests, mut responses) = Open::<Double>::open(&channel, request).await.unwrap();
        assert_eq!(
            responses.receive().await.unwrap_err().code(),
            Code::DataLoss
        );
    })
    .await;
}

#[tokio::test]
async fn large_messages_pass() {
    with_server(|channel| async move {
        for size in [8 << 10, 64 << 10, 1 << 20, 4_000_000] {
            let message = Bytes::from(vec![1; size]);
            let answer = Call::<Echo>::call(&channel, message.clone().into())
                .await
                .unwrap();
            assert_eq!(answer, message);
        }
        let error = Call::<Echo>::call(&channel, Bytes::from(vec![1; 5 << 20]).into()).await;
        assert_eq!(error.unwrap_err().code(), Code::ResourceExhausted);
    })
    .await;
}
