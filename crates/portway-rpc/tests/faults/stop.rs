//! What a client gets of a server that stops.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use portway_rpc::{
    Call, Code, Codec, FramedChannel, FramedListener, FramedOptions, Metadata, Protobuf, Server,
    Status, Target,
    frame::{Frame, Settings},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::oneshot,
    time::timeout,
};

use crate::{
    hostile::{Hostile, named},
    service::{Echo, Everything, LIMIT},
};

/// Bytes of an answer: more than the sockets between both sides hold.
const SIZE: usize = 3 << 20;

fn call() -> Frame {
    let mut message = BytesMut::new();
    <Protobuf as Codec<Bytes>>::encode(&vec![7; SIZE].into(), &mut message).unwrap();
    Frame::Request {
        stream: 1,
        method: 0,
        timeout: Duration::from_secs(60),
        metadata: Metadata::new(),
        message: Some(message.freeze()),
        end: true,
    }
}

#[tokio::test]
async fn a_client_that_still_talks_gets_all_that_was_sent() {
    let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new());
    let listener = listener.await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder().service(Everything::default());
    let serving = server.listen(listener);
    let serving = tokio::spawn(serving.serve(async { stopped.await.unwrap_or_default() }));
    let mut client = Hostile::greeted(address, Settings::default()).await;
    client.send(&[named("test.Service/Echo"), call()]).await;
    let (mut received, mut part) = (0, [0; 4096]);
    let mut stop = Some(stop);
    while received < SIZE {
        let read = timeout(LIMIT, client.stream.read(&mut part)).await;
        let count = read.expect("the server goes on").unwrap();
        assert!(count > 0, "the answer ends after {received} bytes");
        received += count;
        // The call is under way.
        drop(stop.take());
        client.send(&[Frame::Ping(7)]).await;
    }
    drop(client);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_is_sent_away_before_the_greeting_hears_that_nothing_was_begun() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::Tcp(listener.local_addr().unwrap().to_string());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = BytesMut::new();
            let away = Frame::GoAway {
                last: 0,
                code: Code::Unavailable,
                reason: "the server stops".to_owned(),
            };
            away.encode(&mut bytes);
            stream.write_all(&bytes).await.unwrap();
            // The client ends it.
            let _end = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let not_begun = |status: Status| {
        assert_eq!(status.code(), Code::Unavailable);
        let text = "the server did not begin the call: the server stops";
        assert_eq!(status.message(), text);
    };
    let connected = FramedChannel::connect(target.clone(), FramedOptions::new());
    not_begun(timeout(LIMIT, connected).await.unwrap().unwrap_err());
    let channel = FramedChannel::lazy(target, FramedOptions::new()).unwrap();
    let called = Call::<Echo>::call(&channel, Bytes::new().into());
    not_begun(timeout(LIMIT, called).await.unwrap().unwrap_err());
}
