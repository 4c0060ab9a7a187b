//! Checks of methods with one request and one response.

use std::time::Duration;

use bytes::Bytes;
use tokio::{task::JoinSet, time::Instant};

use super::{Item, Order, Probe, Report, Tried, passed, probe, soon};
use crate::{
    Call, CancelReason, Code, Metadata, Method, ReplyMetadata, Request, Shape, Status, TRACEPARENT,
    TraceParent,
};

/// Calls at the same time.
const CALLS: u64 = 200;

/// A time-out that a busy machine does not reach by accident.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Starts a transport with a new probe.
async fn start<T: Tried>(tried: &T) -> (super::Running<T::Channel>, Probe) {
    let probe = Probe::new();
    let running = soon("the start", tried.start(probe.clone())).await;
    (running, probe)
}

async fn act<C: Call<probe::Act>>(
    channel: &C,
    request: impl Into<Request<Order>>,
) -> Result<Report, Status> {
    soon("an answer", channel.call(request.into())).await
}

fn hanging() -> Order {
    Order {
        hang: true,
        ..Order::default()
    }
}

/// Calls at the same time are each answered, with their own answer.
///
/// # Panics
///
/// When an answer is missing, or of another call.
pub async fn requests_are_answered<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Echo>,
{
    let (running, probe) = start(tried).await;
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let channel = running.channel().clone();
        calls.spawn(async move {
            let body = Bytes::from(number.to_string());
            let item = Item { number, body };
            let answer = Call::<probe::Echo>::call(&channel, item.clone().into()).await;
            assert_eq!(answer.expect("an answer"), item);
        });
    }
    while let Some(ended) = soon("an answer", calls.join_next()).await {
        ended.expect("the right answer");
    }
    assert_eq!(probe.begun(), CALLS);
    running.stop().await;
    passed("requests_are_answered", T::NAME);
}

/// Each code arrives with its text, of any characters, and its details.
///
/// # Panics
///
/// When one does not.
pub async fn statuses_arrive<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, _) = start(tried).await;
    for code in Code::ALL.into_iter().filter(|code| *code != Code::Ok) {
        for message in ["", "plain", "100 %: Größe\n(two lines)"] {
            let order = Order {
                code: u32::from(code.number()),
                message: message.to_owned(),
                details: Bytes::from_static(&[8, 5, 0, 255]),
                ..Order::default()
            };
            let details = order.details.clone();
            let status = act(running.channel(), order).await.expect_err("it fails");
            assert_eq!((status.code(), status.message()), (code, message));
            assert_eq!(status.details(), &details, "{code}");
        }
    }
    running.stop().await;
    passed("statuses_arrive", T::NAME);
}

/// Metadata arrive on both sides, texts and bytes, in front of an answer and behind it; in front of an
/// error and behind it too.
///
/// # Panics
///
/// When an entry is missing or changed.
pub async fn metadata_go_both_ways<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, _) = start(tried).await;
    let bytes: Vec<u8> = (0..=255).collect();
    for code in [Code::Ok, Code::NotFound] {
        let mut sent = Metadata::new();
        let entries = [
            sent.append("leading-text", "a b"),
            sent.append("leading-text", "second"),
            sent.append_binary("leading-bytes-bin", bytes.clone()),
            sent.append("trailing-text", "c, d"),
            sent.append_binary("trailing-bytes-bin", bytes.clone()),
        ];
        entries
            .into_iter()
            .for_each(|entry| entry.expect("it is metadata"));
        let order = Order {
            code: u32::from(code.number()),
            ..Order::default()
        };
        let reply = ReplyMetadata::new();
        let request = Request::new(order).metadata(sent).capture(&reply);
        let result = act(running.channel(), request).await;
        assert_eq!(result.err().map_or(Code::Ok, |status| status.code()), code);
        let (leading, trailing) = (reply.leading(), reply.trailing());
        let texts = values(&leading, "leading-text");
        // The wire may join two values of one name, as HTTP may; it keeps their order.
        assert_eq!(texts.join(&b", "[..]), b"a b, second", "{code}");
        assert_eq!(values(&leading, "leading-bytes-bin"), [&bytes[..]]);
        assert_eq!(values(&trailing, "trailing-text"), [b"c, d".to_vec()]);
        assert_eq!(values(&trailing, "trailing-bytes-bin"), [&bytes[..]]);
    }
    running.stop().await;
    passed("metadata_go_both_ways", T::NAME);
}

fn values(metadata: &Metadata, name: &str) -> Vec<Vec<u8>> {
    let of_name = metadata.iter().filter(|(other, _)| *other == name);
    of_name.map(|(_, value)| value.to_vec()).collect()
}

