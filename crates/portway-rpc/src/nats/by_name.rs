//! Calls of methods that are known by name only.

use std::{
    future::Future,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Bytes;

use super::NatsChannel;
use crate::{
    Code, MethodName, OpenByName, ReceiveMessages, Receiving, Request, SendMessages, Sending,
    Status, header::PROTOBUF_CONTENT_TYPE,
};

/// Messages are taken to be those of a `.proto`. A method whose requests are a stream is refused with
/// [`Code::Unimplemented`]: NATS has no credit to hold a sender back with.
impl OpenByName for NatsChannel {
    async fn open_by_name(
        &self,
        name: MethodName<'_>,
        request: Request<Option<Bytes>>,
    ) -> Result<(Sending<Bytes>, Receiving<Bytes>), Status> {
        let (first, options) = request.into_parts();
        let message = first.ok_or_else(|| {
            Status::unimplemented("NATS carries one request a call, and no stream of them")
        })?;
        let call = options.into_outgoing();
        let (channel, subject) = (self.clone(), self.subject(name));
        let answer = async move {
            channel
                .call_encoded(subject, message, &call, PROTOBUF_CONTENT_TYPE)
                .await
        };
        Ok((
            Sending::new(AlreadySent),
            Receiving::new(OneAnswer(Some(Box::pin(answer)))),
        ))
    }
}

/// The sending half of a call whose one request is on its way.
struct AlreadySent;

impl SendMessages<Bytes> for AlreadySent {
    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Err(sent_already()))
    }

    fn start_send(&mut self, _: Bytes) -> Result<(), Status> {
        Err(sent_already())
    }

    fn finish(&mut self) {}
}

fn sent_already() -> Status {
    Status::new(Code::FailedPrecondition, "the one request is sent already")
}

/// The receiving half of a call with one answer.
struct OneAnswer(Option<Answer>);

type Answer = Pin<Box<dyn Future<Output = Result<Bytes, Status>> + Send>>;

impl ReceiveMessages<Bytes> for OneAnswer {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        let Some(answer) = &mut self.0 else {
            return Poll::Ready(Ok(None));
        };
        let answer = ready!(answer.as_mut().poll(task));
        self.0 = None;
        Poll::Ready(answer.map(Some))
    }
}
