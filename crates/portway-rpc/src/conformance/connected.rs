//! Checks of transports with connections, which are lost.

use std::time::Duration;

use super::{Order, Probe, Proxy, TriedOverTcp, passed, probe, soon};
use crate::{Call, Code, Request};

/// Longer than any check waits: what ends a call is not its deadline.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// Starts a call that is never answered, breaks the connection, and expects the call to end.
async fn call_through<C: Call<probe::Act>>(
    channel: &C,
    probe: &Probe,
    proxy: &Proxy,
    break_it: fn(&Proxy),
) {
    let order = Order {
        hang: true,
        ..Order::default()
    };
    let call = channel.call(Request::new(order).timeout(TIMEOUT));
    let breaking = async {
        while probe.begun() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        break_it(proxy);
    };
    let ended = soon("the call's end", async { tokio::join!(call, breaking).0 }).await;
    let status = ended.expect_err("nobody answers");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}

/// Calls end at once when their connection is cut, and the next ones use a new one.
///
/// # Panics
///
/// When a call hangs, or no connection is made.
pub async fn cut_connections_are_replaced<T: TriedOverTcp>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let probe = Probe::new();
    let (running, proxy) = soon("the start", tried.start_behind(probe.clone())).await;
    call_through(running.channel(), &probe, &proxy, Proxy::cut).await;
    soon("a new connection", async {
        while Call::<probe::Act>::call(running.channel(), Order::default().into())
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    passed("cut_connections_are_replaced", T::NAME);
}

/// A peer that is gone without a word, as when a cable is pulled, is noticed.
///
/// # Panics
///
/// When a call hangs.
pub async fn silent_peers_are_noticed<T: TriedOverTcp>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    let probe = Probe::new();
    let (running, proxy) = soon("the start", tried.start_behind(probe.clone())).await;
    call_through(running.channel(), &probe, &proxy, Proxy::fall_silent).await;
    passed("silent_peers_are_noticed", T::NAME);
}

/// Runs all checks of connections.
///
/// # Panics
///
/// When one fails.
pub async fn all<T: TriedOverTcp>(tried: &T)
where
    T::Channel: Call<probe::Act>,
{
    cut_connections_are_replaced(tried).await;
    silent_peers_are_noticed(tried).await;
}
