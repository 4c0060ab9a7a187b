//! Publishing at most once, and notifications: a bounded queue and a task that writes.

use std::time::Duration;

use lapin::{Channel, options::BasicPublishOptions};
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{Amqp, properties::properties, topology::Route};
use crate::pattern::{
    SendError,
    ends::{face, notifier, sender},
    wire::Outgoing,
};

/// Messages that may wait to be written; then whoever publishes waits.
const CAPACITY: usize = 1024;

/// The pause before a broker that does not answer is asked again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// The way to the task that writes; it ends when the last of these is gone and all is written.
#[derive(Clone)]
pub(super) struct Outbox {
    messages: mpsc::Sender<Outgoing>,
}

impl Outbox {
    pub(super) fn new(amqp: Amqp, route: Route) -> Self {
        let (messages, waiting) = mpsc::channel(CAPACITY);
        tokio::spawn(write(amqp, route, waiting));
        Self { messages }
    }

    async fn send(&self, message: Outgoing) -> Result<(), SendError> {
        let sent = self.messages.send(message).await;
        sent.map_err(|_| SendError::Closed)
    }

    fn try_send(&self, message: Outgoing) -> Result<(), SendError> {
        self.messages
            .try_send(message)
            .map_err(|error| match error {
                TrySendError::Full(_) => SendError::Full,
                TrySendError::Closed(_) => SendError::Closed,
            })
    }
}

/// Writes one message after the other. While there is no connection they wait; the one that was
/// under way when it broke is not repeated, for it may have arrived.
async fn write(amqp: Amqp, route: Route, mut waiting: mpsc::Receiver<Outgoing>) {
    let mut channel = None;
    while let Some(message) = waiting.recv().await {
        let open = match channel.take() {
            Some(open) => open,
            None => open_until_it_works(&amqp).await,
        };
        match publish(&open, &route, &message).await {
            Ok(()) => channel = Some(open),
            Err(error) => tracing::warn!(%error, key = %route.key, "a message may be lost"),
        }
    }
}

async fn open_until_it_works(amqp: &Amqp) -> Channel {
    loop {
        match amqp.channel().await {
            Ok(channel) => return channel,
            Err(error) => tracing::debug!(%error, "waiting for RabbitMQ"),
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

async fn publish(channel: &Channel, route: &Route, message: &Outgoing) -> Result<(), lapin::Error> {
    let (exchange, key) = (route.exchange.clone(), route.key.clone());
    let (options, properties) = (BasicPublishOptions::default(), properties(message));
    let written = channel.basic_publish(exchange, key, options, &message.body, properties);
    written.await.map(drop)
}

sender! {
    /// Publishes to a topic of RabbitMQ; made by [`Amqp::publisher`](super::Amqp::publisher).
    AmqpPublisher { outbox: Outbox },
    Publisher<AtMostOnce>::publish
}

face! {
    /// Sends to a queue of RabbitMQ and forgets; made by [`Amqp::notifier`](super::Amqp::notifier).
    AmqpNotifier { outbox: Outbox }
}

impl<T, C> Clone for AmqpNotifier<T, C> {
    fn clone(&self) -> Self {
        Self::new(self.outbox.clone())
    }
}

notifier!(AmqpPublisher { outbox });
notifier!(AmqpNotifier { outbox });