/// A call that a handler makes belongs to the trace of the call that it serves.
///
/// # Panics
///
/// When it belongs to another, or to none.
pub async fn traces_go_on<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, probe) = start(tried).await;
    probe.call_over(running.channel().clone());
    let trace = TraceParent::start(true);
    let mut metadata = Metadata::new();
    let inserted = metadata.insert(TRACEPARENT, trace.to_string());
    inserted.expect("it is metadata");
    let order = Order {
        nested: Some(Box::default()),
        ..Order::default()
    };
    let report = act(running.channel(), Request::new(order).metadata(metadata)).await;
    let report = report.expect("a report");
    let nested = report.nested.expect("a nested report");
    for seen in [report.traceparent, nested.traceparent] {
        let seen: TraceParent = seen.parse().expect("a traceparent");
        assert_eq!(seen.trace(), trace.trace());
        assert!(seen.is_sampled());
    }
    running.stop().await;
    passed("traces_go_on", T::NAME);
}

/// A handler sees the deadline of its caller, and the handlers that it calls see what is left of it.
///
/// # Panics
///
/// When one sees more than is left.
pub async fn deadlines_shrink_from_hop_to_hop<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    const DELAY: u64 = 300;
    let (running, probe) = start(tried).await;
    probe.call_over(running.channel().clone());
    let order = Order {
        delay_milliseconds: DELAY,
        nested: Some(Box::default()),
        ..Order::default()
    };
    let report = act(running.channel(), Request::new(order).timeout(TIMEOUT)).await;
    let report = report.expect("a report");
    let outer = report.remaining_milliseconds;
    let inner = report
        .nested
        .expect("a nested report")
        .remaining_milliseconds;
    let whole = u64::try_from(TIMEOUT.as_millis()).unwrap_or(u64::MAX);
    // Rounding up on the wire may add a millisecond.
    assert!(
        outer <= whole + 1 && outer > whole / 2,
        "{outer} ms of {whole} ms"
    );
    assert!(
        inner + DELAY <= outer + 5,
        "{inner} ms left of {outer} ms after {DELAY} ms"
    );
    running.stop().await;
    passed("deadlines_shrink_from_hop_to_hop", T::NAME);
}

/// A call ends at its deadline, and its handler hears of it.
///
/// # Panics
///
/// When either does not.
pub async fn late_calls_end<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, probe) = start(tried).await;
    let (timeout, begun) = (Duration::from_millis(300), Instant::now());
    let status = act(running.channel(), Request::new(hanging()).timeout(timeout)).await;
    assert_eq!(
        status.expect_err("it is late").code(),
        Code::DeadlineExceeded
    );
    assert!(begun.elapsed() >= timeout, "it ended too early");
    let reasons = soon("the handler's end", probe.cancelled(1)).await;
    // Whoever looks at the clock first tells the other.
    let expected = [CancelReason::Deadline, CancelReason::Caller];
    assert!(expected.contains(&reasons[0]), "{reasons:?}");
    running.stop().await;
    passed("late_calls_end", T::NAME);
}

/// Work whose deadline has passed is not begun, be it before the call or while it waits behind others.
///
/// # Panics
///
/// When it is.
pub async fn late_work_is_not_begun<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, probe) = start(tried).await;
    let request = Request::new(Order::default()).timeout(Duration::ZERO);
    let status = act(running.channel(), request)
        .await
        .expect_err("it is late");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    act(running.channel(), Order::default())
        .await
        .expect("a report");
    assert_eq!(probe.begun(), 1);
    hold_up(running.channel()).await;
    // A thread may be taken away between the look at the clock and the handler.
    let latest = probe.latest();
    assert!(latest < HELD_UP / 2, "begun {latest:?} after its deadline");
    running.stop().await;
    passed("late_work_is_not_begun", T::NAME);
}

/// So long do [`hold_up`]'s handlers take together.
const HELD_UP: Duration = Duration::from_secs(1);

/// Makes calls of which most are late before the first ones let go of their threads.
async fn hold_up<C>(channel: &C)
where
    C: Call<probe::Act> + Clone + 'static,
{
    const CALLS: u32 = 100;
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let channel = channel.clone();
        calls.spawn(async move {
            let busy = (HELD_UP / CALLS).as_millis();
            let order = Order {
                busy_milliseconds: u64::try_from(busy).unwrap_or_default(),
                ..Order::default()
            };
            let request = Request::new(order).timeout(HELD_UP / 10);
            let _some_are_late = Call::<probe::Act>::call(&channel, request).await;
        });
    }
    calls.join_all().await;
}

