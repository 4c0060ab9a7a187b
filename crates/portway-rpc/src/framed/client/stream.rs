//! Many messages, in either direction.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    CancelReason, Code, Codec, EncodeMessage, MethodName, OutgoingCall, PayloadField,
    ReceiveMessages, Receiving, ReplyMetadata, SendEncoded, Sending, Status,
    frame::{Body, Opening},
    framed::{
        batch::Batch,
        client::{Connection, Failure, Place, Refusal, prepared::Prepared, unary::trailing},
        room::Senders as _,
    },
    guard::until,
    router::{Decoding, EncodingSender},
};

/// Both halves of the streams of a method.
type Halves<Q, A> = (Sending<Q>, Receiving<A>);

/// Opens the streams of a method on one connection.
pub(crate) async fn open_streams<Q: Send + 'static, A: Send + 'static, C: Codec<Q> + Codec<A>>(
    connection: &Arc<Connection>,
    name: MethodName<'_>,
    payload: Option<PayloadField<Q>>,
    first: Option<Q>,
    call: &OutgoingCall,
) -> Result<Halves<Q, A>, Failure<Option<Q>>> {
    let mut place = Place::new(connection);
    let prepare = |message| Prepared::<Q, C>::new(message, payload);
    let mut first = first.map(prepare).transpose()?;
    let open = poll_fn(|task| poll_open(connection, task, &mut place, name, &mut first, call));
    let stream = match until(call.deadline, call.parent.as_ref(), open).await? {
        Ok(stream) => stream,
        Err(Refusal::Final(status)) => return Err(status.into()),
        Err(Refusal::Gone(status)) => {
            return Err(Failure {
                status,
                unsent: Some(first.map(Prepared::into_message)),
            });
        }
    };
    let finished = first.is_some();
    let connection = Arc::clone(connection);
    let sender = StreamSender {
        connection: Arc::clone(&connection),
        stream,
        credit: 0,
        finished,
    };
    let capture = call.reply.clone();
    let batch = Batch::new(stream, connection.portion);
    let cancelled = call.parent.as_ref().map(crate::Cancellation::cancelled);
    let receiver = StreamReceiver {
        connection,
        stream,
        batch,
        capture,
        cancelled,
    };
    let sending = Sending::new(EncodingSender::<Q, C, _>::new(sender, payload));
    Ok((sending, Receiving::new(Decoding::<C, _>::new(receiver))))
}

fn poll_open<Q, C: Codec<Q>>(
    connection: &Connection,
    task: &mut Context<'_>,
    place: &mut Place<'_>,
    name: MethodName<'_>,
    first: &mut Option<Prepared<Q, C>>,
    call: &OutgoingCall,
) -> Poll<Result<Result<u32, Refusal>, Status>> {
    let timeout = call.deadline.remaining(Instant::now());
    if timeout.is_zero() {
        return Poll::Ready(Err(CancelReason::Deadline.status()));
    }
    let metadata = &call.metadata;
    let opening = Opening {
        service: name.service,
        method: name.method,
        timeout,
        metadata,
    };
    let end = first.is_some();
    let mut open = |body: Option<Body<'_>>| {
        connection.poll_open(task, place, opening, body, end, call.deadline)
    };
    match first {
        Some(first) => first.send(|body| open(Some(body))),
        None => open(None),
    }
    .map(Ok)
}

struct StreamSender {
    connection: Arc<Connection>,
    stream: u32,
    /// The credit as last seen; it may have grown since.
    credit: i64,
    finished: bool,
}

impl SendEncoded for StreamSender {
    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Status>> {
        if self.credit > 0 {
            return Poll::Ready(Ok(()));
        }
        let mut core = self.connection.lock();
        let Some(credit) = ready!(core.poll_credit(self.stream, task)) else {
            let slot = core.frames.attachment(self.stream);
            let status = slot.and_then(|slot| slot.end.clone()?.err());
            return Poll::Ready(Err(over(status)));
        };
        self.credit = credit;
        Poll::Ready(Ok(()))
    }

    fn start_send(&mut self, message: &dyn EncodeMessage) -> Result<(), Status> {
        let body = Body::prepare(message)?;
        let mut core = self.connection.lock();
        self.credit = core.frames.send(self.stream, body)?;
        if core.is_full() {
            self.credit = 0;
        }
        core.wake_driver();
        Ok(())
    }

    fn finish(&mut self) {
        self.finished = true;
        let mut core = self.connection.lock();
        core.frames.finish(self.stream);
        core.wake_driver();
    }
}

/// Returns why nothing can be sent any more.
fn over(status: Option<Status>) -> Status {
    match status {
        Some(status) if status.code() != Code::Ok => status,
        _ => Status::cancelled("the call is over"),
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        if !self.finished {
            let mut core = self.connection.lock();
            // The receiving half learns of it by the entry that is gone.
            if let Some(slot) = core.frames.release(self.stream)
                && let Some(receiver) = slot.receiver
            {
                receiver.wake();
            }
            core.callers.wake_first();
            core.wake_driver();
        }
    }
}

struct StreamReceiver {
    connection: Arc<Connection>,
    stream: u32,
    batch: Batch,
    capture: Option<ReplyMetadata>,
    cancelled: Option<crate::Cancelled>,
}

impl StreamReceiver {
    fn ended(&self, end: Result<(), Status>) -> Result<Option<Bytes>, Status> {
        if let Some(reply) = &self.capture {
            reply.set_trailing(trailing(&end));
        }
        match end {
            Err(status) if status.code() != Code::Ok => Err(status),
            _ => Ok(None),
        }
    }
}

impl ReceiveMessages<Bytes> for StreamReceiver {
    fn poll_receive(&mut self, task: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        if self.batch.is_due() {
            return self.batch.pause(&mut *self.connection.lock(), task);
        }
        if let Some(message) = self.batch.next() {
            return Poll::Ready(Ok(Some(message)));
        }
        let connection = Arc::clone(&self.connection);
        let mut core = connection.lock();
        self.batch.give_credit(&mut *core);
        let Some(slot) = core.frames.attachment(self.stream) else {
            return Poll::Ready(Err(CancelReason::Caller.status()));
        };
        if let Some(reply) = self.capture.as_ref().filter(|_| !slot.leading.is_empty()) {
            reply.set_leading(std::mem::take(&mut slot.leading));
        }
        std::mem::swap(&mut slot.more, &mut self.batch.messages);
        if let Some(first) = slot.first.take() {
            self.batch.messages.push_front(first);
        }
        if let Some(message) = self.batch.next() {
            return Poll::Ready(Ok(Some(message)));
        }
        if let Some(end) = slot.end.clone() {
            return Poll::Ready(self.ended(end));
        }
        slot.receiver = Some(task.waker().clone());
        drop(core);
        let Some(cancelled) = &mut self.cancelled else {
            return Poll::Pending;
        };
        Pin::new(cancelled)
            .poll(task)
            .map(|reason| Err(reason.status()))
    }
}

impl Drop for StreamReceiver {
    fn drop(&mut self) {
        let mut core = self.connection.lock();
        if let Some(slot) = core.frames.release(self.stream)
            && let Some(sender) = slot.sender.waker
        {
            sender.wake();
        }
        core.callers.wake_first();
        core.wake_driver();
    }
}
