//! Subscribing at most once.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::BasicConsumeOptions,
    types::{FieldTable, ShortString},
};
use tokio::task::JoinHandle;

use super::{Amqp, properties::incoming, topology::subscribe};
use crate::{
    Codec,
    pattern::{
        AtMostOnce, ReceiveError, Received, Subscriber,
        backlog::{Backlog, Found},
    },
};

/// Messages that may wait for a slow subscriber; what does not fit is dropped, counted and told.
const BACKLOG: usize = 8192;

/// The pause before a subscription that was lost is made again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// A subscription of RabbitMQ; made by [`Amqp::subscriber`](super::Amqp::subscriber).
///
/// Its queue is gone with a lost connection. A new one is made then, and
/// [`Missed::Interrupted`](crate::pattern::Missed::Interrupted) is told.
pub struct AmqpSubscriber<T, C> {
    backlog: Arc<Backlog<Delivery>>,
    reader: JoinHandle<()>,
    types: PhantomData<fn() -> (T, C)>,
}

impl<T, C> AmqpSubscriber<T, C> {
    pub(super) async fn open(amqp: Amqp, topic: String) -> Result<Self, lapin::Error> {
        let opened = consume(&amqp, &topic).await?;
        let backlog = Backlog::new(BACKLOG);
        let reader = tokio::spawn(read(amqp, topic, opened, Arc::clone(&backlog)));
        Ok(Self {
            backlog,
            reader,
            types: PhantomData,
        })
    }
}

impl<T, C> fmt::Debug for AmqpSubscriber<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AmqpSubscriber")
            .finish_non_exhaustive()
    }
}

impl<T, C> Drop for AmqpSubscriber<T, C> {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl<T: Send + 'static, C: Codec<T>> Subscriber<T, AtMostOnce> for AmqpSubscriber<T, C> {
    async fn next(&mut self) -> Result<Received<T>, ReceiveError> {
        match self.backlog.next().await {
            Found::Message(mut delivery) => {
                let (incoming, _) = incoming(&mut delivery);
                incoming.decode::<T, C>().map(Received::Message)
            }
            Found::Missed(missed) => Ok(Received::Missed(missed)),
            Found::Closed => Err(ReceiveError::Closed),
        }
    }
}

/// Reads without ever waiting for the subscriber: neither the broker nor the library keeps what it
/// is too slow for.
async fn read(
    amqp: Amqp,
    topic: String,
    mut opened: (Channel, Consumer),
    backlog: Arc<Backlog<Delivery>>,
) {
    loop {
        while let Some(Ok(delivery)) = opened.1.next().await {
            backlog.offer(delivery);
        }
        opened = reopen(&amqp, &topic).await;
        backlog.interrupt();
    }
}

async fn reopen(amqp: &Amqp, topic: &str) -> (Channel, Consumer) {
    loop {
        tokio::time::sleep(REOPEN_PAUSE).await;
        match consume(amqp, topic).await {
            Ok(opened) => return opened,
            Err(error) => tracing::debug!(%error, topic, "waiting for RabbitMQ"),
        }
    }
}

/// A consumer lives as long as its channel.
async fn consume(amqp: &Amqp, topic: &str) -> Result<(Channel, Consumer), lapin::Error> {
    let channel = amqp.channel().await?;
    let queue = subscribe(&channel, topic).await?;
    let options = BasicConsumeOptions {
        no_ack: true,
        exclusive: true,
        ..BasicConsumeOptions::default()
    };
    let (named_by_broker, arguments) = (ShortString::default(), FieldTable::default());
    let consumer = channel
        .basic_consume(queue, named_by_broker, options, arguments)
        .await?;
    Ok((channel, consumer))
}
