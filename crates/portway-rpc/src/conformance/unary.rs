//! Checks of methods with one request and one response.

mod ends;

pub use ends::{
    callers_that_give_up_cancel_their_handlers, deadlines_shrink_from_hop_to_hop, late_calls_end,
    late_work_is_not_begun,
};

use bytes::Bytes;
use tokio::task::JoinSet;

use super::{Item, Order, Probe, Report, Tried, passed, probe, soon};
use crate::{
    Call, Code, Metadata, Method, ReplyMetadata, Request, Shape, Status, TRACEPARENT, TraceParent,
};

/// Calls at the same time.
const CALLS: u64 = 200;

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
