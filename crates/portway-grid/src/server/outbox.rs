//! What waits to be sent on one connection.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::Dialect;
use tokio::sync::Notify;

use super::durability::{Durability, Verdict, verdict};
use super::lock;
use crate::engine::Position;
use crate::session::{Answer, encode_unsafe};
use crate::store::SyncProgress;

/// Above this many waiting bytes a connection is not read: a client that sends requests but does
/// not read answers stops itself.
const HIGH_WATER: usize = 256 * 1024;

/// A queue of bytes between those who produce messages for a connection and its writer.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    changed: Notify,
    drained: Notify,
    overflowed: AtomicBool,
    limit: usize,
    durability: Durability,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BytesMut,
    /// Answers to changes that are not on the disk yet, in the order of their positions.
    held: VecDeque<Held>,
    held_bytes: usize,
}

/// An answer that must not leave before its change is safe.
#[derive(Debug)]
struct Held {
    position: Position,
    answer: Answer,
    dialect: Dialect,
    /// What it costs: its own bytes, and those of its change, which the journal keeps as long.
    bytes: usize,
}

/// Why nothing more can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflowed;

impl Outbox {
    /// An empty outbox that refuses notifications beyond `limit` bytes.
    pub(super) fn new(limit: usize, durability: Durability) -> Self {
        Self {
            queue: Mutex::default(),
            changed: Notify::new(),
            drained: Notify::new(),
            overflowed: AtomicBool::new(false),
            limit,
            durability,
        }
    }

    /// Queues an answer. Its connection is not read while too much waits, so answers are bounded
    /// by [`HIGH_WATER`] and the longest answer.
    pub(super) fn push_answer(&self, message: &Bytes) {
        lock(&self.queue).waiting.extend_from_slice(message);
        self.changed.notify_one();
    }

    /// Queues an answer that leaves when what was written up to `position` is on the disk; where
    /// the disk refuses, an error leaves in its place. Other answers overtake it.
    pub(super) fn hold_answer(
        &self,
        position: Position,
        answer: Answer,
        dialect: Dialect,
        change_bytes: usize,
    ) {
        let bytes = answer.frame.len() + change_bytes;
        let mut queue = lock(&self.queue);
        queue.held_bytes += bytes;
        queue.held.push_back(Held {
            position,
            answer,
            dialect,
            bytes,
        });
        drop(queue);
        self.changed.notify_one();
    }

    /// Queues a notification, or gives the connection up: it must not be lost silently, nor wait
    /// without bound.
    pub(super) fn push_notification(&self, message: &Bytes) -> Result<(), Overflowed> {
        let mut queue = lock(&self.queue);
        let waiting = &mut queue.waiting;
        // One message alone may be longer than the limit: it was short enough to be received.
        if !waiting.is_empty() && waiting.len() + message.len() > self.limit {
            self.overflowed.store(true, Ordering::Relaxed);
        } else {
            waiting.extend_from_slice(message);
        }
        drop(queue);
        self.changed.notify_one();
        if self.overflowed.load(Ordering::Relaxed) {
            Err(Overflowed)
        } else {
            Ok(())
        }
    }

    /// Gives the connection up: somebody has had it closed.
    pub(super) fn give_up(&self) {
        self.overflowed.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Waits for something to send and takes all of it.
    ///
    /// # Cancel safety
    /// Nothing is taken unless the future completes.
    pub(super) async fn take(&self) -> Result<Bytes, Overflowed> {
        let mut progress = self.durability.progress.clone();
        loop {
            if self.overflowed.load(Ordering::Relaxed) {
                return Err(Overflowed);
            }
            let synced = progress.borrow_and_update().clone();
            if let Some(taken) = self.take_ready(&synced) {
                return Ok(taken);
            }
            if lock(&self.queue).held.is_empty() {
                self.changed.notified().await;
                continue;
            }
            tokio::select! {
                () = self.changed.notified() => {}
                // An error means that the journal is gone, and with it the grid.
                changed = progress.changed() => if changed.is_err() {
                    self.changed.notified().await;
                },
            }
        }
    }

    /// As [`Outbox::take`], until nothing waits any more.
    ///
    /// # Cancel safety
    /// Nothing is taken unless the future completes.
    pub(super) async fn take_rest(&self) -> Option<Bytes> {
        if lock(&self.queue).is_empty() {
            return None;
        }
        self.take().await.ok()
    }

    fn take_ready(&self, progress: &SyncProgress) -> Option<Bytes> {
        let mut queue = lock(&self.queue);
        queue.release(progress);
        let taken = std::mem::take(&mut queue.waiting);
        drop(queue);
        self.drained.notify_one();
        (!taken.is_empty()).then(|| taken.freeze())
    }

    /// Waits until little enough waits for more requests to be read.
    ///
    /// # Cancel safety
    /// Can be cancelled and repeated.
    pub(super) async fn room(&self) {
        while lock(&self.queue).bytes() > HIGH_WATER {
            self.drained.notified().await;
        }
    }
}

impl Queue {
    fn bytes(&self) -> usize {
        self.waiting.len() + self.held_bytes
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.held.is_empty()
    }

