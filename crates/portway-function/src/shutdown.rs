//! When to stop, and how long what was accepted may take to end.

use std::{future::Future, time::Duration};

/// Accepted requests have this long to end after SIGTERM.
pub(crate) const DRAIN: Duration = Duration::from_secs(5);

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
pub(crate) async fn asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        // Without handlers the signals end the program by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn asked() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// Runs `serving`, which begins to stop by itself when asked, and ends it when draining takes too long.
///
/// Gives `None` if requests had to be given up.
pub(crate) async fn bounded<T>(serving: impl Future<Output = T>) -> Option<T> {
    let late = async {
        asked().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => Some(served),
        () = late => None,
    }
}
