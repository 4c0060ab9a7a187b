//! Publishing and pushing at least once, with publisher confirms.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lapin::{
    BasicProperties, Channel, Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::sync::{Mutex, Semaphore};

use super::{
    Amqp, AmqpOptions,
    error::refusal,
    properties::properties,
    topology::{Route, WorkQueue},
};
use crate::pattern::{SendError, ends::sender, wire::Outgoing};

/// The pause before a message is sent again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Messages that one sender has on their way without the broker's word. More make nothing faster,
/// and all of them are sent again when the connection is lost.
const MAXIMUM_UNCONFIRMED: usize = 1024;

/// Where confirmed messages go; its clones share a channel.
#[derive(Clone)]
pub(super) struct Outlet(Arc<Shared>);

struct Shared {
    amqp: Amqp,
    route: Route,
    queue: Option<WorkQueue>,
    timeout: Duration,
    channel: Mutex<Option<Channel>>,
    places: Semaphore,
}

/// What the broker said of one attempt.
enum Answer {
    Stored,
    Full,
    NoRoute,
    Failed(lapin::Error),
}

impl Outlet {
    pub(super) fn new(
        amqp: Amqp,
        route: Route,
        queue: Option<WorkQueue>,
        options: &AmqpOptions,
    ) -> Self {
        Self(Arc::new(Shared {
            amqp,
            route,
            queue,
            timeout: options.send_timeout,
            channel: Mutex::new(None),
            places: Semaphore::new(MAXIMUM_UNCONFIRMED),
        }))
    }

    /// The channel, made again when it is lost, with the queue that it needs.
    pub(super) async fn open(&self) -> Result<Channel, lapin::Error> {
        let mut slot = self.0.channel.lock().await;
        if let Some(channel) = slot.as_ref().filter(|found| found.status().connected()) {
            return Ok(channel.clone());
        }
        let channel = self.0.amqp.channel().await?;
        if let Some(queue) = &self.0.queue {
            queue.declare(&channel).await?;
        }
        let confirms = ConfirmSelectOptions::default();
        channel.confirm_select(confirms).await?;
        *slot = Some(channel.clone());
        Ok(channel)
    }

    /// Sends until the broker says that it has stored the message.
    async fn send(&self, message: Outgoing) -> Result<(), SendError> {
        let (begin, properties) = (Instant::now(), properties(&message));
        let place = self.0.places.acquire().await;
        let _place = place.map_err(|_| SendError::Closed)?;
        loop {
            let left = self.0.timeout.saturating_sub(begin.elapsed());
            let attempt = self.attempt(&message.body, properties.clone());
            let answer = tokio::time::timeout(left, attempt).await;
            let waited = begin.elapsed();
            let over = waited + RETRY_PAUSE > self.0.timeout;
            match answer {
                Ok(Answer::Stored) => return Ok(()),
                Ok(answer) => self.explain(answer, waited, over)?,
                Err(_) => {
                    let source = None;
                    return Err(SendError::Unconfirmed { waited, source });
                }
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn attempt(&self, body: &[u8], properties: BasicProperties) -> Answer {
        match self.try_send(body, properties).await {
            Ok(Confirmation::Ack(None) | Confirmation::NotRequested) => Answer::Stored,
            Ok(Confirmation::Ack(Some(_))) => Answer::NoRoute,
            Ok(Confirmation::Nack(_)) => Answer::Full,
            Err(error) => Answer::Failed(error),
        }
    }

    async fn try_send(
        &self,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<Confirmation, lapin::Error> {
        let (channel, route) = (self.open().await?, &self.0.route);
        let options = BasicPublishOptions {
            mandatory: route.mandatory,
            ..BasicPublishOptions::default()
        };
        let (exchange, key) = (route.exchange.clone(), route.key.clone());
        let sent = channel.basic_publish(exchange, key, options, body, properties);
        sent.await?.await
    }

    /// An error where sending again does not help, or there is no time for it.
    fn explain(&self, answer: Answer, waited: Duration, over: bool) -> Result<(), SendError> {
        match answer {
            Answer::NoRoute => Err(SendError::NoRoute {
                name: self.0.route.key.to_string(),
            }),
            Answer::Failed(error) => match refusal(&error) {
                Some(reason) => Err(SendError::Refused { reason }),
                None if over => Err(SendError::Unconfirmed {
                    waited,
                    source: Some(error.into()),
                }),
                None => {
                    tracing::debug!(%error, key = %self.0.route.key, "sending again");
                    Ok(())
                }
            },
            Answer::Full if over => Err(SendError::Full),
            Answer::Full | Answer::Stored => Ok(()),
        }
    }
}

sender! {
    /// Publishes for durable subscriptions; made by
    /// [`Amqp::reliable_publisher`](super::Amqp::reliable_publisher).
    AmqpReliablePublisher { outlet: Outlet } shows |outlet| outlet.0.route.key.as_str(),
    Publisher<AtLeastOnce>::publish
}

sender! {
    /// Pushes to a queue of RabbitMQ; made by [`Amqp::push`](super::Amqp::push).
    AmqpPush { outlet: Outlet } shows |outlet| outlet.0.route.key.as_str(),
    Push<AtLeastOnce>::push
}
