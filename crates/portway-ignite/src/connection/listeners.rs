//! Notifications of a connection, sorted to the streams that wait for them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::error::Error;

/// The content of one notification, or the node's error.
pub(crate) type Notification = Result<Bytes, Error>;

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
        self.streams.remove(&id);
    }

    /// Hands a notification to its stream. An unknown one is kept only while new streams are
    /// `awaited`: otherwise it belongs to a stream that was closed a moment ago.
    pub(crate) fn deliver(
        &mut self,
        id: i64,
        notification: Notification,
        awaited: bool,
    ) -> Delivered {
        let Some(sink) = self.streams.get_mut(&id) else {
            if awaited {
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
        if let Some(sink) = self.streams.remove(&id) {
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
mod tests {
    use super::*;

    fn listeners() -> Listeners {
        Listeners::new(QueueLimit {
            notifications: 2,
            bytes: 10,
        })
    }

    fn text(content: &'static str) -> Notification {
        Ok(Bytes::from_static(content.as_bytes()))
    }

    async fn next(queue: &mut NotificationQueue) -> Bytes {
        queue.next().await.unwrap().unwrap()
    }

    async fn end(queue: &mut NotificationQueue) -> Option<Error> {
        queue.next().await.unwrap_err()
    }

    #[tokio::test]
    async fn a_notification_before_its_response_is_kept_for_its_stream() {
        let mut listeners = listeners();
        listeners.deliver(7, text("early"), true);
        listeners.deliver(8, text("other"), true);
        let mut queue = listeners.open(7);
        listeners.deliver(7, text("late"), true);
        assert_eq!(next(&mut queue).await, "early");
        assert_eq!(next(&mut queue).await, "late");
    }

    #[tokio::test]
    async fn a_stream_for_one_notification_is_forgotten_after_it() {
        let mut listeners = listeners();
        let mut late = listeners.open_for_one(7);
        listeners.deliver(7, text("late"), true);
        listeners.deliver(8, text("early"), true);
        let mut early = listeners.open_for_one(8);
        assert!(listeners.streams.is_empty());
        assert_eq!(next(&mut late).await, "late");
        assert_eq!(next(&mut early).await, "early");
        assert!(end(&mut early).await.is_none());
    }

    #[tokio::test]
    async fn a_notification_for_a_closed_stream_is_forgotten() {
        let mut listeners = listeners();
        listeners.deliver(7, text("stale"), false);
        listeners.deliver(8, text("of an abandoned stream"), true);
        listeners.forget_early();
        assert!(listeners.early.waiting.is_empty());
        let mut queue = listeners.open(7);
        listeners.finish(&Error::EventsLost);
        assert!(matches!(end(&mut queue).await, Some(Error::EventsLost)));
    }

    #[tokio::test]
    async fn a_stream_that_overflows_gives_what_it_had_and_then_says_that_events_were_lost() {
        let mut listeners = listeners();
        let mut queue = listeners.open(7);
        assert_eq!(listeners.deliver(7, text("a"), true), Delivered::Done);
        assert_eq!(listeners.deliver(7, text("b"), true), Delivered::Done);
        assert_eq!(listeners.deliver(7, text("c"), true), Delivered::Overflow);
        assert_eq!(next(&mut queue).await, "a");
        assert_eq!(next(&mut queue).await, "b");
        assert!(matches!(end(&mut queue).await, Some(Error::EventsLost)));
    }

    #[tokio::test]
    async fn the_content_of_a_stream_is_limited_too() {
        let mut listeners = listeners();
        let mut queue = listeners.open(7);
        listeners.deliver(7, text("123456"), true);
        assert_eq!(next(&mut queue).await, "123456");
        assert_eq!(
            listeners.deliver(7, text("123456"), true),
            Delivered::Done,
            "room was given back"
        );
        assert_eq!(
            listeners.deliver(7, text("123456"), true),
            Delivered::Overflow
        );
    }

    #[tokio::test]
    async fn a_stream_whose_early_notifications_did_not_fit_begins_with_the_loss() {
        let mut listeners = listeners();
        for content in ["a", "b", "c"] {
            listeners.deliver(7, text(content), true);
        }
        let mut queue = listeners.open(7);
        while let Ok(notification) = queue.next().await {
            assert!(notification.is_ok());
        }
        assert!(matches!(end(&mut queue).await, Some(Error::EventsLost)));
    }
}
