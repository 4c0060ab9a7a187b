//! Checks of methods with streams.

use std::time::Duration;

use bytes::Bytes;

use super::{Item, Order, Probe, Tried, passed, probe, soon};
use crate::{Code, Open, Receiving, ReplyMetadata, Request, Status};

/// Items of a stream.
const ITEMS: u64 = 5000;

/// The size of the items of a stream that nobody reads.
const SIZE: u64 = 1000;

/// What may be on its way to a reader that stopped, in items: windows, queues and buffers of sockets
/// on both sides of any transport.
const ON_THE_WAY: u64 = 40_000;

/// Starts a transport with a new probe.
async fn start<T: Tried>(tried: &T) -> (super::Running<T::Channel>, Probe) {
    let probe = Probe::new();
    let running = soon("the start", tried.start(probe.clone())).await;
    (running, probe)
}

async fn count<C: Open<probe::Count>>(
    channel: &C,
    request: impl Into<Request<Order>>,
) -> Receiving<Item> {
    let opened = channel.open(request.into().map(Some));
    soon("the opening", opened).await.expect("it opens").1
}

async fn next<T>(receiving: &mut Receiving<T>) -> Result<Option<T>, Status> {
    soon("a message", receiving.receive()).await
}

fn item(number: u64) -> Item {
    Item {
        number,
        body: Bytes::from_static(b"item"),
    }
}

/// One request, many responses: all come, in their order.
///
/// # Panics
///
/// When one is missing or out of order.
pub async fn responses_come_in_their_order<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Count>,
{
    let (running, _) = start(tried).await;
    let order = Order {
        count: ITEMS,
        size: 10,
        ..Order::default()
    };
    let mut items = count(running.channel(), order).await;
    for number in 0..ITEMS {
        let found = next(&mut items).await.expect("an item").expect("an item");
        assert_eq!((found.number, found.body.len()), (number, 10));
    }
    assert!(next(&mut items).await.expect("the end").is_none());
    drop(items);
    running.stop().await;
    passed("responses_come_in_their_order", T::NAME);
}

/// Many requests, one response.
///
/// # Panics
///
/// When a request is missing.
pub async fn requests_come_together<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Collect>,
{
    let (running, _) = start(tried).await;
    let opened = Open::<probe::Collect>::open(running.channel(), Request::new(None));
    let (mut items, mut report) = soon("the opening", opened).await.expect("it opens");
    for number in 0..ITEMS {
        soon("room", items.send(item(number)))
            .await
            .expect("it is sent");
    }
    items.finish();
    let report = soon("the report", report.only()).await.expect("a report");
    assert_eq!((report.count, report.sum), (ITEMS, ITEMS * (ITEMS - 1) / 2));
    running.stop().await;
    passed("requests_come_together", T::NAME);
}

/// Both directions go on at once: each answer comes before the next request is sent.
///
/// # Panics
///
/// When one waits for the other's end.
pub async fn both_directions_go_on_at_once<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Chat>,
{
    let (running, _) = start(tried).await;
    let opened = Open::<probe::Chat>::open(running.channel(), Request::new(None));
    let (mut requests, mut responses) = soon("the opening", opened).await.expect("it opens");
    for number in 0..100 {
        let sent = requests.send(item(number));
        soon("room", sent).await.expect("it is sent");
        let answer = next(&mut responses).await.expect("an answer");
        assert_eq!(answer.expect("an answer"), item(number));
    }
    requests.finish();
    assert!(next(&mut responses).await.expect("the end").is_none());
    running.stop().await;
    passed("both_directions_go_on_at_once", T::NAME);
}

/// A reader that stops holds its sender back; nothing is lost when it goes on.
///
/// # Panics
///
/// When the sender goes on and on, or an item is missing.
pub async fn slow_readers_hold_their_senders_back<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Count>,
{
    let (running, probe) = start(tried).await;
    let order = Order {
        count: u64::MAX,
        size: SIZE,
        ..Order::default()
    };
    let mut items = count(running.channel(), order).await;
    assert!(next(&mut items).await.expect("an item").is_some());
    let stopped_at = soon("the sender's stop", standstill(&probe)).await;
    assert!(
        stopped_at <= ON_THE_WAY,
        "{stopped_at} items were sent to nobody"
    );
    for number in 1..stopped_at + 100 {
        let found = next(&mut items).await.expect("an item").expect("an item");
        assert_eq!(found.number, number);
    }
    drop(items);
    soon("the handler's end", probe.cancelled(1)).await;
    running.stop().await;
    passed("slow_readers_hold_their_senders_back", T::NAME);
}

