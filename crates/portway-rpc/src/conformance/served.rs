//! Checks of transports with a server, which stops.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use super::{Order, Probe, Tried, passed, probe, soon};
use crate::{Call, Code, Status};

/// Tasks that call all the time.
const CALLERS: usize = 8;

/// A server that stops finishes what it began, and no answer is lost: each call is either carried
/// out and answered, or refused with [`Code::Unavailable`] and not carried out.
///
/// # Panics
///
/// When a handler came to its end whose caller was told otherwise, or the server does not end.
pub async fn stopping_loses_nothing<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let probe = Probe::new();
    let running = soon("the start", tried.start(probe.clone())).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(call_until_over(
            running.channel().clone(),
            Arc::clone(&over),
        ));
    }
    soon("some answers", async {
        while probe.finished() < 100 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    soon("the server's end", running.stop()).await;
    over.store(true, Ordering::SeqCst);
    let mut answered = 0;
    while let Some(ended) = soon("a caller's end", callers.join_next()).await {
        answered += ended.expect("it goes on until it is told");
    }
    assert_eq!((probe.begun(), probe.finished()), (answered, answered));
    passed("stopping_loses_nothing", T::NAME);
}

/// Calls again and again; returns how many calls were answered.
async fn call_until_over<C: Call<probe::Act>>(channel: C, over: Arc<AtomicBool>) -> u64 {
    let order = Order {
        delay_milliseconds: 3,
        ..Order::default()
    };
    let mut answered = 0;
    while !over.load(Ordering::SeqCst) {
        match channel.call(order.clone().into()).await {
            Ok(_) => answered += 1,
            Err(status) => {
                refused(&status);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    answered
}

fn refused(status: &Status) {
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}

/// After the end of the server calls fail at once.
///
/// # Panics
///
/// When one hangs.
pub async fn calls_without_a_server_fail_at_once<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let running = soon("the start", tried.start(Probe::new())).await;
    let channel = running.channel().clone();
    let answered = Call::<probe::Act>::call(&channel, Order::default().into());
    soon("an answer", answered).await.expect("an answer");
    running.stop().await;
    let call = Call::<probe::Act>::call(&channel, Order::default().into());
    let limit = Duration::from_secs(5);
    let result = tokio::time::timeout(limit, call).await.expect("it hangs");
    refused(&result.expect_err("nobody is there"));
    passed("calls_without_a_server_fail_at_once", T::NAME);
}

/// Runs all checks of servers.
///
/// # Panics
///
/// When one fails.
pub async fn all<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    stopping_loses_nothing(tried).await;
    calls_without_a_server_fail_at_once(tried).await;
}
