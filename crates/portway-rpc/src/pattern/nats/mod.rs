//! The patterns over NATS: at most once by its core, at least once by `JetStream`.
//!
//! | pattern | guarantee | by |
//! |---|---|---|
//! | publish-subscribe | [`AtMostOnce`](super::AtMostOnce) | [`Nats::publisher`], [`Nats::subscriber`] |
//! | push-pull | [`AtMostOnce`](super::AtMostOnce) | [`Nats::push`], [`Nats::pull`]: a queue group, which deals jobs out blindly |
//! | fire and forget | | [`Nats::publisher`] and [`Nats::push`] |
//! | publish-subscribe | [`AtLeastOnce`](super::AtLeastOnce) | [`JetStream::publisher`], [`JetStream::subscriber`]: a durable consumer for each subscription |
//! | push-pull | [`AtLeastOnce`](super::AtLeastOnce) | [`JetStream::push`], [`JetStream::pull`]: a stream of work |
//!
//! Metadata are headers of the message, with `content-type` among them; nothing is put around the
//! body, so any client of NATS can be the other side.

mod connection;
mod error;
mod headers;
mod jetstream;
mod send;
mod subscription;

pub use connection::{ConnectError, Nats, NatsOptions};
pub use jetstream::{
    JetStream, JetStreamOptions, JetStreamPublisher, JetStreamPull, JetStreamPush,
    JetStreamSubscriber,
};
pub use send::{NatsPublisher, NatsPush};
pub use subscription::{NatsPull, NatsSubscriber};
