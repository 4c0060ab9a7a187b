//! The task that owns a client's connection.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    Code, FramedOptions, Status,
    frame::{ClientEvent, Decoder, Frame, FrameError},
    framed::{
        client::{Connection, Core},
        pump::Pump,
        turn::Turn,
    },
};

/// The task that owns a client's connection.
pub(crate) struct Driver<T> {
    pump: Pump<T>,
    connection: Arc<Connection>,
    timer: Pin<Box<Sleep>>,
    /// When the peer's silence is looked at next.
    look: Instant,
    keepalive: Duration,
    /// The peer was heard of since the last look.
    heard: bool,
    /// It was asked whether it is there.
    asked: bool,
    /// Others had their turn since there was something to send.
    yielded: bool,
    wakers: Vec<Waker>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Driver<T> {
    pub(crate) fn new(io: T, connection: Arc<Connection>, options: &FramedOptions) -> Self {
        let look = Instant::now() + options.greeting;
        Self {
            pump: Pump::new(io, Decoder::new(options.settings.maximum_frame)),
            connection,
            timer: Box::pin(sleep_until(look)),
            look,
            keepalive: options.keepalive,
            heard: false,
            asked: true,
            yielded: false,
            wakers: Vec::new(),
        }
    }

    /// Reads and hands out what is there, up to a turn's worth: those who are woken work while the
    /// rest is read, and so does the server with what they send.
    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Status>> {
        let mut turn = Turn::new();
        loop {
            let connection = Arc::clone(&self.connection);
            let result = self.hand_out(&mut connection.lock(), &mut turn);
            self.wakers.drain(..).for_each(Waker::wake);
            result.map_err(violated)?;
            if turn.is_over() {
                // Those who were woken run before this task does again.
                self.yielded = true;
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            let count = ready!(self.pump.poll_fill(task)).map_err(lost)?;
            if count == 0 {
                return Poll::Ready(Err(Status::unavailable("the server closed the connection")));
            }
            turn.read(count);
            self.heard = true;
        }
    }

    fn hand_out(&mut self, core: &mut Core, turn: &mut Turn) -> Result<(), FrameError> {
        while turn.has_room()
            && let Some(frame) = self.pump.next_frame()?
        {
            turn.take(&frame);
            core.receive(frame, &mut self.wakers)?;
        }
        Ok(())
    }

    /// Sends what is there. With several calls under way it lets others run first, once: they
    /// often have more to send.
    fn poll_send(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Status>> {
        loop {
            if self.pump.poll_write(task).map_err(lost)?.is_pending() {
                // A call that begins meanwhile may have an earlier deadline than the timer knows.
                self.connection.lock().driver = Some(task.waker().clone());
                return Poll::Pending;
            }
            let mut core = self.connection.lock();
            if core.frames.outbox().is_empty() {
                if core.unused && core.frames.open_streams() == 0 {
                    return Poll::Ready(Ok(()));
                }
                core.driver = Some(task.waker().clone());
                self.yielded = false;
                drop(core);
                ready!(self.pump.poll_flush(task)).map_err(lost)?;
                return Poll::Pending;
            }
            if core.frames.open_streams() > 1 && !std::mem::replace(&mut self.yielded, true) {
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            core.frames.outbox().take(self.pump.chunks());
            core.wake_waiting();
        }
    }

    /// Ends late calls, and asks a silent peer whether it is there.
    fn poll_timer(&mut self, task: &mut Context<'_>) -> Result<(), Status> {
        loop {
            let earliest = self.connection.lock().earliest;
            let next = earliest.map_or(self.look, |earliest| earliest.min(self.look));
            if self.timer.deadline() != next {
                self.timer.as_mut().reset(next);
            }
            if self.timer.as_mut().poll(task).is_pending() {
                return Ok(());
            }
            let now = Instant::now();
            if self.look <= now {
                self.look_after_peer(now)?;
            }
            let connection = Arc::clone(&self.connection);
            connection.lock().expire(now, &mut self.wakers);
            self.wakers.drain(..).for_each(Waker::wake);
        }
    }

    fn look_after_peer(&mut self, now: Instant) -> Result<(), Status> {
        self.look = now + self.keepalive;
        if std::mem::take(&mut self.heard) {
            self.asked = false;
            return Ok(());
        }
        if std::mem::replace(&mut self.asked, true) {
            return Err(Status::unavailable("the server does not answer"));
        }
        self.connection.lock().frames.ping(0);
        Ok(())
    }

    fn poll_turn(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.poll_timer(task)?;
        if let Poll::Ready(result) = self.poll_send(task) {
            return Poll::Ready(result);
        }
        if let Poll::Ready(result) = self.poll_read(task) {
            return Poll::Ready(result);
        }
        // A timer that was set earlier meanwhile is looked at in the next turn.
        self.poll_timer(task)?;
        self.poll_send(task)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Future for Driver<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let result = ready!(self.poll_turn(task));
        let status = result
            .err()
            .unwrap_or_else(|| Status::unavailable("the channel is closed"));
        tracing::debug!(%status, "a connection to a server ends");
        let connection = Arc::clone(&self.connection);
        connection.lock().lose(&status, &mut self.wakers);
        self.wakers.drain(..).for_each(Waker::wake);
        // A last word and an orderly end, if the socket takes them at once.
        let _best_effort = self.pump.poll_write(task);
        let _best_effort = self.pump.poll_shutdown(task);
        Poll::Ready(())
    }
}

impl<T> Drop for Driver<T> {
    fn drop(&mut self) {
        // The runtime may stop before the connection does.
        let status = Status::unavailable("the runtime of the connection stopped");
        let connection = Arc::clone(&self.connection);
        connection.lock().lose(&status, &mut self.wakers);
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

impl Core {
    /// Takes one frame of the server.
    fn receive(&mut self, frame: Frame, wakers: &mut Vec<Waker>) -> Result<(), FrameError> {
        match self.frames.receive(frame)? {
            ClientEvent::Message {
                attachment,
                message,
                end,
            } => {
                message
                    .into_iter()
                    .for_each(|message| attachment.push(message));
                if end {
                    attachment.end(Ok(()), wakers);
                    self.callers.wake_first();
                } else {
                    wakers.extend(attachment.receiver.take());
                }
            }
            ClientEvent::Leading {
                attachment,
                metadata,
            } => attachment.leading = metadata,
            ClientEvent::Ended { attachment, status } => {
                attachment.end(Err(status), wakers);
                self.callers.wake_first();
            }
            ClientEvent::Credit { attachment } => wakers.extend(attachment.sender.waker.take()),
            ClientEvent::Ready => wakers.extend(self.greeting.take()),
            ClientEvent::GoAway { last, status } => self.leave(last, &status, wakers),
            ClientEvent::Nothing | ClientEvent::Pong(_) => {}
        }
        Ok(())
    }

    /// Ends the calls that the server did not begin: they may be repeated elsewhere.
    fn leave(&mut self, last: u32, status: &Status, wakers: &mut Vec<Waker>) {
        tracing::debug!(%status, last, "a server takes no more calls");
        self.unused = true;
        if !self.frames.is_ready() {
            // Who connects learns that nothing was begun, not just that the connection ended.
            self.lost = Some(not_begun(status));
            wakers.extend(self.greeting.take());
        }
        self.frames.end_where(false, |stream, slot| {
            if stream > last {
                slot.end(Err(not_begun(status)), wakers);
            }
            stream > last
        });
        wakers.extend(self.callers.take_all());
    }

    /// Ends everything.
    fn lose(&mut self, status: &Status, wakers: &mut Vec<Waker>) {
        if self.lost.is_none() {
            self.lost = Some(status.clone());
        }
        self.frames.end_where(false, |_, slot| {
            slot.end(Err(status.clone()), wakers);
            true
        });
        wakers.extend(self.greeting.take());
        wakers.extend(self.callers.take_all());
    }
}

fn not_begun(status: &Status) -> Status {
    Status::unavailable(format!(
        "the server did not begin the call: {}",
        status.message()
    ))
}

fn lost(error: io::Error) -> Status {
    Status::unavailable(format!("the connection is lost: {error}")).with_source(error)
}

fn violated(error: FrameError) -> Status {
    let code = if error.code() == Code::ResourceExhausted {
        error.code()
    } else {
        Code::Internal
    };
    Status::new(code, format!("the server broke the protocol: {error}")).with_source(error)
}
