//! What waits to be sent on one connection.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use super::lock;

/// Above this many waiting bytes a connection is not read: a client that sends requests but does
/// not read answers stops itself.
const HIGH_WATER: usize = 256 * 1024;

/// A queue of bytes between those who produce messages for a connection and its writer.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: Mutex<BytesMut>,
    changed: Notify,
    drained: Notify,
    overflowed: AtomicBool,
    limit: usize,
}

/// Why nothing more can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflowed;

impl Outbox {
    /// An empty outbox that refuses notifications beyond `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            changed: Notify::new(),
            drained: Notify::new(),
            overflowed: AtomicBool::new(false),
            limit,
        }
    }

    /// Queues an answer. Its connection is not read while too much waits, so answers are bounded
    /// by [`HIGH_WATER`] and the longest answer.
    pub(super) fn push_answer(&self, message: &Bytes) {
        lock(&self.waiting).extend_from_slice(message);
        self.changed.notify_one();
    }

    /// Queues a notification, or gives the connection up: it must not be lost silently, nor wait
    /// without bound.
    pub(super) fn push_notification(&self, message: &Bytes) -> Result<(), Overflowed> {
        let mut waiting = lock(&self.waiting);
        // One message alone may be longer than the limit: it was short enough to be received.
        if !waiting.is_empty() && waiting.len() + message.len() > self.limit {
            self.overflowed.store(true, Ordering::Relaxed);
        } else {
            waiting.extend_from_slice(message);
        }
        drop(waiting);
        self.changed.notify_one();
        if self.overflowed.load(Ordering::Relaxed) {
            Err(Overflowed)
        } else {
            Ok(())
        }
    }

    /// Waits for something to send and takes all of it.
    ///
    /// # Cancel safety
    /// Nothing is taken unless the future completes.
    pub(super) async fn take(&self) -> Result<Bytes, Overflowed> {
        loop {
            if self.overflowed.load(Ordering::Relaxed) {
                return Err(Overflowed);
            }
            if let Some(taken) = self.take_now() {
                return Ok(taken);
            }
            self.changed.notified().await;
        }
    }

    /// Takes all that waits, if anything does.
    pub(super) fn take_now(&self) -> Option<Bytes> {
        let taken = std::mem::take(&mut *lock(&self.waiting));
        self.drained.notify_one();
        (!taken.is_empty()).then(|| taken.freeze())
    }

    /// Waits until little enough waits for more requests to be read.
    ///
    /// # Cancel safety
    /// Can be cancelled and repeated.
    pub(super) async fn room(&self) {
        while lock(&self.waiting).len() > HIGH_WATER {
            self.drained.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listener_that_does_not_keep_up_is_given_up_and_stays_bounded() {
        let outbox = Outbox::new(10);
        assert_eq!(
            outbox.push_notification(&Bytes::from_static(&[0; 8])),
            Ok(())
        );
        assert_eq!(
            outbox.push_notification(&Bytes::from_static(&[0; 8])),
            Err(Overflowed)
        );
        assert_eq!(outbox.take().await, Err(Overflowed));
        assert!(lock(&outbox.waiting).len() <= 10);
    }

    #[tokio::test]
    async fn a_listener_that_keeps_up_is_told_of_a_value_over_the_limit() {
        let outbox = Outbox::new(10);
        assert_eq!(
            outbox.push_notification(&Bytes::from_static(&[0; 50])),
            Ok(())
        );
        assert_eq!(outbox.take().await.unwrap().len(), 50);
    }

    #[tokio::test]
    async fn messages_leave_in_the_order_they_came() {
        let outbox = Outbox::new(10);
        outbox
            .push_notification(&Bytes::from_static(b"ab"))
            .unwrap();
        outbox.push_answer(&Bytes::from_static(b"cd"));
        assert_eq!(outbox.take().await.unwrap(), &b"abcd"[..]);
        assert_eq!(outbox.take_now(), None);
    }
}
