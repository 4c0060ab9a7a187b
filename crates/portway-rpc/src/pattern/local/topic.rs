//! Publish-subscribe in the process.

use tokio::sync::broadcast::{self, error::RecvError};

use crate::pattern::{
    AtMostOnce, Message, Missed, Notify, Publisher, ReceiveError, Received, SendError, Subscriber,
};

/// Makes a topic that keeps up to `capacity` messages (rounded up to a power of two) for its slowest
/// subscriber, in one place for all of them.
///
/// # Panics
///
/// When `capacity` is 0.
#[must_use]
pub fn topic<T: Clone>(capacity: usize) -> LocalTopic<T> {
    LocalTopic(broadcast::Sender::new(capacity))
}

/// A topic of this process. Each clone publishes to the same subscribers.
///
/// Each subscriber gets a clone of the body, so a large one is best an `Arc`.
#[derive(Clone, Debug)]
pub struct LocalTopic<T>(broadcast::Sender<Message<T>>);

impl<T: Clone> LocalTopic<T> {
    /// Subscribes to what is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> LocalSubscriber<T> {
        LocalSubscriber(self.0.subscribe())
    }

    /// Counts the subscribers that there are now.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.0.receiver_count()
    }

    fn send(&self, message: Message<T>) {
        // That nobody is subscribed is no fault of a publisher.
        let _ = self.0.send(message);
    }
}

impl<T: Clone + Send + Sync + 'static> Publisher<T, AtMostOnce> for LocalTopic<T> {
    async fn publish(&self, message: impl Into<Message<T>> + Send) -> Result<(), SendError> {
        self.send(message.into());
        Ok(())
    }
}

impl<T: Clone + Send + Sync + 'static> Notify<T> for LocalTopic<T> {
    fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError> {
        self.send(message.into());
        Ok(())
    }
}

/// A subscription of [`LocalTopic`]: ends when all of the topic's clones are gone.
#[derive(Debug)]
pub struct LocalSubscriber<T>(broadcast::Receiver<Message<T>>);

impl<T: Clone + Send + Sync + 'static> Subscriber<T, AtMostOnce> for LocalSubscriber<T> {
    async fn next(&mut self) -> Result<Received<T>, ReceiveError> {
        match self.0.recv().await {
            Ok(message) => Ok(Received::Message(message)),
            Err(RecvError::Lagged(count)) => Ok(Received::Missed(Missed::Counted(count))),
            Err(RecvError::Closed) => Err(ReceiveError::Closed),
        }
    }
}
