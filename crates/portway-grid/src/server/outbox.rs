//! What waits to be sent on one connection.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::Dialect;
use tokio::sync::{Notify, watch};

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
    /// Somebody else sends what was taken: nothing may overtake it.
    is_lent: bool,
    /// What that one could not send.
    returned: Bytes,
    /// Whoever takes waits until nothing is lent.
    ends: bool,
}

/// What is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    New(Bytes),
    /// Somebody else could not send it.
    Back(Bytes),
}

impl Taken {
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::New(bytes) | Self::Back(bytes) => bytes,
        }
    }
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

    /// Lets somebody else send what was taken: nothing more can be taken until it is given back.
    pub(super) fn lend(&self) {
        lock(&self.queue).is_lent = true;
    }

    /// Gives back what was lent, without what was sent of it.
    pub(super) fn give_back(&self, rest: Bytes) {
        let mut queue = lock(&self.queue);
        queue.is_lent = false;
        queue.returned = rest;
        let has_more = !queue.is_empty() || queue.ends;
        drop(queue);
        if has_more {
            self.changed.notify_one();
        }
    }

    /// Waits for something to send and takes all of it.
    ///
    /// # Cancel safety
    /// Nothing is taken unless the future completes.
    pub(super) async fn take(&self) -> Result<Taken, Overflowed> {
        let mut progress = self.durability.progress.clone();
        loop {
            if self.overflowed.load(Ordering::Relaxed) {
                return Err(Overflowed);
            }
            let synced = progress.borrow_and_update().clone();
            if let Some(taken) = self.take_ready(&synced) {
                return Ok(taken);
            }
            self.change(&mut progress).await;
        }
    }

    /// Waits until there may be something else to send.
    async fn change(&self, progress: &mut watch::Receiver<SyncProgress>) {
        if lock(&self.queue).held.is_empty() {
            self.changed.notified().await;
            return;
        }
        tokio::select! {
            () = self.changed.notified() => {}
            // An error means that the journal is gone, and with it the grid.
            changed = progress.changed() => if changed.is_err() {
                self.changed.notified().await;
            },
        }
    }

    /// As [`Outbox::take`], until nothing waits any more.
    ///
    /// # Cancel safety
    /// Nothing is taken unless the future completes.
    pub(super) async fn take_rest(&self) -> Option<Taken> {
        let mut progress = self.durability.progress.clone();
        loop {
            if self.ends() || self.overflowed.load(Ordering::Relaxed) {
                return None;
            }
            let synced = progress.borrow_and_update().clone();
            if let Some(taken) = self.take_ready(&synced) {
                return Some(taken);
            }
            self.change(&mut progress).await;
        }
    }

    /// Whether nothing is left, after which nothing comes.
    fn ends(&self) -> bool {
        let mut queue = lock(&self.queue);
        queue.ends = true;
        queue.is_empty() && !queue.is_lent
    }

    fn take_ready(&self, progress: &SyncProgress) -> Option<Taken> {
        let mut queue = lock(&self.queue);
        let taken = queue.take_ready(progress);
        drop(queue);
        self.drained.notify_one();
        taken
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
        self.waiting.is_empty() && self.held.is_empty() && self.returned.is_empty()
    }

    fn take_ready(&mut self, progress: &SyncProgress) -> Option<Taken> {
        if self.is_lent {
            return None;
        }
        if !self.returned.is_empty() {
            return Some(Taken::Back(std::mem::take(&mut self.returned)));
        }
        self.release(progress);
        let taken = std::mem::take(&mut self.waiting);
        (!taken.is_empty()).then(|| Taken::New(taken.freeze()))
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
