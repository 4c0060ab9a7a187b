//! What calls within the process promise.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use portway_rpc::{
    Call, CancelReason, Cancellation, Code, Context, Handle, HandleStream, InProcess, Method, Open,
    Raw, Receiving, Request, Sending, Shape, Status,
};
use tokio::sync::mpsc;

struct Wait;
struct Double;

impl Method for Wait {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Raw;
    const SERVICE: &'static str = "test.Service";
    const NAME: &'static str = "Wait";
    const SHAPE: Shape = Shape::Unary;
}

impl Method for Double {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Raw;
    const SERVICE: &'static str = "test.Service";
    const NAME: &'static str = "Double";
    const SHAPE: Shape = Shape::Bidirectional;
}

/// Waits for ever, and hands out its cancellation.
struct Waiting {
    begun: Arc<AtomicUsize>,
    cancellations: mpsc::UnboundedSender<Cancellation>,
}

impl Handle<Wait> for Waiting {
    async fn handle(&self, context: Context, _request: Bytes) -> Result<Bytes, Status> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let _gone = self.cancellations.send(context.cancellation().clone());
        std::future::pending().await
    }
}

/// Sends every message twice.
struct Doubling;

impl HandleStream<Double> for Doubling {
    async fn handle_stream(
        &self,
        _context: Context,
        mut requests: Receiving<Bytes>,
        mut responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        while let Some(message) = requests.receive().await? {
            if message == "fail" {
                return Err(Status::data_loss("asked for"));
            }
            responses.send(message.clone()).await?;
            responses.send(message).await?;
        }
        Ok(())
    }
}

fn waiting() -> (
    InProcess<Waiting>,
    Arc<AtomicUsize>,
    mpsc::UnboundedReceiver<Cancellation>,
) {
    let (cancellations, receiver) = mpsc::unbounded_channel();
    let begun = Arc::new(AtomicUsize::new(0));
    (
        InProcess::new(Waiting {
            begun: Arc::clone(&begun),
            cancellations,
        }),
        begun,
        receiver,
    )
}

#[tokio::test]
async fn a_deadline_ends_the_handler_and_tells_its_tasks() {
    for channel in [waiting(), {
        let (c, b, r) = waiting();
        (c.across_tasks(), b, r)
    }] {
        let (channel, begun, mut cancellations) = channel;
        let request = Request::new(Bytes::new()).timeout(Duration::from_millis(10));
        let error = Call::<Wait>::call(&channel, request).await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded);
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        let cancellation = cancellations.recv().await.unwrap();
        assert_eq!(cancellation.cancelled().await, CancelReason::Deadline);
    }
}

#[tokio::test]
async fn work_that_is_late_is_not_begun() {
    let (channel, begun, _cancellations) = waiting();
    let request = Request::new(Bytes::new()).timeout(Duration::ZERO);
    let error = Call::<Wait>::call(&channel, request).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert_eq!(begun.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_caller_that_gives_up_tells_the_tasks_of_the_handler() {
    let (channel, _begun, mut cancellations) = waiting();
    let channel = channel.across_tasks();
    let call = tokio::spawn(async move { Call::<Wait>::call(&channel, Bytes::new().into()).await });
    let cancellation = cancellations.recv().await.unwrap();
    call.abort();
    assert_eq!(cancellation.cancelled().await, CancelReason::Caller);
}

#[tokio::test]
async fn streams_go_both_ways_and_end_with_a_status() {
    let channel = InProcess::new(Doubling);
    let (mut requests, mut responses) = Open::<Double>::open(&channel, Request::new(None))
        .await
        .unwrap();
    requests.send(Bytes::from("a")).await.unwrap();
    assert_eq!(responses.receive().await.unwrap().unwrap(), "a");
    assert_eq!(responses.receive().await.unwrap().unwrap(), "a");
    requests.finish();
    assert_eq!(responses.receive().await.unwrap(), None);

    let (_requests, mut responses) =
        Open::<Double>::open(&channel, Request::new(Some(Bytes::from("fail"))))
            .await
            .unwrap();
    assert_eq!(
        responses.receive().await.unwrap_err().code(),
        Code::DataLoss
    );
}

#[tokio::test]
async fn a_receiver_that_does_not_read_holds_its_sender_back() {
    let channel = InProcess::new(Doubling);
    let (mut requests, mut responses) = Open::<Double>::open(&channel, Request::new(None))
        .await
        .unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let sending = tokio::spawn(async move {
        for _ in 0..1000 {
            requests.send(Bytes::from_static(b"m")).await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
        }
        requests.finish();
    });
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(sent.load(Ordering::SeqCst) <= 3 * portway_rpc::IN_PROCESS_WINDOW);
    let mut received = 0;
    while responses.receive().await.unwrap().is_some() {
        received += 1;
    }
    sending.await.unwrap();
    assert_eq!(received, 2000);
}

#[tokio::test]
async fn a_dropped_upload_is_no_finished_one() {
    let channel = InProcess::new(Doubling);
    let (requests, mut responses) = Open::<Double>::open(&channel, Request::new(None))
        .await
        .unwrap();
    drop(requests);
    assert_eq!(
        responses.receive().await.unwrap_err().code(),
        Code::Cancelled
    );
}
