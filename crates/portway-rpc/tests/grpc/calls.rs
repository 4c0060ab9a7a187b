//! What calls over gRPC promise.

use std::time::Duration;

use bytes::Bytes;
use portway_rpc::{
    Call, Code, Context, Metadata, Open, ReplyMetadata, Request, TRACEPARENT, TraceParent,
};

use crate::{
    server::with_server,
    service::{Count, Double, Echo, Everything, Fail, Missing, Panic, Silence, Tell, Wait},
};

#[tokio::test]
async fn answers_come_back_to_their_calls() {
    with_server(Everything::default(), |channel| async move {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..1000_u32 {
            let channel = channel.clone();
            calls.spawn(async move {
                let message = Bytes::from(number.to_string());
                let answer = Call::<Echo>::call(&channel, message.clone().into());
                assert_eq!(answer.await.unwrap(), message);
            });
        }
        while let Some(result) = calls.join_next().await {
            result.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_trace_and_deadline_reach_the_handler_and_its_metadata_the_caller() {
    with_server(Everything::default(), |channel| async move {
        let mut metadata = Metadata::new();
        metadata.insert("tenant", "north").unwrap();
        metadata.append_binary("key-bin", vec![0, 255]).unwrap();
        let trace = TraceParent::start(true).to_string();
        metadata.insert(TRACEPARENT, trace).unwrap();
        let reply = ReplyMetadata::new();
        let request = Request::new(Bytes::new())
            .metadata(metadata)
            .timeout(Duration::from_millis(7900))
            .capture(&reply);
        let told = Call::<Tell>::call(&channel, request).await.unwrap();
        assert_eq!(
            told,
            "tenant=north key=Some([0, 255]) trace=true seconds=7 transport=Grpc certificates=0"
        );
        assert_eq!(reply.leading().text("in-front"), Some("1"));
        assert_eq!(reply.trailing().value("behind-bin").unwrap(), &[0, 255][..]);
    })
    .await;
}

#[tokio::test]
async fn a_status_comes_with_its_details_and_metadata() {
    with_server(Everything::default(), |channel| async move {
        let reply = ReplyMetadata::new();
        let request = Request::new(Bytes::new()).capture(&reply);
        let error = Call::<Fail>::call(&channel, request).await.unwrap_err();
        assert_eq!(reply.leading().text("in-front"), Some("1"));
        assert_eq!(error.code(), Code::DataLoss);
        assert_eq!(error.message(), "50 % are gone");
        assert_eq!(error.details(), &[1, 2, 3][..]);
        assert_eq!(error.metadata().text("reason"), Some("tired"));
    })
    .await;
}

#[tokio::test]
async fn panics_and_unknown_methods_are_answers() {
    with_server(Everything::default(), |channel| async move {
        let error = Call::<Panic>::call(&channel, Bytes::new().into()).await;
        assert_eq!(error.unwrap_err().code(), Code::Internal);
        let error = Call::<Missing>::call(&channel, Bytes::new().into()).await;
        assert_eq!(error.unwrap_err().code(), Code::Unimplemented);
    })
    .await;
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_at_that_of_the_call_it_is_made_for() {
    with_server(Everything::default(), |channel| async move {
        let request = Request::new(Bytes::new()).timeout(Duration::from_millis(20));
        let error = Call::<Wait>::call(&channel, request).await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded);

        let outer = Context::root().with_timeout(Duration::from_millis(20));
        let call = outer.scope(Call::<Wait>::call(&channel, Bytes::new().into()));
        assert_eq!(call.await.unwrap_err().code(), Code::DeadlineExceeded);

        let request = Request::new(None).timeout(Duration::from_millis(20));
        let (_requests, mut responses) = Open::<Silence>::open(&channel, request).await.unwrap();
        let error = responses.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded);
    })
    .await;
}

#[tokio::test]
async fn streams_go_both_ways_and_end_with_a_status() {
    with_server(Everything::default(), |channel| async move {
        let opened = Open::<Double>::open(&channel, Request::new(None)).await;
        let (mut requests, mut responses) = opened.unwrap();
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
        let error = responses.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::DataLoss);
    })
    .await;
}

#[tokio::test]
async fn a_client_streams_many_and_gets_one() {
    with_server(Everything::default(), |channel| async move {
        let opened = Open::<Count>::open(&channel, Request::new(None)).await;
        let (mut requests, mut responses) = opened.unwrap();
        for _ in 0..100 {
            requests.send(Bytes::from("one")).await.unwrap();
        }
        requests.finish();
        assert_eq!(responses.only().await.unwrap(), "100");
    })
    .await;
}

#[tokio::test]
async fn large_messages_pass_and_larger_ones_are_refused_by_name() {
    with_server(Everything::default(), |channel| async move {
        for size in [8 << 10, 64 << 10, 1 << 20, 4_000_000] {
            let message = Bytes::from(vec![1; size]);
            let answer = Call::<Echo>::call(&channel, message.clone().into()).await;
            assert_eq!(answer.unwrap(), message);
        }
        let error = Call::<Echo>::call(&channel, Bytes::from(vec![1; 5 << 20]).into()).await;
        assert_eq!(error.unwrap_err().code(), Code::ResourceExhausted);
    })
    .await;
}
