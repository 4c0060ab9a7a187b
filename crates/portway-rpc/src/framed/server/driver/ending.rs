//! How the server's side of a connection ends.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use crate::{CancelReason, Code, frame::FrameError, framed::server::driver::Driver};

/// How long a client that was told that all is over may be silent before it is closed: it reads on,
/// which its credit tells, or is gone.
const SILENCE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// No new calls; the connection ends with the last one.
    Draining,
    /// The last bytes are written, then the connection ends.
    Closing,
    /// All is written; what the client still says is dropped until it closes.
    Lingering,
}

/// Why a connection ended.
#[derive(Debug, Error)]
pub(super) enum End {
    #[error("the client closed it")]
    Closed,
    #[error("the client closed it within a frame")]
    HalfFrame,
    #[error("the client is silent")]
    Silent,
    #[error("the client did not greet in time")]
    NoGreeting,
    #[error("the server drained it")]
    Drained,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Protocol(#[from] FrameError),
}

impl<T: AsyncRead + AsyncWrite + Unpin> Driver<T> {
    pub(super) fn drain(&mut self, reason: &str) {
        if self.phase == Phase::Serving {
            self.phase = Phase::Draining;
            self.connection
                .lock()
                .frames
                .go_away(Code::Unavailable, reason);
        }
    }

    /// Looks whether the server stops.
    pub(super) fn poll_stopping(&mut self, task: &mut TaskContext<'_>) {
        if self.phase == Phase::Serving && Pin::new(&mut self.gently).poll(task).is_ready() {
            self.drain("the server stops");
        }
        if self.phase != Phase::Closing && Pin::new(&mut self.at_once).poll(task).is_ready() {
            self.drain("the server stops");
            self.phase = Phase::Closing;
            self.connection.lock().cancel_all(CancelReason::Stopping);
        }
    }

    /// Says that all is written, and waits for the client to close.
    ///
    /// A socket that is closed with bytes in it that nobody read is reset by TCP, which drops what
    /// the client has not read yet: the last messages of a call that ended well.
    pub(super) fn poll_leave(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), End>> {
        ready!(self.pump.poll_shutdown(task))?;
        if self.phase == Phase::Closing {
            return Poll::Ready(Err(End::Drained));
        }
        self.phase = Phase::Lingering;
        self.look = Instant::now() + self.options.keepalive;
        self.wait_for_more();
        self.poll_linger(task)
    }

    /// Drops what the client still says until it closes, or is silent, or the server has to stop;
    /// for a keepalive at most.
    pub(super) fn poll_linger(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), End>> {
        loop {
            let is_over = self.timer.as_mut().poll(task).is_ready()
                || Pin::new(&mut self.at_once).poll(task).is_ready();
            if is_over || ready!(self.pump.poll_discard(task))? == 0 {
                return Poll::Ready(Err(End::Drained));
            }
            self.wait_for_more();
        }
    }

    fn wait_for_more(&mut self) {
        let silent = Instant::now() + SILENCE;
        self.timer.as_mut().reset(silent.min(self.look));
    }

    /// Tells the client what it did wrong, if the socket takes it at once.
    pub(super) fn say_why(&mut self, error: &FrameError, task: &mut TaskContext<'_>) {
        let mut core = self.connection.lock();
        core.frames.go_away(error.code(), error.to_string());
        if self.pump.is_idle() {
            core.frames.outbox().take(self.pump.chunks());
        }
        drop(core);
        let _best_effort = self.pump.poll_write(task);
        let _best_effort = self.pump.poll_flush(task);
    }
}
