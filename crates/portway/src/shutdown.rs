//! How a long-running command ends: on SIGTERM or SIGINT, with exit code 0, in time.

use std::{future::Future, io, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long the end may take; what is not done by then is given up. The promise is 2 s from the
/// signal to the end of the process, so this leaves room for a busy machine.
const GRACE: Duration = Duration::from_millis(1500);

/// Hears the signals that end a command.
///
/// From its creation on, these signals no longer end the process by themselves.
pub(crate) struct Shutdown {
    terminate: Signal,
    interrupt: Signal,
}

impl Shutdown {
    /// Starts to listen; call it before anything that has to be undone.
    ///
    /// # Errors
    ///
    /// Fails when the system refuses the signal handlers.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for a signal.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the next call sees a signal that came in between.
    pub(crate) async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => tracing::info!("ending: SIGTERM"),
            _ = self.interrupt.recv() => tracing::info!("ending: SIGINT"),
        }
    }
}

/// Runs the last work of a command, and gives it up after the grace period.
pub(crate) async fn finish(work: impl Future<Output = ()>) {
    if tokio::time::timeout(GRACE, work).await.is_err() {
        tracing::warn!("gave up waiting for the last work after {GRACE:?}");
    }
}
