//! One request, one response.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    CancelReason, Cancelled, Code, Codec, Metadata, Method, OutgoingCall, ReplyMetadata, Status,
    frame::Opening,
    framed::client::{Connection, Place, Refusal, Slot, prepared::Prepared},
    guard::until,
};

/// Why a call failed; with its message if no server has seen it, so that another one may.
pub(crate) struct Failure<T> {
    pub(crate) status: Status,
    pub(crate) unsent: Option<T>,
}

impl<T> From<Status> for Failure<T> {
    fn from(status: Status) -> Self {
        Self {
            status,
            unsent: None,
        }
    }
}

/// Calls a unary method on one connection.
pub(crate) async fn call_unary<M: Method>(
    connection: &Arc<Connection>,
    message: M::Request,
    call: &OutgoingCall,
) -> Result<M::Response, Failure<M::Request>> {
    let mut prepared = Prepared::<_, M::Codec>::new(message, M::REQUEST_PAYLOAD)?;
    let mut timeout = Some(call.timeout);
    let mut place = Place::new(connection);
    let open = poll_fn(|task| {
        // It may have had to wait for room; then less is left.
        let left = || call.deadline.remaining(Instant::now());
        let timeout = timeout.take().unwrap_or_else(left);
        poll_open::<M>(connection, task, &mut place, &mut prepared, timeout, call)
    });
    let stream = match until(call.deadline, call.parent.as_ref(), open).await? {
        Ok(stream) => stream,
        Err(Refusal::Final(status)) => return Err(status.into()),
        Err(Refusal::Gone(status)) => {
            return Err(Failure {
                status,
                unsent: Some(prepared.into_message()),
            });
        }
    };
    drop(prepared);
    let body = Reply::new(connection, stream, call).await?;
    Ok(<M::Codec as Codec<M::Response>>::decode(body)?)
}

/// Returns the metadata behind the last message.
pub(crate) fn trailing(end: &Result<(), Status>) -> Metadata {
    end.as_ref()
        .err()
        .map(|status| status.metadata().clone())
        .unwrap_or_default()
}

fn poll_open<M: Method>(
    connection: &Connection,
    task: &mut Context<'_>,
    place: &mut Place<'_>,
    prepared: &mut Prepared<M::Request, M::Codec>,
    timeout: Duration,
    call: &OutgoingCall,
) -> Poll<Result<Result<u32, Refusal>, Status>> {
    if timeout.is_zero() {
        return Poll::Ready(Err(CancelReason::Deadline.status()));
    }
    let metadata = &call.metadata;
    let opening = Opening {
        service: M::SERVICE,
        method: M::NAME,
        timeout,
        metadata,
    };
    prepared
        .send(|body| connection.poll_open(task, place, opening, Some(body), true, call.deadline))
        .map(Ok)
}

/// Waits for the response; dropping it tells the server to stop.
struct Reply<'a> {
    connection: &'a Connection,
    stream: u32,
    cancelled: Option<Cancelled>,
    capture: Option<&'a ReplyMetadata>,
    waiting: bool,
    /// It was not asked for before.
    fresh: bool,
}

impl<'a> Reply<'a> {
    fn new(connection: &'a Connection, stream: u32, call: &'a OutgoingCall) -> Self {
        let cancelled = call.parent.as_ref().map(crate::Cancellation::cancelled);
        Self {
            connection,
            stream,
            cancelled,
            capture: call.reply.as_ref(),
            waiting: true,
            fresh: true,
        }
    }

    /// Takes the result apart into what the caller gets.
    fn finish(&mut self, slot: Slot) -> Result<Bytes, Status> {
        self.waiting = false;
        let end = slot.end.unwrap_or(Ok(()));
        if let Some(reply) = self.capture {
            reply.set_leading(slot.leading);
            reply.set_trailing(trailing(&end));
        }
        if let Err(status) = end
            && status.code() != Code::Ok
        {
            return Err(status);
        }
        let missing = || Status::unimplemented("one message was to come, and none came");
        slot.first.ok_or_else(missing)
    }
}

impl Future for Reply<'_> {
    type Output = Result<Bytes, Status>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        if std::mem::take(&mut self.fresh) {
            // The task is registered since it opened the stream, a moment ago.
            return self.poll_cancelled(task);
        }
        let mut core = self.connection.lock();
        if let Some(slot) = core.frames.release_over(self.stream) {
            drop(core);
            return Poll::Ready(self.finish(slot));
        }
        let Some(slot) = core.frames.attachment(self.stream) else {
            return Poll::Ready(Err(Status::internal("the call is not awaited any more")));
        };
        slot.receiver = Some(task.waker().clone());
        drop(core);
        self.poll_cancelled(task)
    }
}

impl Reply<'_> {
    fn poll_cancelled(&mut self, task: &mut Context<'_>) -> Poll<Result<Bytes, Status>> {
        let Some(cancelled) = &mut self.cancelled else {
            return Poll::Pending;
        };
        Pin::new(cancelled)
            .poll(task)
            .map(|reason| Err(reason.status()))
    }
}

impl Drop for Reply<'_> {
    fn drop(&mut self) {
        if self.waiting {
            let mut core = self.connection.lock();
            core.frames.release(self.stream);
            core.callers.wake_first();
            core.wake_driver();
        }
    }
}
