//! Subscribing and pulling at least once.

use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::{
    Channel, Consumer,
    options::{BasicConsumeOptions, BasicQosOptions},
    types::{FieldTable, ShortString},
};

use super::{
    Amqp, AmqpOptions, error::receive_failed, properties::incoming, settle::Taken,
    topology::WorkQueue,
};
use crate::{
    Codec,
    pattern::{Delivery, ReceiveError, ends::receiver},
};

/// The pause before a consumer that failed is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// A consumer of a queue, opened again whenever it fails.
pub(super) struct Inlet {
    amqp: Amqp,
    queue: WorkQueue,
    options: AmqpOptions,
    opened: Option<Opened>,
}

/// A consumer lives as long as its channel.
struct Opened {
    consumer: Consumer,
    _channel: Channel,
}

impl Inlet {
    pub(super) async fn open(
        amqp: Amqp,
        queue: WorkQueue,
        options: &AmqpOptions,
    ) -> Result<Self, ReceiveError> {
        let mut inlet = Self {
            amqp,
            queue,
            options: options.clone(),
            opened: None,
        };
        let opened = inlet.consume().await;
        inlet.opened = Some(opened.map_err(|error| receive_failed(&error))?);
        Ok(inlet)
    }

    async fn consume(&self) -> Result<Opened, lapin::Error> {
        let channel = self.amqp.channel().await?;
        let each_consumer = BasicQosOptions::default();
        channel
            .basic_qos(self.options.prefetch, each_consumer)
            .await?;
        self.queue.declare(&channel).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let (queue, named_by_broker) = (self.queue.name.clone(), ShortString::default());
        let consumer = channel.basic_consume(queue, named_by_broker, options, arguments);
        Ok(Opened {
            consumer: consumer.await?,
            _channel: channel,
        })
    }

    async fn next<T: Send + 'static, C: Codec<T>>(&mut self) -> Result<Delivery<T>, ReceiveError> {
        let mut delivery = self.next_delivery().await?;
        let (incoming, attempt) = incoming(&mut delivery);
        let last = attempt >= self.options.delivery_limit;
        let taken = Taken::new(delivery.acker, last);
        match incoming.decode::<T, C>() {
            Ok(message) => Ok(Delivery::new(message, attempt, Box::new(taken))),
            Err(error) => {
                taken.bury().await;
                Err(error)
            }
        }
    }

    async fn next_delivery(&mut self) -> Result<lapin::message::Delivery, ReceiveError> {
        loop {
            let Some(opened) = &mut self.opened else {
                self.reopen().await?;
                continue;
            };
            match opened.consumer.next().await {
                Some(Ok(delivery)) => return Ok(delivery),
                Some(Err(error)) => {
                    tracing::debug!(%error, queue = %self.queue.name, "consuming again");
                    self.opened = None;
                }
                None => self.opened = None,
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), ReceiveError> {
        tokio::time::sleep(REOPEN_PAUSE).await;
        match self.consume().await {
            Ok(opened) => self.opened = Some(opened),
            Err(error) => match receive_failed(&error) {
                // A broker that restarts: nothing is lost by waiting for it.
                ReceiveError::Unavailable { source } => {
                    tracing::debug!(%source, queue = %self.queue.name, "waiting for RabbitMQ");
                }
                refused => return Err(refused),
            },
        }
        Ok(())
    }
}

receiver! {
    /// A durable subscription; made by
    /// [`Amqp::durable_subscriber`](super::Amqp::durable_subscriber).
    AmqpDurableSubscriber { inlet: Inlet } shows |inlet| inlet.queue.name.as_str(),
    Subscriber<AtLeastOnce>::next -> Delivery
}

receiver! {
    /// A worker of a queue of RabbitMQ; made by [`Amqp::pull`](super::Amqp::pull).
    AmqpPull { inlet: Inlet } shows |inlet| inlet.queue.name.as_str(),
    Pull<AtLeastOnce>::pull -> Delivery
}
