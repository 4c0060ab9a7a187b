//! What becomes of clients that connect at the moment at which a server stops.

#![cfg(feature = "grpc")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use portway_rpc::{
    Call, Code, FramedChannel, FramedListener, FramedOptions, GrpcChannel, GrpcListener,
    GrpcOptions, GrpcTarget, Listen, Server, Status, Target,
    frame::{Decoder, Frame, Hello, PROTOCOL_VERSION, Settings},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinSet,
    time::{sleep, timeout},
};

mod service;

use service::{Echo, Everything, LIMIT};

/// How many clients wait to be accepted when the server stops.
const WAITING: usize = 20;

/// Serves until it is stopped, which it is already.
async fn serve_for_no_time(listener: impl Listen<portway_rpc::AnyTransport>) {
    let server = Server::builder()
        .service(Everything::default())
        .listen(listener);
    let served = timeout(LIMIT, server.serve(std::future::ready(()))).await;
    served.expect("it hangs").unwrap();
}

async fn all<T: 'static>(tasks: JoinSet<T>) -> Vec<T> {
    timeout(LIMIT, tasks.join_all()).await.expect("it hangs")
}

#[tokio::test]
async fn framed_clients_in_the_queue_are_told_to_go_away_and_not_reset() {
    let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new());
    let listener = listener.await.unwrap();
    let address = listener.address().unwrap();
    let (mut hello, settings) = (BytesMut::new(), Settings::default());
    let (lowest, highest) = (PROTOCOL_VERSION, PROTOCOL_VERSION);
    Frame::Hello(Hello {
        lowest,
        highest,
        settings,
    })
    .encode(&mut hello);
    let mut clients = Vec::new();
    for _ in 0..WAITING {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(&hello).await.unwrap();
        clients.push(client);
    }
    let mut reading = JoinSet::new();
    for mut client in clients {
        reading.spawn(async move {
            let mut received = Vec::new();
            client.read_to_end(&mut received).await.map(|_| received)
        });
    }
    serve_for_no_time(listener).await;
    for received in all(reading).await {
        let (decoder, received) = (Decoder::new(u32::MAX), received.expect("it is reset"));
        let mut bytes = BytesMut::from(&received[..]);
        let frames: Vec<_> = std::iter::from_fn(|| decoder.decode(&mut bytes).unwrap()).collect();
        let told = |frame: &Frame| {
            matches!(
                frame,
                Frame::GoAway {
                    last: 0,
                    code: Code::Unavailable,
                    ..
                }
            )
        };
        assert!(frames.iter().any(told), "{frames:?}");
    }
}

#[tokio::test]
async fn grpc_clients_in_the_queue_are_answered_or_told_to_go_away() {
    let listener = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new()).await;
    let listener = listener.unwrap();
    let address = listener.address().unwrap().to_string();
    let mut calls = JoinSet::new();
    for _ in 0..WAITING {
        let target = GrpcTarget::Tcp(address.clone());
        calls.spawn(async move {
            let channel = GrpcChannel::connect(target, GrpcOptions::new()).await?;
            Call::<Echo>::call(&channel, Bytes::from("word").into()).await
        });
    }
    // Until they have connected and said what they want.
    sleep(Duration::from_millis(100)).await;
    serve_for_no_time(listener).await;
    for answer in all(calls).await {
        assert_eq!(answer.unwrap(), "word");
    }
}

/// Calls once as soon as it can, over a new connection.
async fn call_framed(address: String) -> Result<Bytes, Status> {
    let channel = FramedChannel::connect(Target::Tcp(address), FramedOptions::new()).await?;
    Call::<Echo>::call(&channel, Bytes::from("word").into()).await
}

async fn call_grpc(address: String) -> Result<Bytes, Status> {
    let channel = GrpcChannel::connect(GrpcTarget::Tcp(address), GrpcOptions::new()).await?;
    Call::<Echo>::call(&channel, Bytes::from("word").into()).await
}

/// Stops servers while clients connect; returns how many were answered, and what the others heard.
async fn stop_among<F>(
    grpc: bool,
    call: impl Fn(String) -> F + Clone + Send + 'static,
) -> (usize, Vec<Status>)
where
    F: Future<Output = Result<Bytes, Status>> + Send,
{
    let answered = Arc::new(AtomicUsize::new(0));
    let mut refused = Vec::new();
    for round in 0..40 {
        let server = Server::builder().service(Everything::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { stopped.await.unwrap_or_default() };
        let (address, serving) = if grpc {
            let listener = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new()).await;
            let listener = listener.unwrap();
            let address = listener.address().unwrap();
            (
                address,
                tokio::spawn(server.listen(listener).serve(stopped)),
            )
        } else {
            let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await;
            let listener = listener.unwrap();
            let address = listener.address().unwrap();
            (
                address,
                tokio::spawn(server.listen(listener).serve(stopped)),
            )
        };
        let mut calling = JoinSet::new();
        for _ in 0..4 {
            let (call, answered) = (call.clone(), Arc::clone(&answered));
            calling.spawn(async move {
                loop {
                    match call(address.to_string()).await {
                        Ok(_) => answered.fetch_add(1, Ordering::Relaxed),
                        Err(status) => return status,
                    };
                }
            });
        }
        sleep(Duration::from_micros(2000 + round * 137)).await;
        drop(stop);
        refused.extend(all(calling).await);
        timeout(LIMIT, serving)
            .await
            .expect("it hangs")
            .unwrap()
            .unwrap();
    }
    (answered.load(Ordering::Relaxed), refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_connect_while_a_server_stops_hear_why() {
    for grpc in [false, true] {
        let (answered, refused) = match grpc {
            false => stop_among(false, call_framed).await,
            true => stop_among(true, call_grpc).await,
        };
        assert!(answered > 0);
        let reset: Vec<_> = refused.iter().filter(|status| is_reset(status)).collect();
        // Few come between the last look into the queue and the end of the socket; without that look
        // some twenty were.
        assert!(reset.len() <= 8, "{reset:#?}");
        let unavailable = |status: &Status| status.code() == Code::Unavailable;
        assert!(refused.iter().all(unavailable), "{refused:#?}");
    }
}

/// Tells whether the connection was reset rather than refused or ended.
fn is_reset(status: &Status) -> bool {
    let text = format!("{status:?}");
    ["ConnectionReset", "BrokenPipe", "NotConnected"]
        .iter()
        .any(|kind| text.contains(kind))
}
