//! Many messages, in either direction.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    CancelReason, Cancellation, Cancelled, Codec, Deadline, EncodeMessage, MethodName,
    OutgoingCall, ReceiveMessages, Receiving, ReplyMetadata, SendEncoded, Sending, Status,
    codec::Encoding,
    grpc::{
        client::{Connection, Failure, connection::Begun, outcome::Incomer, request::request},
        outbox::{End, Outbox, Outgoing},
    },
    guard::until,
    router::{Decoding, EncodingSender},
};

/// Opens the streams of a method on one connection.
///
/// It does not wait for the server, as long as that begins streams at all: that the call was not
/// taken is told with the first answer.
pub(crate) async fn open_streams<Q: Send + 'static, A: Send + 'static, C: Codec<Q> + Codec<A>>(
    connection: Arc<Connection>,
    name: MethodName<'_>,
    first: Option<Q>,
    call: &OutgoingCall,
) -> Result<(Sending<Q>, Receiving<A>), Status> {
    let outbox = Outbox::new(connection.outgoing);
    let finished = first.is_some();
    if let Some(message) = first {
        outbox.put(&Encoding::<_, C>::new(&message))?;
        outbox.end(End::Finished);
    }
    let body = Outgoing::stream(Arc::clone(&outbox), None);
    let admission = async { Ok(connection.admit(body, connection.outgoing).await) };
    let body = until(call.deadline, call.parent.as_ref(), admission).await?;
    let timeout = call.deadline.remaining(Instant::now());
    if timeout.is_zero() {
        return Err(CancelReason::Deadline.status());
    }
    let request = request(&connection, name, call, timeout, body)?;
    let sender = StreamSender {
        outbox: Arc::clone(&outbox),
        finished,
        deadline: call.deadline,
        timer: None,
    };
    let receiver = StreamReceiver {
        answer: Answer::Awaited(Box::pin(connection.send(request))),
        outbox,
        capture: call.reply.clone(),
        deadline: call.deadline,
        timer: None,
        cancelled: call.parent.as_ref().map(Cancellation::cancelled),
    };
    Ok((
        Sending::new(EncodingSender::<Q, C, _>::new(sender, None)),
        Receiving::new(Decoding::<C, _>::new(receiver)),
    ))
}

/// Tells when a deadline passes; the timer is made for those who have to wait.
fn poll_deadline(
    timer: &mut Option<Pin<Box<Sleep>>>,
    deadline: Deadline,
    task: &mut TaskContext<'_>,
) -> Poll<Status> {
    let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline.instant())));
    timer
        .as_mut()
        .poll(task)
        .map(|()| CancelReason::Deadline.status())
}

struct StreamSender {
    outbox: Arc<Outbox>,
    finished: bool,
    deadline: Deadline,
    timer: Option<Pin<Box<Sleep>>>,
}

impl SendEncoded for StreamSender {
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        match self.outbox.poll_room(task) {
            Poll::Ready(room) => {
                Poll::Ready(room.map_err(|_ended| Status::cancelled("the call is over")))
            }
            Poll::Pending => poll_deadline(&mut self.timer, self.deadline, task).map(Err),
        }
    }

    fn start_send(&mut self, message: &dyn EncodeMessage) -> Result<(), Status> {
        self.outbox.put(message)
    }

    fn finish(&mut self) {
        self.finished = true;
        self.outbox.end(End::Finished);
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        if !self.finished {
            self.outbox.end(End::GivenUp);
        }
    }
}

type Sent = Pin<Box<dyn Future<Output = Result<Begun, Failure>> + Send>>;

enum Answer {
    /// No headers have come.
    Awaited(Sent),
    Begun(Box<Incomer>),
}

struct StreamReceiver {
    answer: Answer,
    outbox: Arc<Outbox>,
    capture: Option<ReplyMetadata>,
    deadline: Deadline,
    timer: Option<Pin<Box<Sleep>>>,
    cancelled: Option<Cancelled>,
}

impl StreamReceiver {
    fn poll_answer(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        loop {
            match &mut self.answer {
                Answer::Begun(answer) => return answer.poll_message(task),
                Answer::Awaited(sent) => {
                    let begun = ready!(sent.as_mut().poll(task));
                    let begun = begun.map_err(|failure| failure.status)?;
                    let answer = Incomer::new(begun, self.capture.take())?;
                    self.answer = Answer::Begun(Box::new(answer));
                }
            }
        }
    }
}

impl ReceiveMessages<Bytes> for StreamReceiver {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        if let Poll::Ready(result) = self.poll_answer(task) {
            // Our own word ends the stream too, and comes back as an error of HTTP/2.
            let given_up = result.is_err() && self.outbox.is_given_up();
            return Poll::Ready(match given_up {
                true => Err(CancelReason::Caller.status()),
                false => result,
            });
        }
        if let Some(cancelled) = &mut self.cancelled
            && let Poll::Ready(reason) = Pin::new(cancelled).poll(task)
        {
            return Poll::Ready(Err(reason.status()));
        }
        poll_deadline(&mut self.timer, self.deadline, task).map(Err)
    }
}
