//! The patterns at least once, by `JetStream`.

mod dead_letters;
mod options;
mod receive;
mod send;
mod settle;
mod topology;

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{Context, context::ContextBuilder},
};

use crate::{
    Codec,
    pattern::{Queue, ReceiveError, SendError, Topic},
};

pub use options::JetStreamOptions;
pub use receive::{JetStreamPull, JetStreamSubscriber};
pub use send::{JetStreamPublisher, JetStreamPush};

use dead_letters::DeadLetters;
use receive::Inlet;
use send::Outlet;
use topology::Stream;

/// How long one attempt waits for the server's word. What has no answer by then was lost with its
/// connection, and is sent again under the same id.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The one consumer that all workers of a queue share.
const WORKERS: &str = "workers";

/// The streams of a NATS server; made by [`Nats::jetstream`](super::Nats::jetstream).
///
/// What a queue or topic needs is made when it is first used and not there: a stream of the same
/// name (with `_` for each dot) that keeps the subject on disk. A stream that has the subject
/// already, made by whomever, is used as it is.
#[derive(Clone, Debug)]
pub struct JetStream {
    context: Context,
}

impl JetStream {
    pub(super) fn new(client: Client) -> Self {
        let context = ContextBuilder::new()
            .timeout(ANSWER_TIMEOUT)
            .ack_timeout(ANSWER_TIMEOUT)
            .build(client);
        Self { context }
    }

    /// Pushes to `queue`: a stream from which a job is removed when a worker has acknowledged it.
    ///
    /// # Errors
    ///
    /// Fails when the stream cannot be made.
    pub async fn push<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        options: &JetStreamOptions,
    ) -> Result<JetStreamPush<T, C>, SendError> {
        let stream = Stream::of_work(queue.name());
        stream.declare_to_send(&self.context, options).await?;
        Ok(JetStreamPush::new(Outlet::new(
            &self.context,
            stream,
            options,
        )))
    }

    /// Becomes a worker of `queue`. All workers share one consumer, `workers`.
    ///
    /// # Errors
    ///
    /// Fails when the stream or the consumer cannot be made, or is there with other settings.
    pub async fn pull<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        options: &JetStreamOptions,
    ) -> Result<JetStreamPull<T, C>, ReceiveError> {
        let stream = Stream::of_work(queue.name());
        let inlet = self.reliable_inlet(stream, WORKERS, options).await?;
        Ok(JetStreamPull::new(inlet))
    }

    /// Pulls the dead letters of `queue`, from the stream `QUEUE_dead`: jobs that were terminated,
    /// delivered too often, or not readable. One that is terminated here is gone.
    ///
    /// # Errors
    ///
    /// As [`pull`](Self::pull).
    pub async fn dead_letters<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        options: &JetStreamOptions,
    ) -> Result<JetStreamPull<T, C>, ReceiveError> {
        let stream = Stream::of_dead_letters(queue.name());
        let inlet = Inlet::open(&self.context, stream, WORKERS, options, None).await?;
        Ok(JetStreamPull::new(inlet))
    }

    /// Publishes to `topic`: a stream that keeps a message until every subscription has
    /// acknowledged it. What is published before the first subscription is made goes to nobody.
    ///
    /// # Errors
    ///
    /// Fails when the stream cannot be made.
    pub async fn publisher<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        options: &JetStreamOptions,
    ) -> Result<JetStreamPublisher<T, C>, SendError> {
        let stream = Stream::of_topic(topic.name());
        stream.declare_to_send(&self.context, options).await?;
        Ok(JetStreamPublisher::new(Outlet::new(
            &self.context,
            stream,
            options,
        )))
    }

    /// Subscribes to `topic` under a name. The subscription outlives this process: what is published
    /// meanwhile waits for it, and takes room in the stream, until
    /// [`unsubscribe`](Self::unsubscribe). Several subscribers of one name share its messages.
    ///
    /// # Errors
    ///
    /// Fails when the stream or the consumer cannot be made, or is there with other settings.
    pub async fn subscriber<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        subscription: &str,
        options: &JetStreamOptions,
    ) -> Result<JetStreamSubscriber<T, C>, ReceiveError> {
        let stream = Stream::of_topic(topic.name());
        let inlet = self.reliable_inlet(stream, subscription, options).await?;
        Ok(JetStreamSubscriber::new(inlet))
    }

    /// Ends a subscription: nothing is kept for it any more. Tells whether there was one.
    ///
    /// # Errors
    ///
    /// Fails when the server does not answer.
    pub async fn unsubscribe<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        subscription: &str,
    ) -> Result<bool, ReceiveError> {
        Stream::of_topic(topic.name())
            .remove_consumer(&self.context, subscription)
            .await
    }

    async fn reliable_inlet(
        &self,
        stream: Stream,
        consumer: &str,
        options: &JetStreamOptions,
    ) -> Result<Inlet, ReceiveError> {
        let dead_letters = DeadLetters::declare(&self.context, &stream, options).await?;
        Inlet::open(&self.context, stream, consumer, options, Some(dead_letters)).await
    }
}
