//! Many messages, in either direction.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Response};
use hyper::body::Incoming;

use crate::{
    CancelReason, Context, EncodeMessage, ReceiveMessages, Route, SendEncoded, Status,
    grpc::{
        message::MessageReader,
        outbox::{End, Ended, Outbox, Outgoing},
        server::{
            call::{only, success},
            unary::failed_headers,
        },
        status::ok_headers,
    },
    guard::within,
    in_process::Aborting,
};

/// How long headers wait for the first message of a handler, which may add to them until then.
///
/// Foreign clients return from the opening of a stream when the headers come: a watch without
/// news must not hold them up.
const HEADERS_WAIT: Duration = Duration::from_millis(100);

/// Serves a call of a method with streams; its handler has a task of its own, so that it is
/// neither held up by a client that does not read nor late at its deadline.
pub(crate) async fn serve_streams(
    route: &Route,
    context: Context,
    requests: MessageReader<Incoming>,
    limit: usize,
) -> Response<Outgoing> {
    let outbox = Outbox::new(limit);
    let responses = HandlerSender {
        outbox: Arc::clone(&outbox),
        context: context.clone(),
    };
    let handler = route.streaming(
        context.clone(),
        Box::new(HandlerReceiver(requests)),
        Box::new(responses),
    );
    let (inner, end) = (context.clone(), Arc::clone(&outbox));
    let work = async move {
        let result = within(inner.clone(), handler).await;
        end.end(End::Trailers(trailers(&inner, result)));
    };
    let handler = Aborting(tokio::spawn(work));
    let begun = poll_fn(|task| outbox.poll_begun(task));
    let _without_news = tokio::time::timeout(HEADERS_WAIT, begun).await;
    let leading = context.take_leading();
    if leading.is_empty()
        && let Some(end) = outbox.take_only_trailers()
    {
        return only(end);
    }
    success(&leading, Outgoing::stream(outbox, Some(handler)))
}

/// Makes the headers behind the last message.
fn trailers(context: &Context, result: Result<(), Status>) -> HeaderMap {
    let trailing = context.take_trailing();
    match result {
        Ok(()) => ok_headers(&trailing),
        Err(status) => failed_headers(status, &trailing),
    }
}

struct HandlerReceiver(MessageReader<Incoming>);

impl ReceiveMessages<Bytes> for HandlerReceiver {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        self.0.poll_message(task)
    }
}

struct HandlerSender {
    outbox: Arc<Outbox>,
    context: Context,
}

impl SendEncoded for HandlerSender {
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        self.outbox.poll_room(task).map_err(|ended| {
            // The handler is about to be dropped. If it returns before that, nobody else tells those
            // who watch its cancellation.
            if ended == Ended::Unread {
                self.context.cancel(CancelReason::Caller);
            }
            let reason = self.context.cancellation().reason();
            reason.unwrap_or(CancelReason::Caller).status()
        })
    }

    fn start_send(&mut self, message: &dyn EncodeMessage) -> Result<(), Status> {
        self.outbox.put(message)
    }

    /// The status behind the last message is what the handler returns.
    fn finish(&mut self) {}
}
