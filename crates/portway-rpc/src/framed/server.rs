//! The server's side of a framed connection.

mod calls;
mod driver;
mod stream;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context as TaskContext, Poll, Waker},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::AbortHandle,
    time::Instant,
};

use crate::{
    CancelReason, Code, Context, EncodeMessage, FramedOptions, Peer, Respond, Router, Status,
    frame::{Body, ServerConnection, portion},
    framed::{
        batch::Readers,
        room::{Sender, Senders},
    },
    server::Stopping,
};

/// Serves one connection until it ends.
pub(crate) async fn serve<T>(
    io: T,
    peer: Peer,
    router: Arc<Router>,
    options: FramedOptions,
    stopping: Stopping,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let core = Core {
        frames: ServerConnection::new(options.settings),
        driver: None,
        line: VecDeque::new(),
        outgoing: options.outgoing,
        earliest: None,
    };
    let connection = Arc::new(Connection {
        core: Mutex::new(core),
        portion: portion(options.settings.window),
        full: AtomicBool::new(false),
    });
    driver::Driver::new(io, connection, Arc::new(peer), router, options, &stopping).await;
}

/// One connection, as its handlers hold it; the driver owns the socket.
pub(crate) struct Connection {
    core: Mutex<Core>,
    /// What a reader uses up of a stream before its sender is told.
    portion: i64,
    /// So much waits for the client that handlers are held back.
    full: AtomicBool,
}

/// What handlers and the driver share.
pub(crate) struct Core {
    frames: ServerConnection<Slot>,
    /// Wakes the driver; there while it sleeps.
    driver: Option<Waker>,
    /// Streams whose handlers wait for room.
    line: VecDeque<u32>,
    /// How many bytes may wait for the client before handlers are held back.
    outgoing: usize,
    /// No deadline of a call is earlier.
    earliest: Option<Instant>,
}

/// What is attached to a stream.
struct Slot {
    context: Context,
    handler: Option<AbortHandle>,
    messages: VecDeque<Bytes>,
    /// The client sends no more messages.
    finished: bool,
    receiver: Option<Waker>,
    sender: Sender,
}

impl Slot {
    fn new(context: Context, first: Option<Bytes>, finished: bool) -> Self {
        let messages = first.into_iter().collect();
        Self {
            context,
            handler: None,
            messages,
            finished,
            receiver: None,
            sender: Sender::default(),
        }
    }

    /// Stops the handler.
    fn cancel(self, reason: CancelReason) {
        self.context.cancel(reason);
        if let Some(handler) = self.handler {
            handler.abort();
        }
    }
}

impl Connection {
    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether so much waits for the client that no more is read of it.
    fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Notes whether handlers are to be held back.
    fn note_room(&self, core: &mut Core) -> bool {
        let full = core.is_full();
        self.full.store(full, Ordering::Relaxed);
        !full
    }
}

impl Core {
    fn wake_driver(&mut self) {
        if let Some(waker) = self.driver.take() {
            waker.wake();
        }
    }

    /// Sees to it that the driver looks at `deadline`.
    fn watch(&mut self, deadline: Instant) {
        if self.earliest.is_none_or(|earliest| deadline < earliest) {
            self.earliest = Some(deadline);
        }
    }

    /// Sends the metadata that a handler wants in front of its first message.
    fn send_leading(&mut self, stream: u32, context: &Context) {
        let leading = context.take_leading();
        if !leading.is_empty() {
            self.frames.leading(stream, leading);
        }
    }

    /// Sends the answer of a unary call.
    fn answer(&mut self, stream: u32, context: &Context, body: Body<'_>) -> Result<(), Status> {
        self.send_leading(stream, context);
        let trailing = context.take_trailing();
        if trailing.is_empty() {
            return self.frames.answer(stream, body).map(drop);
        }
        self.frames.answer_before_status(stream, body)?;
        self.frames
            .end(stream, Status::new(Code::Ok, "").with_metadata(trailing));
        Ok(())
    }

    /// Says how a call ended.
    fn end(&mut self, stream: u32, context: &Context, result: Result<(), Status>) {
        self.send_leading(stream, context);
        let mut status = result.err().unwrap_or_else(|| Status::new(Code::Ok, ""));
        for (name, value) in context.take_trailing().iter() {
            // What exceeds the limits together is left out: the status itself must arrive.
            let _full = status
                .metadata_mut()
                .append_value(name.to_owned(), value.clone());
        }
        self.frames.end(stream, status);
    }

    /// Ends the calls whose deadline has passed.
    fn expire(&mut self, now: Instant) {
        let mut late = Vec::new();
        let mut earliest = None;
        for (stream, slot) in self.frames.attachments() {
            let deadline = slot.context.deadline().instant();
            if deadline <= now {
                late.push(stream);
            } else {
                earliest = Some(earliest.map_or(deadline, |other: Instant| other.min(deadline)));
            }
        }
        self.earliest = earliest;
        for stream in late {
            if let Some(slot) = self.frames.end(stream, CancelReason::Deadline.status()) {
                slot.cancel(CancelReason::Deadline);
            }
        }
    }

    /// Stops all handlers.
    fn cancel_all(&mut self, reason: CancelReason) {
        let streams: Vec<u32> = self
            .frames
            .attachments()
            .map(|(stream, _)| stream)
            .collect();
        for stream in streams {
            if let Some(slot) = self.frames.end(stream, reason.status()) {
                slot.cancel(reason);
            }
        }
    }
}

impl Readers for Core {
    fn used_up(&mut self, stream: u32, cost: i64) {
        self.frames.used_up(stream, cost);
    }

    fn has_outgoing(&mut self) -> bool {
        !self.frames.outbox().is_empty()
    }

    fn wake_driver(&mut self) {
        Core::wake_driver(self);
    }
}

impl Senders for Core {
    fn credit(&self, stream: u32) -> Option<i64> {
        self.frames.credit(stream)
    }

    fn is_full(&mut self) -> bool {
        self.frames.outbox().len() >= self.outgoing
    }

    fn sender(&mut self, stream: u32) -> Option<&mut Sender> {
        let slot = self.frames.attachment(stream)?;
        Some(&mut slot.sender)
    }

    fn line(&mut self) -> &mut VecDeque<u32> {
        &mut self.line
    }
}

/// Returns the stream of a call, which has its number.
fn stream_of(call: u64) -> u32 {
    u32::try_from(call).unwrap_or_default()
}

impl Respond for Connection {
    fn has_room(&self) -> bool {
        !self.is_full()
    }

    fn poll_room(&self, call: u64, task: &mut TaskContext<'_>) -> Poll<()> {
        let mut core = self.lock();
        if self.note_room(&mut core) {
            return Poll::Ready(());
        }
        // A call that has no entry yet gets one, and a task that asks again.
        core.wait_for_room(stream_of(call), task);
        Poll::Pending
    }

    fn respond(&self, call: u64, context: &Context, result: Result<&dyn EncodeMessage, Status>) {
        let stream = stream_of(call);
        let body = result.and_then(Body::prepare);
        let mut core = self.lock();
        let answered = body.and_then(|body| core.answer(stream, context, body));
        if let Err(status) = answered {
            core.end(stream, context, Err(status));
        }
        self.note_room(&mut core);
        core.wake_driver();
    }
}
