//! What one side of a call sends: bodies of HTTP/2, and the queue behind those of streams.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context as TaskContext, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use h2::Reason;
use http::HeaderMap;
use http_body::{Body, Frame};

use crate::{EncodeMessage, Status, grpc::message::put_message, in_process::Aborting};

/// How much memory is taken at once for small messages.
const CHUNK: usize = 8 << 10;

/// The messages of one stream on their way to HTTP/2: between the one who sends them and the body.
///
/// Messages that wait together leave together.
pub(crate) struct Outbox {
    state: Mutex<State>,
    limit: usize,
}

struct State {
    frames: BytesMut,
    end: Option<End>,
    /// There was a message, or the end.
    begun: bool,
    /// HTTP/2 takes nothing any more.
    gone: bool,
    taker: Option<Waker>,
    sender: Option<Waker>,
}

/// How a stream ends.
pub(crate) enum End {
    /// With the status in trailers.
    Trailers(HeaderMap),
    /// A client has sent all.
    Finished,
    /// A client gave up, or the server must not say how it ended.
    GivenUp,
}

impl Outbox {
    /// Makes one in which at most `limit` bytes wait, and the message that exceeds them.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let state = State {
            frames: BytesMut::new(),
            end: None,
            begun: false,
            gone: false,
            taker: None,
            sender: None,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            limit,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room; `Err` once the stream has ended.
    pub(crate) fn poll_room(&self, task: &mut TaskContext<'_>) -> Poll<Result<(), Ended>> {
        let mut state = self.lock();
        if state.gone {
            return Poll::Ready(Err(Ended::Unread));
        }
        if state.end.is_some() {
            return Poll::Ready(Err(Ended::Over));
        }
        if state.frames.len() < self.limit {
            return Poll::Ready(Ok(()));
        }
        state.sender = Some(task.waker().clone());
        Poll::Pending
    }

    /// Puts a message behind the others.
    pub(crate) fn put(&self, message: &dyn EncodeMessage) -> Result<(), Status> {
        let mut state = self.lock();
        if state.frames.capacity() == 0 {
            state.frames.reserve(CHUNK);
        }
        put_message(message, &mut state.frames)?;
        state.begun = true;
        let taker = state.taker.take();
        drop(state);
        taker.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Ends the stream; the first end stays.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.lock();
        state.end.get_or_insert(end);
        state.begun = true;
        let wakers = [state.taker.take(), state.sender.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Waits until there is something to take.
    pub(crate) fn poll_begun(&self, task: &mut TaskContext<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.begun {
            return Poll::Ready(());
        }
        state.taker = Some(task.waker().clone());
        Poll::Pending
    }

    /// Takes the trailers of a stream that has no messages.
    pub(crate) fn take_only_trailers(&self) -> Option<HeaderMap> {
        let mut state = self.lock();
        if !state.frames.is_empty() {
            return None;
        }
        match &mut state.end {
            Some(End::Trailers(trailers)) => Some(std::mem::take(trailers)),
            _ => None,
        }
    }

    /// Tells whether the sender gave up.
    pub(crate) fn is_given_up(&self) -> bool {
        matches!(self.lock().end, Some(End::GivenUp))
    }

    /// Tells the sender that nothing is taken any more.
    fn abandon(&self) {
        let mut state = self.lock();
        state.gone = true;
        state.frames = BytesMut::new();
        let sender = state.sender.take();
        drop(state);
        sender.into_iter().for_each(Waker::wake);
    }
}

/// The stream has ended: nothing can be sent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The other side takes nothing any more.
    Unread,
    /// This side has said that it is over.
    Over,
}

/// The body of a request or of an answer.
pub(crate) enum Outgoing {
    /// One message, and the trailers of an answer.
    Message {
        message: Option<Bytes>,
        trailers: Option<HeaderMap>,
    },
    /// Nothing but headers.
    Empty,
    /// Messages as they come.
    Stream {
        outbox: Arc<Outbox>,
        /// The handler that sends them ends with the body.
        _handler: Option<Aborting<()>>,
    },
}

impl Outgoing {
    pub(crate) fn stream(outbox: Arc<Outbox>, handler: Option<Aborting<()>>) -> Self {
        Self::Stream {
            outbox,
            _handler: handler,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Message { message, trailers } => {
                let frame = message.take().map(Frame::data);
                Poll::Ready(
                    frame
                        .or_else(|| trailers.take().map(Frame::trailers))
                        .map(Ok),
                )
            }
            Self::Stream { outbox, .. } => outbox.lock().poll_frame(task),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Message { message, trailers } => message.is_none() && trailers.is_none(),
            Self::Stream { outbox, .. } => {
                let state = outbox.lock();
                state.frames.is_empty() && matches!(state.end, Some(End::Finished))
            }
        }
    }
}

impl State {
    fn poll_frame(
        &mut self,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if !self.frames.is_empty() {
            let frames = self.frames.split().freeze();
            self.sender.take().into_iter().for_each(Waker::wake);
            return Poll::Ready(Some(Ok(Frame::data(frames))));
        }
        match &mut self.end {
            Some(End::Trailers(trailers)) => {
                let trailers = std::mem::take(trailers);
                self.end = Some(End::Finished);
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
            Some(End::Finished) => Poll::Ready(None),
            Some(End::GivenUp) => Poll::Ready(Some(Err(Reason::CANCEL.into()))),
            None => {
                self.taker = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Self::Stream { outbox, .. } = self {
            outbox.abandon();
        }
    }
}
