//! What hostile, slow and dying peers do to a framed server, and to a client.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use bytes::{Bytes, BytesMut};
use portway_rpc::{
    Call, CancelReason, Code, FramedChannel, FramedListener, FramedOptions, Metadata, Open,
    Request, Server, Target,
    frame::{Decoder, Frame, Hello, PROTOCOL_VERSION, Settings},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};

#[path = "faults/hostile.rs"]
mod hostile;
#[path = "faults/panicking.rs"]
mod panicking;
#[path = "faults/room.rs"]
mod room;
mod service;
#[path = "faults/stop.rs"]
mod stop;

use hostile::{Hostile, named, request, serve};
use service::{Everything, Flood, LIMIT, Panic, Wait};

#[tokio::test]
async fn a_length_of_four_gigabytes_is_refused_by_name() {
    let (address, _server) = serve(Everything::default(), FramedOptions::new()).await;
    let mut client = Hostile::greeted(address, Settings::default()).await;
    client
        .stream
        .write_all(&u32::MAX.to_be_bytes())
        .await
        .unwrap();
    client
        .expect_refusal(Code::ResourceExhausted, "above the limit")
        .await;
}

#[tokio::test]
async fn another_protocol_is_refused_by_name() {
    let (address, _server) = serve(Everything::default(), FramedOptions::new()).await;
    let mut client = Hostile::connect(address).await;
    client
        .stream
        .write_all(&[0, 0, 0, 20, 1, 0, 0, 0, 0, 0])
        .await
        .unwrap();
    client
        .stream
        .write_all(b"NOPE\x01\x01abcdefgh")
        .await
        .unwrap();
    client
        .expect_refusal(Code::InvalidArgument, "does not speak")
        .await;
}

#[tokio::test]
async fn half_a_frame_ends_with_the_keepalive() {
    let options = FramedOptions::new().keepalive(Duration::from_millis(50));
    let (address, _server) = serve(Everything::default(), options).await;
    let mut client = Hostile::greeted(address, Settings::default()).await;
    client
        .stream
        .write_all(&[0, 0, 0, 200, 3, 0])
        .await
        .unwrap();
    assert!(matches!(client.receive().await, Some(Frame::Ping(_))));
    assert!(client.receive().await.is_none());
}

#[tokio::test]
async fn a_million_streams_cost_no_more_than_their_limit() {
    let settings = Settings::default().maximum_streams(100);
    let (address, _server) = serve(
        Everything::default(),
        FramedOptions::new().settings(settings),
    )
    .await;
    let client = Hostile::greeted(address, Settings::default()).await;
    let Hostile { stream, mut buffer } = client;
    let (mut reading, mut writing) = stream.into_split();
    let opening = tokio::spawn(async move {
        let mut bytes = BytesMut::new();
        named("test.Service/Wait").encode(&mut bytes);
        for number in 1..=1_000_000 {
            request(number).encode(&mut bytes);
            if bytes.len() > 60_000 {
                writing.write_all(&bytes.split()).await.unwrap();
            }
        }
        writing.write_all(&bytes).await.unwrap();
        writing
    });
    let decoder = Decoder::new(u32::MAX);
    let mut refused = 0;
    while refused < 1_000_000 - 100 {
        while let Some(frame) = decoder.decode(&mut buffer).unwrap() {
            let Frame::Status { status, .. } = frame else {
                panic!("{frame:?}")
            };
            assert_eq!(status.code(), Code::ResourceExhausted);
            refused += 1;
        }
        if refused < 1_000_000 - 100 {
            buffer.reserve(1 << 16);
            let read = tokio::time::timeout(LIMIT, reading.read_buf(&mut buffer));
            assert!(read.await.expect("the server goes on").unwrap() > 0);
        }
    }
    drop(opening.await.unwrap());
}

#[tokio::test]
async fn a_slow_reader_is_sent_no_more_than_its_credit() {
    let faults = Everything::default();
    let sent = Arc::clone(&faults.sent);
    let (address, _server) = serve(faults, FramedOptions::new()).await;
    let channel = FramedChannel::connect(Target::Tcp(address.to_string()), FramedOptions::new());
    let channel = channel.await.unwrap();
    let (_requests, mut responses) =
        Open::<Flood>::open(&channel, Request::new(Some(Bytes::new())))
            .await
            .unwrap();
    assert!(responses.receive().await.unwrap().is_some());
    // Nothing is read any more: what is sent comes to a stop.
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = sent.load(Ordering::SeqCst);
        if now == before {
            break;
        }
        before = now;
    }
    let window = Settings::default().window as usize;
    assert!(
        before <= window / 1000 + 10,
        "{before} messages of 1000 bytes"
    );
    for _ in 0..1000 {
        assert!(
            responses.receive().await.unwrap().is_some(),
            "it goes on when it is read"
        );
    }
}

