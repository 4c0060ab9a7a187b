//! Bounds on what waits, and on who waits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use portway_rpc::{
    Call, Code, FramedChannel, FramedOptions, Open, Request, Target,
    frame::{Frame, Hello, PROTOCOL_VERSION, Settings},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::timeout,
};

use crate::{
    hostile::{Hostile, named, request, serve},
    service::{Double, Echo, Everything, LIMIT},
};

/// Far more than the sockets of both sides hold together with what a server lets wait.
const MUCH: usize = 64 << 20;

/// How long a server that goes on reading may take for the next piece.
const STILL: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_client_that_does_not_read_its_refusals_is_not_read_any_more() {
    let (address, _server) = serve(Everything::default(), FramedOptions::new()).await;
    let mut client = Hostile::greeted(address, Settings::default()).await;
    client.send(&[named("test.Service/None")]).await;
    let mut sent = 0;
    let mut stream = 0;
    while sent < MUCH {
        let mut bytes = BytesMut::new();
        while bytes.len() < 1 << 16 {
            stream += 1;
            request(stream).encode(&mut bytes);
        }
        if timeout(STILL, client.stream.write_all(&bytes))
            .await
            .is_err()
        {
            return;
        }
        sent += bytes.len();
    }
    panic!("the server keeps refusals of {sent} bytes of calls");
}

/// A channel to a server that takes one call at a time, and that server.
async fn with_room_for_one() -> (FramedChannel, tokio::task::JoinHandle<()>) {
    let settings = Settings::default().maximum_streams(1);
    let options = FramedOptions::new().settings(settings);
    let (address, server) = serve(Everything::default(), options).await;
    let target = Target::Tcp(address.to_string());
    let channel = FramedChannel::connect(target, FramedOptions::new()).await;
    (channel.unwrap(), server)
}

#[tokio::test]
async fn a_call_that_ended_makes_room_though_its_stream_is_still_held() {
    let (channel, _server) = with_room_for_one().await;
    let opened = Open::<Double>::open(&channel, Request::new(None)).await;
    let (mut requests, _responses) = opened.unwrap();
    let second = tokio::spawn(async move {
        let request = Request::new(Bytes::from("word")).timeout(Duration::from_secs(10));
        Call::<Echo>::call(&channel, request).await
    });
    // It finds no room, since the runtime has one thread and its other tasks run now.
    tokio::task::yield_now().await;
    requests.send(Bytes::from("fail")).await.unwrap();
    assert_eq!(second.await.unwrap().unwrap(), "word");
}

#[tokio::test]
async fn callers_that_give_up_leave_room_to_those_behind_them() {
    let (channel, _server) = with_room_for_one().await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..2000_u64 {
        let channel = channel.clone();
        calls.spawn(async move {
            let request = Request::new(Bytes::from("word"));
            // Every other one is impatient, at moments that differ.
            let call = Call::<Echo>::call(&channel, request);
            match number % 2 {
                0 => drop(timeout(Duration::from_micros(number * 10), call).await),
                _ => assert_eq!(call.await.unwrap(), "word"),
            }
        });
    }
    timeout(LIMIT, async {
        while let Some(ended) = calls.join_next().await {
            ended.unwrap();
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_connection_whose_maker_gave_up_is_closed_when_it_comes_about() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::Tcp(listener.local_addr().unwrap().to_string());
    let connecting = tokio::spawn(FramedChannel::connect(target, FramedOptions::new()));
    let (mut stream, _) = listener.accept().await.unwrap();
    // It has sent its greeting, and waits for ours.
    let mut buffer = BytesMut::new();
    assert!(stream.read_buf(&mut buffer).await.unwrap() > 0);
    connecting.abort();
    assert!(connecting.await.unwrap_err().is_cancelled());
    let hello = Hello {
        lowest: PROTOCOL_VERSION,
        highest: PROTOCOL_VERSION,
        settings: Settings::default(),
    };
    let mut greeting = BytesMut::new();
    Frame::Hello(hello).encode(&mut greeting);
    // The client may have closed it by now.
    let _closed = stream.write_all(&greeting).await;
    let end = timeout(LIMIT, stream.read_to_end(&mut Vec::new())).await;
    end.expect("it stays open").unwrap_or_default();
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::Tcp(listener.local_addr().unwrap().to_string());
    let options = FramedOptions::new().greeting_timeout(Duration::from_millis(100));
    let connecting = timeout(LIMIT, FramedChannel::connect(target, options)).await;
    let error = connecting.expect("it hangs").unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
}
