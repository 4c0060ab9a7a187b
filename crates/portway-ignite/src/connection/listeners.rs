//! Notifications of a connection, sorted to the streams that wait for them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::resource::RESOURCE_LIMIT;
use crate::error::Error;

/// The content of one notification, or the node's error.
pub(crate) type Notification = Result<Bytes, Error>;

/// As many streams as one connection can have (see `RESOURCE_LIMIT`). A node names no two streams
/// of a connection alike.
const CLOSED_LIMIT: usize = RESOURCE_LIMIT;

/// How much may wait in one stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimit {
    pub(crate) notifications: usize,
    pub(crate) bytes: usize,
}

/// The streams of one connection by resource id, and what came before its stream was known.
#[derive(Debug)]
pub(crate) struct Listeners {
    limit: QueueLimit,
    streams: HashMap<i64, Sink>,
    early: Early,
    /// The streams that were closed last. What still comes for them is for nobody.
    closed: VecDeque<i64>,
}

/// The reading end of one stream.
#[derive(Debug)]
pub(crate) struct NotificationQueue {
    receiver: mpsc::Receiver<Notification>,
    bytes: Arc<AtomicUsize>,
    end: Arc<OnceLock<Error>>,
}

/// The writing end of one stream.
#[derive(Debug)]
struct Sink {
    sender: mpsc::Sender<Notification>,
    bytes: Arc<AtomicUsize>,
    bytes_limit: usize,
    end: Arc<OnceLock<Error>>,
    /// Whether the first notification is also the last.
    for_one: bool,
}

/// Notifications that came before the response that names their stream.
#[derive(Debug, Default)]
struct Early {
    waiting: VecDeque<(i64, Notification)>,
    bytes: usize,
    overflowed: bool,
}

/// What became of a notification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It waits for its reader, or belongs to nobody any more.
    Done,
    /// Its reader is too slow: the stream has ended and should be closed on the server.
    Overflow,
}

impl Listeners {
    pub(crate) fn new(limit: QueueLimit) -> Self {
        Self {
            limit,
            streams: HashMap::new(),
            early: Early::default(),
            closed: VecDeque::new(),
        }
    }

    /// Forgets what came early: no request is left whose answer names a new stream.
    pub(crate) fn forget_early(&mut self) {
        if self.early.overflowed || !self.early.waiting.is_empty() {
            self.early = Early::default();
        }
    }

    /// Makes the stream `id`, with what came early for it.
    pub(crate) fn open(&mut self, id: i64) -> NotificationQueue {
        let (sink, queue) = stream(self.limit);
        self.insert(id, sink);
        queue
    }

    /// Makes the stream `id`, which ends after one notification.
    pub(crate) fn open_for_one(&mut self, id: i64) -> NotificationQueue {
        let (mut sink, queue) = stream(QueueLimit {
            notifications: 1,
            ..self.limit
        });
        sink.for_one = true;
        self.insert(id, sink);
        queue
    }

    fn insert(&mut self, id: i64, mut sink: Sink) {
        let early = self.early.take(id);
        let is_over = sink.for_one && !early.is_empty();
        let mut sound = is_over || !self.early.overflowed;
        for notification in early {
            sound = sound && sink.push(notification);
        }
        if !sound {
            sink.finish(Error::EventsLost);
        } else if !is_over {
            self.streams.insert(id, sink);
        }
    }

    pub(crate) fn close(&mut self, id: i64) {
        drop(self.remove(id));
    }

    /// Takes a stream out while its node may still have something to tell.
    fn remove(&mut self, id: i64) -> Option<Sink> {
        let sink = self.streams.remove(&id)?;
        if self.closed.len() == CLOSED_LIMIT {
            self.closed.pop_front();
        }
        self.closed.push_back(id);
        Some(sink)
    }

    /// Hands a notification to its stream. An unknown one is kept only while new streams are
    /// `awaited`, unless it belongs to a stream that was closed a moment ago.
    pub(crate) fn deliver(
        &mut self,
        id: i64,
        notification: Notification,
        awaited: bool,
    ) -> Delivered {
        let Some(sink) = self.streams.get_mut(&id) else {
            if awaited && !self.closed.contains(&id) {
                self.early.keep(id, notification, self.limit);
            }
            return Delivered::Done;
        };
        let fits = sink.push(notification);
        if fits && sink.for_one {
            self.streams.remove(&id);
        }
        if fits {
            return Delivered::Done;
        }
        if let Some(sink) = self.remove(id) {
            sink.finish(Error::EventsLost);
        }
        Delivered::Overflow
    }

    /// Ends all streams with `error`.
    pub(crate) fn finish(&mut self, error: &Error) {
        for (_, sink) in self.streams.drain() {
            sink.finish(error.clone());
        }
    }
}

impl NotificationQueue {
    /// The next notification; once the stream has ended, the reason of the end.
    ///
    /// Cancel safe: nothing is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<Notification, Option<Error>> {
        match self.receiver.recv().await {
            Some(notification) => {
                self.bytes.fetch_sub(size(&notification), Ordering::Relaxed);
                Ok(notification)
            }
            None => Err(self.end.get().cloned()),
        }
    }
}

impl Sink {
    /// Queues a notification. Returns false if there is no room.
    fn push(&mut self, notification: Notification) -> bool {
        let size = size(&notification);
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > self.bytes_limit {
            return false;
        }
        match self.sender.try_send(notification) {
            // A stream whose reader is gone is closed by its resource in a moment.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => true,
            Err(mpsc::error::TrySendError::Full(_)) => false,
        }
    }

    fn finish(self, error: Error) {
        // The first reason is the true one.
        let _ = self.end.set(error);
    }
}

impl Early {
    fn keep(&mut self, id: i64, notification: Notification, limit: QueueLimit) {
        let size = size(&notification);
        let full = self.waiting.len() >= limit.notifications || self.bytes + size > limit.bytes;
        if full {
            self.overflowed = true;
            return;
        }
        self.bytes += size;
        self.waiting.push_back((id, notification));
    }

    fn take(&mut self, id: i64) -> Vec<Notification> {
        let (own, others) = self
            .waiting
            .drain(..)
            .partition::<Vec<_>, _>(|(of, _)| *of == id);
        self.waiting = others.into();
        self.bytes = self
            .waiting
            .iter()
            .map(|(_, notification)| size(notification))
            .sum();
        own.into_iter()
            .map(|(_, notification)| notification)
            .collect()
    }
}

fn stream(limit: QueueLimit) -> (Sink, NotificationQueue) {
    let (sender, receiver) = mpsc::channel(limit.notifications);
    let bytes = Arc::new(AtomicUsize::new(0));
    let end = Arc::new(OnceLock::new());
    let sink = Sink {
        sender,
        bytes: bytes.clone(),
        bytes_limit: limit.bytes,
        end: end.clone(),
        for_one: false,
    };
    (
        sink,
        NotificationQueue {
            receiver,
            bytes,
            end,
        },
    )
}

fn size(notification: &Notification) -> usize {
    notification.as_ref().map_or(0, Bytes::len)
}

#[cfg(test)]
mod tests;
