//! The client's side of a framed connection.

mod driver;
mod prepared;
mod stream;
mod unary;

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use crate::{
    Deadline, FramedOptions, Metadata, Status,
    frame::{Body, ClientConnection, Opening, portion},
    framed::{
        batch::Readers,
        room::{Callers, Sender, Senders},
    },
    socket::Link,
};

pub(crate) use stream::open_streams;
pub(crate) use unary::{Failure, call_unary};

/// One connection, as its callers hold it; the driver's task owns the socket.
pub(crate) struct Connection {
    core: Mutex<Core>,
    /// What a reader uses up of a stream before its sender is told.
    portion: i64,
}

/// What callers and the driver share.
pub(crate) struct Core {
    pub(crate) frames: ClientConnection<Slot>,
    /// Wakes the driver; there while it sleeps.
    driver: Option<Waker>,
    /// Wakes the one who connects, once the server has greeted.
    greeting: Option<Waker>,
    /// Callers that wait to open a stream.
    callers: Callers,
    /// Streams whose senders wait for room.
    line: VecDeque<u32>,
    /// How many bytes may wait for the server before senders are held back.
    outgoing: usize,
    /// No deadline of a call is earlier.
    earliest: Option<Instant>,
    /// Why the connection is over.
    lost: Option<Status>,
    /// The last handle is gone: the driver ends.
    unused: bool,
}

/// What is attached to a stream: what came for its caller, and who waits for it.
pub(crate) struct Slot {
    deadline: Instant,
    /// The first message has a place of its own: most calls have no other.
    first: Option<Bytes>,
    more: VecDeque<Bytes>,
    leading: Metadata,
    end: Option<Result<(), Status>>,
    receiver: Option<Waker>,
    sender: Sender,
}

impl Slot {
    fn new(deadline: Deadline, receiver: &Waker) -> Self {
        Self {
            deadline: deadline.instant(),
            first: None,
            more: VecDeque::new(),
            leading: Metadata::new(),
            end: None,
            receiver: Some(receiver.clone()),
            sender: Sender::default(),
        }
    }

    fn push(&mut self, message: Bytes) {
        if self.first.is_none() && self.more.is_empty() {
            self.first = Some(message);
        } else {
            self.more.push_back(message);
        }
    }

    /// Ends the call for its caller.
    fn end(&mut self, result: Result<(), Status>, wakers: &mut Vec<Waker>) {
        self.end = Some(result);
        wakers.extend(self.receiver.take());
        wakers.extend(self.sender.waker.take());
    }
}

/// Why a call could not be begun on a connection.
pub(crate) enum Refusal {
    /// The connection takes no calls any more: another one may.
    Gone(Status),
    /// No connection would take it.
    Final(Status),
}

impl Connection {
    /// Starts a connection over `io`; its driver is a task of its own.
    pub(crate) fn start<T>(io: T, options: &FramedOptions) -> Arc<Self>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let core = Core {
            frames: ClientConnection::new(options.settings),
            driver: None,
            greeting: None,
            callers: Callers::default(),
            line: VecDeque::new(),
            outgoing: options.outgoing,
            earliest: None,
            lost: None,
            unused: false,
        };
        let connection = Arc::new(Self {
            core: Mutex::new(core),
            portion: portion(options.settings.window),
        });
        tokio::spawn(driver::Driver::new(io, Arc::clone(&connection), options));
        connection
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the server has greeted.
    pub(crate) async fn ready(&self) -> Result<(), Status> {
        poll_fn(|context| {
            let mut core = self.lock();
            if let Some(status) = &core.lost {
                return Poll::Ready(Err(status.clone()));
            }
            if core.frames.is_ready() {
                return Poll::Ready(Ok(()));
            }
            core.greeting = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Opens a stream once there is room; the task that does is also woken by what comes on it.
    pub(crate) fn poll_open(
        &self,
        context: &mut Context<'_>,
        place: &mut Place<'_>,
        opening: Opening<'_>,
        body: Option<Body<'_>>,
        end: bool,
        deadline: Deadline,
    ) -> Poll<Result<u32, Refusal>> {
        let mut core = self.lock();
        if let Some(status) = core.refusal() {
            return Poll::Ready(Err(Refusal::Gone(status)));
        }
        if !core.has_room() {
            core.callers.enter(&mut place.number, context.waker());
            return Poll::Pending;
        }
        let opened = core
            .frames
            .open(opening, body, end, Slot::new(deadline, context.waker()));
        if opened.is_ok() {
            core.watch(deadline.instant());
            core.wake_driver();
        }
        core.leave_line(place);
        Poll::Ready(opened.map_err(Refusal::Final))
    }
}

/// The place of one caller in the line of those who wait to open a stream.
pub(crate) struct Place<'a> {
    connection: &'a Connection,
    number: Option<u64>,
}

impl<'a> Place<'a> {
    /// Makes the place of a caller that has not had to wait yet.
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            number: None,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.number.is_some() {
            self.connection.lock().leave_line(self);
        }
    }
}

impl Link for Connection {
    fn is_usable(&self) -> bool {
        let core = self.lock();
        core.lost.is_none() && !core.frames.is_leaving()
    }

    fn close(&self) {
        let mut core = self.lock();
        core.unused = true;
        core.wake_driver();
    }
}

impl Core {
    /// Returns why no call can be begun.
    fn refusal(&self) -> Option<Status> {
        if let Some(status) = &self.lost {
            return Some(status.clone());
        }
        let leaving = || Status::unavailable("the server takes no more calls on this connection");
        self.frames.is_leaving().then(leaving)
    }

    /// Tells whether a stream can be opened.
    fn has_room(&mut self) -> bool {
        self.frames.has_room() && !self.is_full()
    }

    /// Takes a caller out of the line; if it was its turn, it is that of the next.
    fn leave_line(&mut self, place: &mut Place<'_>) {
        if self.callers.leave(&mut place.number) && self.has_room() {
            self.callers.wake_first();
        }
    }

    /// Wakes those who wait for room in the outbox.
    fn wake_waiting(&mut self) {
        self.wake_senders();
        self.callers.wake_first();
    }

    /// Sees to it that the driver looks at `deadline`.
    fn watch(&mut self, deadline: Instant) {
        if self.earliest.is_none_or(|earliest| deadline < earliest) {
            self.earliest = Some(deadline);
        }
    }

    pub(crate) fn wake_driver(&mut self) {
        if let Some(waker) = self.driver.take() {
            waker.wake();
        }
    }

    /// Ends the calls whose deadline has passed.
    fn expire(&mut self, now: Instant, wakers: &mut Vec<Waker>) {
        let mut earliest = None;
        let callers = &mut self.callers;
        self.frames.end_where(true, |_, slot| {
            if slot.deadline <= now {
                slot.end(Err(crate::CancelReason::Deadline.status()), wakers);
                callers.wake_first();
                return true;
            }
            earliest =
                Some(earliest.map_or(slot.deadline, |other: Instant| other.min(slot.deadline)));
            false
        });
        self.earliest = earliest;
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