/// A caller that gives up cancels its handler, and the calls that this one makes.
///
/// # Panics
///
/// When a handler goes on.
pub async fn callers_that_give_up_cancel_their_handlers<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, probe) = start(tried).await;
    probe.call_over(running.channel().clone());
    let order = Order {
        nested: Some(Box::new(hanging())),
        ..Order::default()
    };
    let channel = running.channel().clone();
    let call = tokio::spawn(async move { Call::<probe::Act>::call(&channel, order.into()).await });
    soon("both handlers", async {
        while probe.begun() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    call.abort();
    let reasons = soon("the handlers' ends", probe.cancelled(2)).await;
    assert_eq!(reasons, [CancelReason::Caller; 2]);
    running.stop().await;
    passed("callers_that_give_up_cancel_their_handlers", T::NAME);
}

/// A handler that panics ends its own call only.
///
/// # Panics
///
/// When others suffer.
pub async fn panics_end_their_own_calls_only<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let (running, _) = start(tried).await;
    let slow = Order {
        delay_milliseconds: 300,
        ..Order::default()
    };
    let panicking = Order {
        panic: true,
        ..Order::default()
    };
    let (slow, panicked) = tokio::join!(
        act(running.channel(), slow),
        act(running.channel(), panicking),
    );
    assert_eq!(panicked.expect_err("it panics").code(), Code::Internal);
    slow.expect("another call goes on");
    running.stop().await;
    passed("panics_end_their_own_calls_only", T::NAME);
}

/// Messages of `fits` bytes pass in both directions.
///
/// # Panics
///
/// When one does not.
pub async fn large_messages_pass<T: Tried>(tried: &T, fits: usize)
where
    T::Channel: Call<probe::Echo>,
{
    let (running, _) = start(tried).await;
    for size in [0, 1, 4096, fits / 2, fits] {
        let body = Bytes::from(vec![7; size]);
        let item = Item { number: 1, body };
        let answer = Call::<probe::Echo>::call(running.channel(), item.clone().into());
        let answer = soon("an answer", answer).await.expect("an answer");
        assert!(answer == item, "{size} bytes came back as others");
    }
    running.stop().await;
    passed("large_messages_pass", T::NAME);
}

/// Messages of more than `limit` bytes, which is the transport's, are refused by name in both
/// directions, and disturb nobody.
///
/// # Panics
///
/// When one passes, or other calls suffer.
pub async fn larger_messages_are_refused<T: Tried>(tried: &T, limit: usize)
where
    T::Channel: Call<probe::Echo> + Call<probe::Act>,
{
    let (running, _) = start(tried).await;
    let other = Order {
        delay_milliseconds: 300,
        ..Order::default()
    };
    let too_large = Item {
        number: 1,
        body: vec![7; limit + 1].into(),
    };
    let ordered = Order {
        size: limit as u64 + 1,
        ..Order::default()
    };
    let refused = async {
        let request = Call::<probe::Echo>::call(running.channel(), too_large.into());
        let request = soon("a refusal", request)
            .await
            .expect_err("it is too large");
        let response = act(running.channel(), ordered)
            .await
            .expect_err("it is too large");
        [request, response]
    };
    let (refused, other) = tokio::join!(refused, act(running.channel(), other));
    for status in refused {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        assert!(!status.message().is_empty());
    }
    other.expect("another call goes on");
    running.stop().await;
    passed("larger_messages_are_refused", T::NAME);
}

/// A method that the server does not have.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

impl Method for Missing {
    type Request = Item;
    type Response = Item;
    type Codec = crate::Protobuf;
    const SERVICE: &'static str = "portway.conformance.Probe";
    const NAME: &'static str = "Missing";
    const SHAPE: Shape = Shape::Unary;
}

/// A method that the server does not have is told to be unimplemented.
///
/// # Panics
///
/// When it is not.
pub async fn unknown_methods_are_unimplemented<T: Tried>(tried: &T)
where
    T::Channel: Call<Missing>,
{
    let (running, _) = start(tried).await;
    let call = Call::<Missing>::call(running.channel(), Item::default().into());
    let status = soon("a refusal", call).await.expect_err("there is none");
    assert_eq!(status.code(), Code::Unimplemented, "{status}");
    running.stop().await;
    passed("unknown_methods_are_unimplemented", T::NAME);
}

/// Runs all checks that hold for every transport.
///
/// # Panics
///
/// When one fails.
pub async fn all<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Echo> + Call<probe::Act>,
{
    requests_are_answered(tried).await;
    statuses_arrive(tried).await;
    metadata_go_both_ways(tried).await;
    traces_go_on(tried).await;
    deadlines_shrink_from_hop_to_hop(tried).await;
    late_calls_end(tried).await;
    late_work_is_not_begun(tried).await;
    callers_that_give_up_cancel_their_handlers(tried).await;
    panics_end_their_own_calls_only(tried).await;
}
