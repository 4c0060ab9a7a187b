//! What is held as long as a stream lives.

use std::task::{Context as TaskContext, Poll};

use crate::{ReceiveMessages, Receiving, Status};

/// What is held as long as a stream lives, and told how it ended.
pub(super) trait Keep: Send + 'static {
    /// The stream ended by itself; one that is dropped before drops this too.
    fn end(self, result: Result<(), &Status>);
}

/// Holds `keep` until the stream of `receiving` ends or is dropped.
pub(super) fn keep<T: Send + 'static>(receiving: Receiving<T>, keep: impl Keep) -> Receiving<T> {
    Receiving::new(Kept {
        receiving,
        keep: Some(keep),
    })
}

struct Kept<T, K> {
    receiving: Receiving<T>,
    keep: Option<K>,
}

impl<T: Send, K: Keep> ReceiveMessages<T> for Kept<T, K> {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<T>, Status>> {
        let received = self.receiving.poll_receive(task);
        let ended = match &received {
            Poll::Ready(Ok(None)) => Ok(()),
            Poll::Ready(Err(status)) => Err(status),
            _ => return received,
        };
        if let Some(keep) = self.keep.take() {
            keep.end(ended);
        }
        received
    }
}
