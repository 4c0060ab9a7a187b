//! What a handler answers, until it is sent.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context as TaskContext, Poll},
};

use async_nats::{Client, HeaderMap};
use bytes::{Bytes, BytesMut};

use super::{channel::too_large, headers};
use crate::{Context, EncodeMessage, Metadata, Respond, Status};

/// Where a handler puts its answer. The task of the call sends it, and so is held back where the
/// connection is.
#[derive(Debug, Default)]
pub(super) struct Slot {
    answer: Mutex<Option<Reply>>,
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Reply {
    leading: Metadata,
    trailing: Metadata,
    pub(super) result: Result<Bytes, Status>,
}

impl Slot {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Takes the answer; a handler that gave none is an error of ours.
    pub(super) fn take(&self) -> Reply {
        let missing = || Reply::error(Status::internal("the handler gave no answer"));
        self.lock().take().unwrap_or_else(missing)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Reply>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Respond for Slot {
    fn has_room(&self) -> bool {
        true
    }

    fn poll_room(&self, _call: u64, _task: &mut TaskContext<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn respond(&self, _call: u64, context: &Context, result: Result<&dyn EncodeMessage, Status>) {
        let encode = |message: &dyn EncodeMessage| {
            let mut buffer = BytesMut::with_capacity(message.size_hint());
            message.encode(&mut buffer)?;
            Ok(buffer.freeze())
        };
        *self.lock() = Some(Reply {
            leading: context.take_leading(),
            trailing: context.take_trailing(),
            result: result.and_then(encode),
        });
    }
}

impl Reply {
    pub(super) fn error(status: Status) -> Self {
        Self {
            leading: Metadata::new(),
            trailing: Metadata::new(),
            result: Err(status),
        }
    }

    /// Sends it; one that is too large becomes an error that says so.
    pub(super) async fn send(mut self, client: &Client, subject: String, content_type: &str) {
        if let Ok(body) = &self.result
            && body.len() > client.max_payload()
        {
            let limit = client.max_payload();
            self = Self::error(too_large(body.len(), limit));
        }
        let (headers, body) = self.into_message(content_type);
        if let Err(error) = client.publish_with_headers(subject, headers, body).await {
            tracing::debug!(%error, "a reply is not sent");
        }
    }

    fn into_message(self, content_type: &str) -> (HeaderMap, Bytes) {
        let mut headers = headers::reply(&self.leading, &self.trailing, content_type);
        match self.result {
            Ok(body) => (headers, body),
            Err(status) => {
                headers::add_error(&mut headers, &status);
                (headers, Bytes::new())
            }
        }
    }
}
