//! The patterns over RabbitMQ (AMQP 0-9-1).
//!
//! | pattern | guarantee | by |
//! |---|---|---|
//! | publish-subscribe | [`AtMostOnce`](super::AtMostOnce) | [`Amqp::publisher`], [`Amqp::subscriber`]: a queue that goes with its subscriber |
//! | publish-subscribe | [`AtLeastOnce`](super::AtLeastOnce) | [`Amqp::reliable_publisher`], [`Amqp::durable_subscriber`]: a quorum queue for each subscription |
//! | push-pull | [`AtLeastOnce`](super::AtLeastOnce) | [`Amqp::push`], [`Amqp::pull`]: a quorum queue and publisher confirms |
//! | fire and forget | | [`Amqp::publisher`] and [`Amqp::notifier`] |
//!
//! Topics are routing keys of the exchange `amq.topic`, which every broker has; the name of a
//! subscription may have its wildcards `*` and `#`. Queues are queues of their own name.
//!
//! Metadata are the headers of a message, `content-type` the property of that name; nothing is put
//! around the body, so any client of RabbitMQ can be the other side.

mod connection;
mod error;
mod options;
mod outbox;
mod properties;
mod receive;
mod send;
mod settle;
mod subscription;
mod topology;

pub use connection::{Amqp, ConnectError};
pub use options::AmqpOptions;
pub use outbox::{AmqpNotifier, AmqpPublisher};
pub use receive::{AmqpDurableSubscriber, AmqpPull};
pub use send::{AmqpPush, AmqpReliablePublisher};
pub use subscription::AmqpSubscriber;