    /// Lets go of the answers whose changes are decided.
    fn release(&mut self, progress: &SyncProgress) {
        while let Some(held) = self.held.front() {
            let refusal;
            let frame = match verdict(progress, held.position) {
                Verdict::Waits => return,
                Verdict::Safe => &held.answer.frame,
                Verdict::Refused(reason) => {
                    refusal = encode_unsafe(held.answer.request_id, held.dialect, reason);
                    &refusal
                }
            };
            self.waiting.extend_from_slice(frame);
            self.held_bytes -= held.bytes;
            self.held.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::store::{Refused, WalMode};

    #[tokio::test]
    async fn a_listener_that_does_not_keep_up_is_given_up_and_stays_bounded() {
        let outbox = Outbox::new(10, Durability::none());
        assert_eq!(
            outbox.push_notification(&Bytes::from_static(&[0; 8])),
            Ok(())
        );
        assert_eq!(
            outbox.push_notification(&Bytes::from_static(&[0; 8])),
            Err(Overflowed)
        );
        assert_eq!(outbox.take().await, Err(Overflowed));
        assert!(lock(&outbox.queue).waiting.len() <= 10);
    }

    #[tokio::test]
    async fn a_listener_that_keeps_up_is_told_of_a_value_over_the_limit() {
        let outbox = Outbox::new(10, Durability::none());
        assert_eq!(
            outbox.push_notification(&Bytes::from_static(&[0; 50])),
            Ok(())
        );
        assert_eq!(outbox.take().await.unwrap().len(), 50);
    }

    #[tokio::test]
    async fn messages_leave_in_the_order_they_came() {
        let outbox = Outbox::new(10, Durability::none());
        outbox
            .push_notification(&Bytes::from_static(b"ab"))
            .unwrap();
        outbox.push_answer(&Bytes::from_static(b"cd"));
        assert_eq!(outbox.take().await.unwrap(), &b"abcd"[..]);
        assert_eq!(outbox.take_rest().await, None);
    }

    fn answer(request_id: i64, frame: &'static [u8]) -> Answer {
        Answer {
            frame: Bytes::from_static(frame),
            failed: false,
            request_id,
        }
    }

    const DIALECT: Dialect = Dialect {
        version: portway_ignite_protocol::Version::LATEST,
        features: portway_ignite_protocol::Features::NONE,
    };

    #[tokio::test]
    async fn an_answer_is_held_until_its_change_is_safe_and_others_overtake_it() {
        let (disk, progress) = watch::channel(SyncProgress::default());
        let outbox = Outbox::new(10, Durability::new(WalMode::Fsync, progress));
        outbox.hold_answer(Position(7), answer(1, b"held"), DIALECT, 0);
        outbox.push_answer(&Bytes::from_static(b"read"));
        assert_eq!(outbox.take().await.unwrap(), &b"read"[..]);
        disk.send_modify(|progress| progress.synced = Position(6));
        let mut taking = std::pin::pin!(outbox.take());
        assert!(futures_poll(&mut taking).await.is_none());
        disk.send_modify(|progress| progress.synced = Position(7));
        assert_eq!(taking.await.unwrap(), &b"held"[..]);
    }

    #[tokio::test]
    async fn a_change_that_the_disk_refused_is_answered_with_its_reason() {
        let (disk, progress) = watch::channel(SyncProgress::default());
        let outbox = Outbox::new(10, Durability::new(WalMode::Fsync, progress));
        outbox.hold_answer(Position(7), answer(1, b"held"), DIALECT, 0);
        disk.send_modify(|progress| {
            progress.refused = Some(Refused {
                up_to: Position(9),
                reason: "the disk is broken".into(),
            });
        });
        let told = outbox.take().await.unwrap();
        assert!(String::from_utf8_lossy(&told).contains("the disk is broken"));
        assert_eq!(outbox.take_rest().await, None);
    }

    /// What a future answers at once, if anything.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            let polled = std::pin::Pin::new(&mut *future).poll(context);
            std::task::Poll::Ready(match polled {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