#[tokio::test]
async fn a_lost_connection_tells_the_handlers() {
    let (cancelled, mut reasons) = mpsc::unbounded_channel();
    let faults = Everything {
        cancelled: Some(cancelled),
        ..Everything::default()
    };
    let (address, _server) = serve(faults, FramedOptions::new()).await;
    let mut client = Hostile::greeted(address, Settings::default()).await;
    client
        .send(&[
            named("test.Service/Wait"),
            request(1),
            request(2),
            Frame::Ping(9),
        ])
        .await;
    assert!(matches!(client.receive().await, Some(Frame::Pong(9))));
    drop(client);
    for _ in 0..2 {
        let reason = tokio::time::timeout(LIMIT, reasons.recv()).await.unwrap();
        assert_eq!(reason, Some(CancelReason::Disconnected));
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_tells_the_handler() {
    let (cancelled, mut reasons) = mpsc::unbounded_channel();
    let faults = Everything {
        cancelled: Some(cancelled),
        ..Everything::default()
    };
    let (address, _server) = serve(faults, FramedOptions::new()).await;
    let target = Target::Tcp(address.to_string());
    let channel = FramedChannel::connect(target, FramedOptions::new())
        .await
        .unwrap();
    let call = tokio::time::timeout(
        Duration::from_millis(50),
        Call::<Wait>::call(&channel, Bytes::new().into()),
    );
    assert!(call.await.is_err());
    let reason = tokio::time::timeout(LIMIT, reasons.recv()).await.unwrap();
    assert_eq!(reason, Some(CancelReason::Caller));
}

#[tokio::test]
async fn a_panic_ends_its_own_call_only() {
    let (address, _server) = serve(Everything::default(), FramedOptions::new()).await;
    let target = Target::Tcp(address.to_string());
    let channel = FramedChannel::connect(target, FramedOptions::new())
        .await
        .unwrap();
    for _ in 0..2 {
        let error = Call::<Panic>::call(&channel, Bytes::new().into())
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::Internal);
    }
}

#[tokio::test]
async fn calls_under_way_end_when_the_server_dies_in_any_state() {
    let hello = Hello {
        lowest: PROTOCOL_VERSION,
        highest: PROTOCOL_VERSION,
        settings: Settings::default(),
    };
    let mut whole = BytesMut::new();
    Frame::Hello(hello).encode(&mut whole);
    let greeting_length = whole.len();
    Frame::Leading {
        stream: 1,
        metadata: Metadata::new(),
    }
    .encode(&mut whole);
    Frame::Message {
        stream: 1,
        message: Some(Bytes::from("abc")),
        end: true,
    }
    .encode(&mut whole);
    for cut in 0..whole.len() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::Tcp(listener.local_addr().unwrap().to_string());
        let part = whole.clone().split_to(cut);
        let (greeting, rest) = part.split_at(cut.min(greeting_length));
        let (greeting, rest) = (greeting.to_vec(), rest.to_vec());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(&greeting).await.unwrap();
            // What the client sends is read, so that the end is an orderly one: its greeting,
            // and if ours was whole, the name of the method and the request.
            let expected = if greeting.len() == greeting_length {
                28 + 26 + 22
            } else {
                28
            };
            let mut buffer = BytesMut::new();
            while buffer.len() < expected && stream.read_buf(&mut buffer).await.unwrap() > 0 {}
            stream.write_all(&rest).await.unwrap();
        });
        let attempt = async {
            let channel = FramedChannel::connect(target, FramedOptions::new()).await?;
            Call::<Wait>::call(&channel, Bytes::new().into()).await
        };
        let result = tokio::time::timeout(LIMIT, attempt)
            .await
            .expect("it hangs");
        assert_eq!(
            result.unwrap_err().code(),
            Code::Unavailable,
            "cut at {cut}"
        );
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_stops_loses_no_call() {
    let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new())
        .await
        .unwrap();
    let target = Target::Tcp(listener.address().unwrap().to_string());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = Server::builder()
        .service(Everything::default())
        .listen(listener);
    let server = server.drain(Duration::from_millis(100));
    let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
    let channel = FramedChannel::connect(target, FramedOptions::new())
        .await
        .unwrap();
    let call = tokio::spawn(async move { Call::<Wait>::call(&channel, Bytes::new().into()).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    drop(stop);
    let error = tokio::time::timeout(LIMIT, call)
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(
        error.code(),
        Code::Unavailable,
        "the time to finish was over: {error}"
    );
    tokio::time::timeout(LIMIT, server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
