//! Checks that late and abandoned calls end, on both sides.

use std::time::Duration;

use tokio::{task::JoinSet, time::Instant};

use super::{act, start};
use crate::{
    Call, CancelReason, Code, Request,
    conformance::{Order, Tried, passed, probe, soon},
};

/// A time-out that a busy machine does not reach by accident.
const TIMEOUT: Duration = Duration::from_secs(20);

fn hanging() -> Order {
    Order {
        hang: true,
        ..Order::default()
    }
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
