//! How servers and connections begin and end.

use std::time::Duration;

use bytes::Bytes;
use portway_rpc::{
    Call, CancelReason, Code, FramedChannel, FramedListener, FramedOptions, GrpcChannel,
    GrpcListener, GrpcOptions, GrpcTarget, Open, Request, Server, Target,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use crate::{
    server::with_address,
    service::{Double, Echo, Everything, LIMIT, Nap, Silence, Wait},
};

async fn echo(channel: &GrpcChannel) -> Result<Bytes, portway_rpc::Status> {
    Call::<Echo>::call(channel, Bytes::from("word").into()).await
}

#[tokio::test]
async fn one_server_serves_framed_connections_and_grpc_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grpc.sock");
    let grpc = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new()).await;
    let framed = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await;
    let (grpc, framed) = (grpc.unwrap(), framed.unwrap());
    let grpc_target = GrpcTarget::Tcp(grpc.address().unwrap().to_string());
    let framed_target = Target::Tcp(framed.address().unwrap().to_string());
    let server = Server::builder()
        .service(Everything::default())
        .listen(grpc)
        .listen(GrpcListener::unix(&path, GrpcOptions::new()).unwrap())
        .listen(framed);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));

    for target in [grpc_target, GrpcTarget::Unix(path.clone())] {
        let channel = GrpcChannel::connect(target, GrpcOptions::new()).await;
        assert_eq!(echo(&channel.unwrap()).await.unwrap(), "word");
    }
    let channel = FramedChannel::connect(framed_target, FramedOptions::new()).await;
    let answer = Call::<Echo>::call(&channel.unwrap(), Bytes::from("word").into()).await;
    assert_eq!(answer.unwrap(), "word");

    drop(stop);
    timeout(LIMIT, server).await.unwrap().unwrap().unwrap();
    assert!(!path.exists(), "the socket's file goes with its listener");
}

/// A server of one listener that can be stopped, with the channel of a client.
struct Running {
    channel: GrpcChannel,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn run(service: Everything, drain: Duration) -> Running {
    let listener = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new()).await;
    let listener = listener.unwrap();
    let target = GrpcTarget::Tcp(listener.address().unwrap().to_string());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .service(service)
        .listen(listener)
        .drain(drain)
        .serve(async { stopped.await.unwrap_or_default() });
    let server = tokio::spawn(server);
    let channel = GrpcChannel::connect(target, GrpcOptions::new()).await;
    Running {
        channel: channel.unwrap(),
        stop,
        server,
    }
}

#[tokio::test]
async fn a_server_that_stops_finishes_what_is_under_way_and_takes_no_more() {
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    let service = Everything {
        begun: Some(begun),
        ..Everything::default()
    };
    let running = run(service, LIMIT).await;
    let channel = running.channel.clone();
    let request = Bytes::from(vec![0; 300]);
    let call = tokio::spawn(async move { Call::<Nap>::call(&channel, request.into()).await });
    timeout(LIMIT, has_begun.recv()).await.unwrap();
    drop(running.stop);
    assert_eq!(call.await.unwrap().unwrap().len(), 300);
    timeout(LIMIT, running.server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let refused = echo(&running.channel).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
}

#[tokio::test]
async fn calls_that_do_not_finish_in_time_are_told_that_the_server_stops() {
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    let (cancelled, mut reasons) = mpsc::unbounded_channel();
    let service = Everything {
        begun: Some(begun),
        cancelled: Some(cancelled),
        ..Everything::default()
    };
    let running = run(service, Duration::from_millis(50)).await;
    let channel = running.channel.clone();
    let opened = Open::<Silence>::open(&channel, Request::new(Some(Bytes::new()))).await;
    let (_requests, mut silence) = opened.unwrap();
    let call = tokio::spawn(async move { Call::<Wait>::call(&channel, Bytes::new().into()).await });
    let stream = tokio::spawn(async move { silence.receive().await });
    for _ in 0..2 {
        timeout(LIMIT, has_begun.recv()).await.unwrap();
    }
    drop(running.stop);
    for error in [
        call.await.unwrap().unwrap_err(),
        stream.await.unwrap().unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        let reason = timeout(LIMIT, reasons.recv()).await.unwrap();
        assert_eq!(reason, Some(CancelReason::Stopping));
    }
    timeout(LIMIT, running.server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn connections_that_are_old_are_replaced_without_a_lost_call() {
    let options = GrpcOptions::new()
        .maximum_age(Duration::from_millis(60))
        .greeting_timeout(Duration::from_millis(50));
    with_address(Everything::default(), options, |address| async move {
        let channel = GrpcChannel::connect(GrpcTarget::Tcp(address), GrpcOptions::new()).await;
        let channel = channel.unwrap();
        let end = Instant::now() + Duration::from_millis(600);
        while Instant::now() < end {
            assert_eq!(echo(&channel).await.unwrap(), "word");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_is_replaced_by_the_next_call() {
    let running = run(Everything::default(), Duration::ZERO).await;
    assert_eq!(echo(&running.channel).await.unwrap(), "word");
    drop(running.stop);
    timeout(LIMIT, running.server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let lost = echo(&running.channel).await.unwrap_err();
    assert_eq!(lost.code(), Code::Unavailable, "{lost}");
}

#[tokio::test]
async fn streams_outlive_their_channel() {
    let options = GrpcOptions::new();
    with_address(Everything::default(), options, |address| async move {
        let target = GrpcTarget::Tcp(address);
        let channel = GrpcChannel::connect(target, GrpcOptions::new()).await;
        let channel = channel.unwrap();
        let opened = Open::<Double>::open(&channel, Request::new(None)).await;
        let (mut requests, mut responses) = opened.unwrap();
        requests.send(Bytes::from("first")).await.unwrap();
        assert_eq!(responses.receive().await.unwrap().unwrap(), "first");
        assert_eq!(responses.receive().await.unwrap().unwrap(), "first");
        drop(channel);
        // Longer than a connection takes to end that nobody holds.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        requests.send(Bytes::from("second")).await.unwrap();
        assert_eq!(responses.receive().await.unwrap().unwrap(), "second");
    })
    .await;
}
