//! The settings of queues and subscriptions at least once.

use std::time::Duration;

/// Messages that a queue keeps, unless told otherwise.
const DEFAULT_CAPACITY: u32 = 1_000_000;

/// How often a message is delivered, unless told otherwise.
const DEFAULT_DELIVERY_LIMIT: u32 = 5;

/// Messages that are with one receiver at once, unless told otherwise.
const DEFAULT_PREFETCH: u16 = 16;

/// How long a message is sent again and again, unless told otherwise.
const DEFAULT_SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of a queue or a durable subscription of [`Amqp`](super::Amqp). The capacity and the
/// limit are arguments of the queue: RabbitMQ refuses whoever declares it with others.
///
/// How long a delivery may stay unsettled is a setting of the broker (`consumer_timeout`, half an
/// hour by default): then it closes the channel and delivers to another receiver.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AmqpOptions {
    pub(super) capacity: u32,
    pub(super) delivery_limit: u32,
    pub(super) prefetch: u16,
    pub(super) send_timeout: Duration,
}

impl Default for AmqpOptions {
    fn default() -> Self {
        Self {
            capacity: DEFAULT_CAPACITY,
            delivery_limit: DEFAULT_DELIVERY_LIMIT,
            prefetch: DEFAULT_PREFETCH,
            send_timeout: DEFAULT_SEND_TIMEOUT,
        }
    }
}

impl AmqpOptions {
    /// The queue keeps up to so many messages, give or take those that arrive at once; then it
    /// refuses, and whoever sends waits. A million by default.
    #[must_use]
    pub fn capacity(self, messages: u32) -> Self {
        let capacity = messages.max(1);
        Self { capacity, ..self }
    }

    /// A message that was delivered so often without being acknowledged goes to the dead letters. 5
    /// by default. The broker counts and moves it.
    #[must_use]
    pub fn delivery_limit(self, deliveries: u32) -> Self {
        let delivery_limit = deliveries.max(1);
        Self {
            delivery_limit,
            ..self
        }
    }

    /// Up to so many messages are on their way to one receiver, with it, or given back by it for
    /// later. 16 by default; 1 deals long work out most evenly, some hundreds carry short work
    /// fastest.
    #[must_use]
    pub fn prefetch(self, messages: u16) -> Self {
        let prefetch = messages.max(1);
        Self { prefetch, ..self }
    }

    /// How long a message is sent again when no word comes, or the queue is full, before the caller
    /// is told. 30 s by default: that bridges a broker that restarts.
    #[must_use]
    pub fn send_timeout(self, timeout: Duration) -> Self {
        Self {
            send_timeout: timeout,
            ..self
        }
    }
}
