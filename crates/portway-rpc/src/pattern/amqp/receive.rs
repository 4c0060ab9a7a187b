//! Subscribing and pulling at least once.

use std::{fmt, marker::PhantomData, time::Duration};

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
    pattern::{AtLeastOnce, Delivery, Pull, ReceiveError, Subscriber},
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

macro_rules! inlet {
    ($(#[$documentation:meta])* $name:ident, $role:ident, $method:ident) => {
        $(#[$documentation])*
        pub struct $name<T, C> {
            inlet: Inlet,
            types: PhantomData<fn() -> (T, C)>,
        }

        impl<T, C> $name<T, C> {
            pub(super) fn new(inlet: Inlet) -> Self {
                Self { inlet, types: PhantomData }
            }
        }

        impl<T, C> fmt::Debug for $name<T, C> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let queue = self.inlet.queue.name.as_str();
                formatter.debug_tuple(stringify!($name)).field(&queue).finish()
            }
        }

        impl<T: Send + 'static, C: Codec<T>> $role<T, AtLeastOnce> for $name<T, C> {
            async fn $method(&mut self) -> Result<Delivery<T>, ReceiveError> {
                self.inlet.next::<T, C>().await
            }
        }
    };
}

inlet! {
    /// A durable subscription; made by
    /// [`Amqp::durable_subscriber`](super::Amqp::durable_subscriber).
    AmqpDurableSubscriber, Subscriber, next
}

inlet! {
    /// A worker of a queue of RabbitMQ; made by [`Amqp::pull`](super::Amqp::pull).
    AmqpPull, Pull, pull
}