/// Waits until no more is sent; returns how much was.
async fn standstill(probe: &Probe) -> u64 {
    let mut before = probe.sent();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = probe.sent();
        assert!(now <= ON_THE_WAY, "{now} items were sent to nobody");
        if now == before && now > 0 {
            return now;
        }
        before = now;
    }
}

/// A stream that fails gives what was sent before, then its status with text, details and metadata.
///
/// # Panics
///
/// When something is missing.
pub async fn streams_end_with_their_status<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Count>,
{
    let (running, _) = start(tried).await;
    let order = Order {
        count: 100,
        code: u32::from(Code::DataLoss.number()),
        message: "half of it is gone".to_owned(),
        details: Bytes::from_static(&[8, 15]),
        ..Order::default()
    };
    let (reply, mut metadata) = (ReplyMetadata::new(), crate::Metadata::new());
    let entries = [
        metadata.append("leading-text", "first"),
        metadata.append("trailing-text", "last"),
    ];
    entries
        .into_iter()
        .for_each(|entry| entry.expect("it is metadata"));
    let request = Request::new(order).metadata(metadata).capture(&reply);
    let mut items = count(running.channel(), request).await;
    for number in 0..100 {
        let found = next(&mut items).await.expect("an item").expect("an item");
        assert_eq!(found.number, number);
    }
    let status = next(&mut items).await.expect_err("it fails");
    assert_eq!(
        (status.code(), status.message()),
        (Code::DataLoss, "half of it is gone")
    );
    assert_eq!(status.details(), &[8, 15][..]);
    assert_eq!(reply.leading().text("leading-text"), Some("first"));
    assert_eq!(reply.trailing().text("trailing-text"), Some("last"));
    running.stop().await;
    passed("streams_end_with_their_status", T::NAME);
}

/// A reader that leaves cancels the handler.
///
/// # Panics
///
/// When the handler goes on.
pub async fn readers_that_leave_cancel_their_handlers<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Count>,
{
    let (running, probe) = start(tried).await;
    let order = Order {
        count: 1,
        hang: true,
        ..Order::default()
    };
    let mut items = count(running.channel(), order).await;
    assert!(next(&mut items).await.expect("an item").is_some());
    drop(items);
    soon("the handler's end", probe.cancelled(1)).await;
    running.stop().await;
    passed("readers_that_leave_cancel_their_handlers", T::NAME);
}

/// A stream ends at the deadline of its call.
///
/// # Panics
///
/// When it goes on, or its handler does.
pub async fn late_streams_end<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Count>,
{
    let (running, probe) = start(tried).await;
    let order = Order {
        count: 1,
        hang: true,
        ..Order::default()
    };
    let request = Request::new(order).timeout(Duration::from_millis(500));
    let mut items = count(running.channel(), request).await;
    let status = loop {
        match next(&mut items).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended well"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    soon("the handler's end", probe.cancelled(1)).await;
    running.stop().await;
    passed("late_streams_end", T::NAME);
}

/// An upload whose sender is dropped is not taken for a whole one.
///
/// # Panics
///
/// When it is.
pub async fn half_sent_uploads_are_not_whole<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Collect>,
{
    let (running, probe) = start(tried).await;
    let opened = Open::<probe::Collect>::open(running.channel(), Request::new(None));
    let (mut items, report) = soon("the opening", opened).await.expect("it opens");
    for number in 0..10 {
        soon("room", items.send(item(number)))
            .await
            .expect("it is sent");
    }
    soon("the handler", async {
        while probe.begun() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    drop(items);
    let end = soon("the upload's end", probe.upload()).await;
    assert!(end.is_some(), "it was taken for whole");
    drop(report);
    running.stop().await;
    passed("half_sent_uploads_are_not_whole", T::NAME);
}

/// Runs all checks of streams.
///
/// # Panics
///
/// When one fails.
pub async fn all<T: Tried>(tried: &T)
where
    T::Channel: Open<probe::Count> + Open<probe::Collect> + Open<probe::Chat>,
{
    responses_come_in_their_order(tried).await;
    requests_come_together(tried).await;
    both_directions_go_on_at_once(tried).await;
    slow_readers_hold_their_senders_back(tried).await;
    streams_end_with_their_status(tried).await;
    readers_that_leave_cancel_their_handlers(tried).await;
    late_streams_end(tried).await;
    half_sent_uploads_are_not_whole(tried).await;
}
