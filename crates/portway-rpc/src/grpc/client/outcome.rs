//! What a server answers: metadata, messages, a status.

use std::{
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::body::Incoming;

use crate::{
    Metadata, ReplyMetadata, Status,
    grpc::{
        client::{Connection, connection::Begun},
        headers::metadata_of,
        message::MessageReader,
        status::{from_http, has_status, read_status},
    },
};

/// An answer as it comes.
pub(crate) struct Incomer {
    messages: MessageReader<Incoming>,
    /// The status that stood in front, where there are no messages.
    only: Option<HeaderMap>,
    capture: Option<ReplyMetadata>,
    /// It must not end before the answer.
    _connection: Arc<Connection>,
}

impl Incomer {
    /// Begins with the headers of an answer.
    pub(crate) fn new(begun: Begun, capture: Option<ReplyMetadata>) -> Result<Self, Status> {
        let (head, body) = begun.response.into_parts();
        let limit = begun.connection.maximum_message;
        let only = has_status(&head.headers);
        if !only {
            check_kind(head.status, &head.headers)?;
            if let Some(reply) = &capture {
                reply.set_leading(metadata_of(&head.headers).unwrap_or_default());
            }
        }
        Ok(Self {
            messages: MessageReader::new(body, limit),
            only: only.then_some(head.headers),
            capture,
            _connection: begun.connection,
        })
    }

    /// Returns the next message; nothing at the good end of the stream.
    pub(crate) fn poll_message(
        &mut self,
        task: &mut TaskContext<'_>,
    ) -> Poll<Result<Option<Bytes>, Status>> {
        if let Some(headers) = self.only.take() {
            return Poll::Ready(self.ended(headers));
        }
        match ready!(self.messages.poll_message(task))? {
            Some(message) => Poll::Ready(Ok(Some(message))),
            None => {
                let trailers = self.messages.take_trailers().unwrap_or_default();
                Poll::Ready(self.ended(trailers))
            }
        }
    }

    fn ended(&self, mut headers: HeaderMap) -> Result<Option<Bytes>, Status> {
        let status = read_status(&mut headers);
        if let Some(reply) = &self.capture {
            let trailing = match &status {
                Ok(metadata) => metadata.clone(),
                Err(status) => Metadata::clone(status.metadata()),
            };
            reply.set_trailing(trailing);
        }
        status.map(|_metadata| None)
    }
}

/// Refuses an answer that is none of gRPC.
fn check_kind(code: StatusCode, headers: &HeaderMap) -> Result<(), Status> {
    if code != StatusCode::OK {
        return Err(from_http(code));
    }
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.map_or(&b""[..], HeaderValue::as_bytes);
    if kind.starts_with(b"application/grpc") {
        return Ok(());
    }
    let kind = String::from_utf8_lossy(kind).into_owned();
    Err(Status::unknown(format!(
        "the server answered with {kind:?}, not with gRPC"
    )))
}
