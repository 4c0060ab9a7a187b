//! The task that owns a server's connection.

mod ending;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    CancelReason, Cancelled, Context, Deadline, FramedOptions, Metadata, Peer, Route, Router,
    Status,
    frame::{Decoder, Frame, FrameError, ServerEvent},
    framed::{
        pump::Pump,
        room::Senders as _,
        server::{Connection, calls::Call},
        turn::Turn,
    },
    server::Stopping,
};

use ending::{End, Phase};

/// The task that owns a server's connection.
pub(crate) struct Driver<T> {
    pump: Pump<T>,
    connection: Arc<Connection>,
    peer: Arc<Peer>,
    router: Arc<Router>,
    /// The methods that the client named, by their numbers.
    methods: Vec<Option<Route>>,
    options: FramedOptions,
    gently: Cancelled,
    at_once: Cancelled,
    phase: Phase,
    timer: Pin<Box<Sleep>>,
    /// When the peer's silence is looked at next.
    look: Instant,
    /// When the client is asked to connect anew.
    old: Option<Instant>,
    /// When bytes last came.
    now: Instant,
    heard: bool,
    asked: bool,
    yielded: bool,
    /// The context of a call that is over.
    spare: Option<Context>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Driver<T> {
    pub(crate) fn new(
        io: T,
        connection: Arc<Connection>,
        peer: Arc<Peer>,
        router: Arc<Router>,
        options: FramedOptions,
        stopping: &Stopping,
    ) -> Self {
        let now = Instant::now();
        let look = now + options.greeting;
        Self {
            pump: Pump::new(io, Decoder::new(options.settings.maximum_frame)),
            connection,
            peer,
            router,
            methods: Vec::new(),
            old: options.maximum_age.map(|age| now + age),
            options,
            gently: stopping.gently.cancelled(),
            at_once: stopping.at_once.cancelled(),
            phase: Phase::Serving,
            timer: Box::pin(sleep_until(look)),
            look,
            now,
            heard: false,
            asked: false,
            yielded: false,
            spare: None,
        }
    }

    /// Reads and serves what is there, as long as the client takes its answers, up to a turn's
    /// worth: the client works on the first answers while the others are made.
    fn poll_read(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), End>> {
        let mut turn = Turn::new();
        loop {
            if self.phase == Phase::Closing || !self.has_room() {
                return Poll::Pending;
            }
            self.serve(&mut turn, task)?;
            if turn.is_over() {
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            let count = ready!(self.pump.poll_fill(task))?;
            if count == 0 {
                let whole = self.pump.is_between_frames();
                return Poll::Ready(Err(if whole { End::Closed } else { End::HalfFrame }));
            }
            turn.read(count);
            self.heard = true;
            self.now = Instant::now();
        }
    }

    /// Tells whether the client takes its answers. Calls that are refused have no handler that
    /// would note it.
    fn has_room(&self) -> bool {
        self.connection.note_room(&mut self.connection.lock())
    }

    fn serve(&mut self, turn: &mut Turn, task: &mut TaskContext<'_>) -> Result<(), FrameError> {
        while turn.has_room()
            && let Some(frame) = self.pump.next_frame()?
        {
            turn.take(&frame);
            self.receive(frame, self.now, task)?;
        }
        Ok(())
    }

    fn receive(
        &mut self,
        frame: Frame,
        now: Instant,
        task: &mut TaskContext<'_>,
    ) -> Result<(), FrameError> {
        let mut core = self.connection.lock();
        match core.frames.receive(frame)? {
            ServerEvent::Request {
                stream,
                method,
                timeout,
                metadata,
                message,
                end,
            } => {
                drop(core);
                let deadline = Deadline::since(now, timeout);
                let context = self.context(deadline, metadata);
                let call = Call {
                    stream,
                    context,
                    first: message,
                    finished: end,
                };
                self.begin(call, method, timeout.is_zero(), task);
            }
            ServerEvent::Message {
                attachment,
                message,
                end,
            } => {
                attachment.messages.extend(message);
                attachment.finished |= end;
                let receiver = attachment.receiver.take();
                drop(core);
                receiver.into_iter().for_each(std::task::Waker::wake);
            }
            ServerEvent::Cancelled { attachment } => attachment.cancel(CancelReason::Caller),
            ServerEvent::Credit { attachment } => {
                let sender = attachment.sender.waker.take();
                drop(core);
                sender.into_iter().for_each(std::task::Waker::wake);
            }
            ServerEvent::Method { path } => {
                drop(core);
                self.methods.push(self.router.route(&path).cloned());
            }
            ServerEvent::Nothing | ServerEvent::Pong(_) | ServerEvent::GoAway => {}
        }
        Ok(())
    }

    /// Makes the context of a call, out of an earlier one where that is possible.
    fn context(&mut self, deadline: Deadline, metadata: Metadata) -> Context {
        match self.spare.take() {
            Some(spare) => spare.renewed(deadline, metadata),
            None => Err(metadata),
        }
        .unwrap_or_else(|metadata| {
            Context::incoming(deadline, metadata, Some(Arc::clone(&self.peer)))
        })
    }

    /// Begins a call, unless it is late or there is no such method.
    fn begin(&mut self, call: Call, method: usize, late: bool, task: &mut TaskContext<'_>) {
        let refusal = match self.methods.get(method) {
            Some(Some(_)) if late => CancelReason::Deadline.status(),
            Some(Some(route)) => {
                let in_task = self.options.handlers_in_tasks;
                self.spare = call.serve(&self.connection, route, in_task, task);
                return;
            }
            _ => Status::unimplemented("there is no such method here"),
        };
        self.connection.lock().frames.end(call.stream, refusal);
    }

    /// Sends what is there. With several handlers under way it lets others run first, once: they
    /// often have more to send.
    fn poll_send(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), End>> {
        loop {
            if self.pump.poll_write(task)?.is_pending() {
                // A call that begins meanwhile may have an earlier deadline than the timer knows.
                self.connection.lock().driver = Some(task.waker().clone());
                return Poll::Pending;
            }
            let mut core = self.connection.lock();
            if core.frames.outbox().is_empty() {
                let over = core.frames.open_streams() == 0;
                core.driver = Some(task.waker().clone());
                self.yielded = false;
                drop(core);
                ready!(self.pump.poll_flush(task))?;
                if self.phase != Phase::Serving && over {
                    return self.poll_leave(task);
                }
                return Poll::Pending;
            }
            if core.frames.open_streams() > 1 && !std::mem::replace(&mut self.yielded, true) {
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            let was_full = core.is_full();
            core.frames.outbox().take(self.pump.chunks());
            self.connection.note_room(&mut core);
            core.wake_senders();
            if was_full {
                // Reading stopped for it.
                task.waker().wake_by_ref();
            }
        }
    }

    fn poll_timer(&mut self, task: &mut TaskContext<'_>) -> Result<(), End> {
        loop {
            let earliest = self.connection.lock().earliest;
            let others = [earliest, self.old.filter(|_| self.phase == Phase::Serving)];
            let next = others.into_iter().flatten().fold(self.look, Instant::min);
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
            if self.phase == Phase::Serving && self.old.is_some_and(|old| old <= now) {
                self.drain("the connection is old: connect anew");
            }
            self.connection.lock().expire(now);
        }
    }

    fn look_after_peer(&mut self, now: Instant) -> Result<(), End> {
        self.look = now + self.options.keepalive;
        let mut core = self.connection.lock();
        if !core.frames.is_ready() {
            return Err(End::NoGreeting);
        }
        if std::mem::take(&mut self.heard) {
            self.asked = false;
            return Ok(());
        }
        if std::mem::replace(&mut self.asked, true) {
            return Err(End::Silent);
        }
        core.frames.ping(0);
        Ok(())
    }

    fn poll_turn(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), End>> {
        if self.phase == Phase::Lingering {
            return self.poll_linger(task);
        }
        self.poll_stopping(task);
        self.poll_timer(task)?;
        if let Poll::Ready(Err(end)) = self.poll_read(task) {
            return Poll::Ready(Err(end));
        }
        // A call may have an earlier deadline than the timer knows.
        self.poll_timer(task)?;
        self.poll_send(task)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Future for Driver<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<()> {
        let Err(end) = ready!(self.poll_turn(task)) else {
            return Poll::Ready(());
        };
        match &end {
            End::Closed | End::Drained => tracing::debug!(%end, "a connection ends"),
            _ => tracing::info!(%end, peer = ?self.peer.address, "a connection ends"),
        }
        if let End::Protocol(error) = &end {
            self.say_why(error, task);
        }
        Poll::Ready(())
    }
}

impl<T> Drop for Driver<T> {
    fn drop(&mut self) {
        self.connection
            .lock()
            .cancel_all(CancelReason::Disconnected);
    }
}
