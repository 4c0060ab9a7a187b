//! What slow, impatient and dying clients do to a server.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use portway_rpc::{Call, CancelReason, GrpcChannel, GrpcOptions, GrpcTarget, Open, Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};

use crate::{
    server::{with_address, with_server},
    service::{Count, Double, Echo, Everything, Flood, LIMIT, Silence, Wait},
};

/// A service that tells when handlers begin and why they are cancelled.
struct Watched {
    service: Everything,
    begun: mpsc::UnboundedReceiver<()>,
    reasons: mpsc::UnboundedReceiver<CancelReason>,
}

impl Watched {
    fn new() -> Self {
        let (sender, begun) = mpsc::unbounded_channel();
        let (cancelled, reasons) = mpsc::unbounded_channel();
        let service = Everything {
            begun: Some(sender),
            cancelled: Some(cancelled),
            ..Everything::default()
        };
        Self {
            service,
            begun,
            reasons,
        }
    }

    async fn begun(&mut self) {
        timeout(LIMIT, self.begun.recv()).await.unwrap().unwrap();
    }

    async fn reason(&mut self) -> CancelReason {
        timeout(LIMIT, self.reasons.recv()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_reaches_the_handler() {
    let mut watched = Watched::new();
    with_server(watched.service.clone(), |channel| async move {
        let call = Call::<Wait>::call(&channel, Bytes::new().into());
        tokio::select! {
            _ = call => panic!("it waits for ever"),
            () = watched.begun() => {}
        }
        assert_eq!(watched.reason().await, CancelReason::Caller);

        let request = Request::new(Some(Bytes::new()));
        let (_requests, mut responses) = Open::<Silence>::open(&channel, request).await.unwrap();
        tokio::select! {
            _ = responses.receive() => panic!("it says nothing"),
            () = watched.begun() => {}
        }
        drop(responses);
        assert_eq!(watched.reason().await, CancelReason::Caller);
    })
    .await;
}

#[tokio::test]
async fn a_deadline_reaches_the_handler() {
    let mut watched = Watched::new();
    with_server(watched.service.clone(), |channel| async move {
        let request = Request::new(Bytes::new()).timeout(Duration::from_millis(30));
        Call::<Wait>::call(&channel, request).await.unwrap_err();
        // The client's word may be there first.
        let reason = watched.reason().await;
        assert!(
            matches!(reason, CancelReason::Deadline | CancelReason::Caller),
            "{reason:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_cut_ends_its_handlers_in_every_state() {
    let mut watched = Watched::new();
    with_address(
        watched.service.clone(),
        GrpcOptions::new(),
        |address| async move {
            for state in 0..4 {
                let (near, far) = tokio::io::duplex(1 << 16);
                let mut stream = TcpStream::connect(&address).await.unwrap();
                let wire = tokio::spawn(async move {
                    let mut far = far;
                    let _cut = tokio::io::copy_bidirectional(&mut far, &mut stream).await;
                });
                let channel = GrpcChannel::over(near, GrpcOptions::new()).await.unwrap();
                let work = tokio::spawn(async move {
                    let request = Request::new(None);
                    match state {
                        0 => drop(Call::<Wait>::call(&channel, Bytes::new().into()).await),
                        1 => {
                            let (_requests, mut responses) =
                                Open::<Double>::open(&channel, request).await.unwrap();
                            responses.receive().await.unwrap_err();
                        }
                        2 => {
                            let (mut requests, _responses) =
                                Open::<Count>::open(&channel, request).await.unwrap();
                            while requests.send(Bytes::from(vec![0; 1000])).await.is_ok() {}
                        }
                        _ => {
                            let (_requests, mut responses) =
                                Open::<Flood>::open(&channel, Request::new(Some(Bytes::new())))
                                    .await
                                    .unwrap();
                            while responses.receive().await.is_ok() {}
                        }
                    }
                });
                watched.begun().await;
                wire.abort();
                let reason = watched.reason().await;
                assert!(
                    matches!(reason, CancelReason::Disconnected | CancelReason::Caller),
                    "{reason:?}"
                );
                timeout(LIMIT, work).await.unwrap().unwrap();
            }
        },
    )
    .await;
}

#[tokio::test]
async fn an_upload_that_is_broken_off_is_not_taken_for_a_whole_one() {
    let mut watched = Watched::new();
    let sent = watched.service.sent.clone();
    with_server(watched.service.clone(), |channel| async move {
        let opened = Open::<Count>::open(&channel, Request::new(None)).await;
        let (mut requests, mut responses) = opened.unwrap();
        requests.send(Bytes::from("half")).await.unwrap();
        let (answer, ()) = tokio::join!(responses.receive(), async {
            watched.begun().await;
            drop(requests);
        });
        assert!(answer.is_err());
        assert_eq!(watched.reason().await, CancelReason::Caller);
        assert_eq!(sent.load(Ordering::SeqCst), 0);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_its_handler_back_and_nobody_else() {
    let watched = Watched::new();
    let sent = watched.service.sent.clone();
    with_server(watched.service.clone(), |channel| async move {
        let request = Request::new(Some(Bytes::new()));
        let (_requests, mut responses) = Open::<Flood>::open(&channel, request).await.unwrap();
        responses.receive().await.unwrap();
        let mut before = 0;
        loop {
            let answer = Call::<Echo>::call(&channel, Bytes::from("word").into()).await;
            assert_eq!(answer.unwrap(), "word");
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = sent.swap(0, Ordering::SeqCst) + before;
            if now == before {
                break;
            }
            before = now;
        }
        // The window of the stream, what waits on both sides, and some for good measure.
        assert!(before < 4000, "{before} messages of 1000 bytes were sent");
        for _ in 0..before {
            assert_eq!(responses.receive().await.unwrap().unwrap().len(), 1000);
        }
    })
    .await;
}

#[tokio::test]
async fn more_calls_than_a_connection_takes_wait_for_their_turn() {
    let mut watched = Watched::new();
    let options = GrpcOptions::new().maximum_streams(8);
    with_address(watched.service.clone(), options, |address| async move {
        let channel = GrpcChannel::connect(GrpcTarget::Tcp(address), GrpcOptions::new()).await;
        let channel = channel.unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let channel = channel.clone();
            let request = Request::new(Bytes::new()).timeout(LIMIT);
            calls.spawn(async move { Call::<Wait>::call(&channel, request).await });
        }
        for _ in 0..8 {
            watched.begun().await;
        }
        let ninth = timeout(Duration::from_millis(200), watched.begun.recv()).await;
        assert!(ninth.is_err(), "a ninth call was begun");
        calls.shutdown().await;
        let answer = Call::<Echo>::call(&channel, Bytes::from("word").into()).await;
        assert_eq!(answer.unwrap(), "word");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_greet_or_goes_silent_within_a_frame_is_left() {
    let options = GrpcOptions::new()
        .greeting_timeout(Duration::from_millis(100))
        .keepalive(Duration::from_millis(200));
    with_address(Everything::default(), options, |address| async move {
        for greeting in [&b""[..], b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\n\r\n"] {
            left_after(&address, greeting).await;
        }
        // A whole greeting, empty settings, and a frame of 16 bytes of which 3 come.
        let mut half = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        half.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
        half.extend([0, 0, 16, 0, 0, 0, 0, 0, 1, 1, 2, 3]);
        left_after(&address, &half).await;
    })
    .await;
}

/// Sends bytes and waits until the server closes the connection.
async fn left_after(address: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut rest = Vec::new();
    let end = timeout(LIMIT, stream.read_to_end(&mut rest)).await;
    // A reset is an end too.
    let _closed_or_reset = end.expect("the server holds the connection");
}
