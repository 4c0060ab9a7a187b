//! Publishing and pushing at least once.

use std::{
    fmt,
    time::{Duration, Instant},
};

use async_nats::{
    HeaderMap,
    jetstream::{
        self, Context, ErrorCode,
        context::{PublishError, PublishErrorKind},
        message::PublishMessage,
    },
};
use bytes::Bytes;
use uuid::Uuid;

use super::{JetStreamOptions, Stream};
use crate::pattern::{SendError, ends::sender, nats::headers::headers, wire::Outgoing};

/// The pause before a message is sent again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Where messages of a stream go.
#[derive(Clone)]
pub(super) struct Outlet {
    context: Context,
    stream: Stream,
    timeout: Duration,
}

impl fmt::Debug for Outlet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Outlet");
        debug.field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl Outlet {
    pub(super) fn new(context: &Context, stream: Stream, options: &JetStreamOptions) -> Self {
        Self {
            context: context.clone(),
            stream,
            timeout: options.send_timeout,
        }
    }

    async fn send(&self, message: Outgoing) -> Result<(), SendError> {
        self.send_with(headers(&message), message.body).await
    }

    /// Sends until the server says that it keeps the message. The id lets it recognize what it has
    /// already, so that an answer that was lost makes no second message.
    pub(super) async fn send_with(&self, headers: HeaderMap, body: Bytes) -> Result<(), SendError> {
        let (begin, id, size) = (Instant::now(), Uuid::new_v4().to_string(), body.len());
        let message = PublishMessage::build()
            .headers(headers)
            .payload(body)
            .message_id(id);
        loop {
            let error = match self.attempt(message.clone()).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let waited = begin.elapsed();
            if is_final(&error) || waited + RETRY_PAUSE > self.timeout {
                return Err(self.explain(error, size, waited));
            }
            tracing::debug!(%error, subject = self.stream.subject(), "sending again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn attempt(&self, message: PublishMessage) -> Result<(), PublishError> {
        let subject = self.stream.subject().to_owned();
        self.context.send_publish(subject, message).await?.await?;
        Ok(())
    }

    fn explain(&self, error: PublishError, size: usize, waited: Duration) -> SendError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => SendError::TooLarge {
                size,
                limit: self.context.client().max_payload(),
            },
            PublishErrorKind::StreamNotFound => SendError::NoRoute {
                name: self.stream.subject().to_owned(),
            },
            _ if is_full(&error) => SendError::Full,
            PublishErrorKind::Other => SendError::Refused {
                reason: error.to_string(),
            },
            _ => SendError::Unconfirmed {
                waited,
                source: Some(error.into()),
            },
        }
    }
}

/// Whether sending again cannot help. A stream that is not found may be one of a server that has
/// just started and not read its disk yet.
fn is_final(error: &PublishError) -> bool {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => true,
        PublishErrorKind::Other => !is_full(error),
        _ => false,
    }
}

/// Whether the stream has no room: it will when a receiver acknowledges.
fn is_full(error: &PublishError) -> bool {
    let source = std::error::Error::source(error);
    let answer = source.and_then(|source| source.downcast_ref::<jetstream::Error>());
    answer.is_some_and(|answer| answer.error_code() == ErrorCode::STREAM_STORE_FAILED)
}

sender! {
    /// Publishes to a topic of `JetStream`; made by
    /// [`JetStream::publisher`](super::JetStream::publisher).
    JetStreamPublisher { outlet: Outlet } shows |outlet| outlet.stream.subject(),
    Publisher<AtLeastOnce>::publish
}

sender! {
    /// Pushes to a queue of `JetStream`; made by [`JetStream::push`](super::JetStream::push).
    JetStreamPush { outlet: Outlet } shows |outlet| outlet.stream.subject(),
    Push<AtLeastOnce>::push
}
