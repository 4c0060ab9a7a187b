//! Requests that wait for HTTP/2 to take them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::grpc::outbox::Outgoing;

/// How many bytes of requests may wait on a connection for a server that begins no more streams;
/// more calls wait at their callers. HTTP/2 keeps what it was given even if its caller gave up.
const MAXIMUM_UNSENT: usize = 8 << 20;

/// What a request costs beside its message: headers, and what HTTP/2 notes of it.
const OVERHEAD: usize = 2 << 10;

/// The room for the requests of one connection that HTTP/2 has not taken yet.
pub(crate) struct Unsent(Arc<Semaphore>);

impl Unsent {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAXIMUM_UNSENT)))
    }

    /// Waits until there is room for a request with a message of `size` bytes.
    pub(crate) async fn admit(&self, body: Outgoing, size: usize) -> Admitted {
        let cost = (OVERHEAD + size).min(MAXIMUM_UNSENT);
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0).acquire_many_owned(cost).await;
        Admitted {
            body,
            // It is never closed.
            room: room.ok(),
        }
    }
}

/// The body of a request; it takes up room until HTTP/2 begins its stream, or drops it.
pub(crate) struct Admitted {
    body: Outgoing,
    room: Option<OwnedSemaphorePermit>,
}

impl Body for Admitted {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        let this = self.get_mut();
        this.room = None;
        Pin::new(&mut this.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
