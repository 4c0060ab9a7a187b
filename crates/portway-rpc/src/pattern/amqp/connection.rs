//! The connection to RabbitMQ, shared by everything that is made of it.

use std::{fmt, sync::Arc, time::Duration};

use lapin::{Channel, Connection, ConnectionProperties, uri::AMQPUri};
use tokio::sync::Mutex;

use super::{
    AmqpDurableSubscriber, AmqpNotifier, AmqpOptions, AmqpPublisher, AmqpPull, AmqpPush,
    AmqpReliablePublisher, AmqpSubscriber,
    error::{receive_failed, send_failed},
    outbox::Outbox,
    receive::Inlet,
    send::Outlet,
    topology::{Route, WorkQueue},
};
use crate::{
    Codec,
    pattern::{Cause, Queue, ReceiveError, SendError, Topic},
};

/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Seconds between heartbeats, unless the address names others: a broker that is cut off is noticed
/// after two of them.
const HEARTBEAT: u16 = 10;

/// RabbitMQ could not be reached, or refused the connection.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot connect to RabbitMQ at {address}: {source}; does a broker listen there, and are user, password and virtual host right?"
)]
pub struct ConnectError {
    address: String,
    source: Cause,
}

/// A connection to RabbitMQ; cloned for each that uses it.
///
/// It is made again when something needs it and it is lost. Each sender and receiver has a channel
/// of its own on it.
#[derive(Clone)]
pub struct Amqp(Arc<Shared>);

struct Shared {
    address: AMQPUri,
    connection: Mutex<Option<Connection>>,
}

impl fmt::Debug for Amqp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = shown(&self.0.address);
        formatter.debug_tuple("Amqp").field(&shown).finish()
    }
}

impl Amqp {
    /// Connects to `amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST]`, or, with the feature
    /// `amqp-tls`, `amqps://` for TLS.
    ///
    /// # Errors
    ///
    /// Fails when the address is none, no broker answers within 5 s, or it refuses the user.
    pub async fn connect(address: &str) -> Result<Self, ConnectError> {
        let mut uri: AMQPUri = address.parse().map_err(|reason: String| ConnectError {
            address: "the given address".to_owned(),
            source: reason.into(),
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let amqp = Self(Arc::new(Shared {
            address: uri,
            connection: Mutex::new(None),
        }));
        match amqp.channel().await {
            Ok(_) => Ok(amqp),
            Err(source) => Err(ConnectError {
                address: shown(&amqp.0.address),
                source: source.into(),
            }),
        }
    }

    /// Opens a channel, on a new connection if the old one is lost.
    pub(super) async fn channel(&self) -> Result<Channel, lapin::Error> {
        let mut slot = self.0.connection.lock().await;
        if let Some(connection) = slot.as_ref().filter(|found| found.status().connected()) {
            return connection.create_channel().await;
        }
        let connecting = Connection::connect_uri(self.0.address.clone(), properties());
        let connection = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let connection = connection.map_err(|_| timed_out())??;
        let channel = connection.create_channel().await?;
        *slot = Some(connection);
        Ok(channel)
    }

    /// Publishes to `topic`.
    #[must_use]
    pub fn publisher<T, C: Codec<T>>(&self, topic: &Topic<T, C>) -> AmqpPublisher<T, C> {
        AmqpPublisher::new(Outbox::new(self.clone(), Route::topic(topic.name())))
    }

    /// Subscribes to `topic` from now on, by a queue that is gone with the connection.
    ///
    /// # Errors
    ///
    /// Fails when the broker cannot be reached, or refuses.
    pub async fn subscriber<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
    ) -> Result<AmqpSubscriber<T, C>, ReceiveError> {
        let subscribed = AmqpSubscriber::open(self.clone(), topic.name().to_owned()).await;
        subscribed.map_err(|error| receive_failed(&error))
    }

    /// Publishes to `topic` for its durable subscriptions, and waits each time until the broker has
    /// stored the message for all that there are.
    ///
    /// # Errors
    ///
    /// Fails when the broker cannot be reached.
    pub async fn reliable_publisher<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        options: &AmqpOptions,
    ) -> Result<AmqpReliablePublisher<T, C>, SendError> {
        let outlet = Outlet::new(self.clone(), Route::topic(topic.name()), None, options);
        outlet.open().await.map_err(|error| send_failed(&error))?;
        Ok(AmqpReliablePublisher::new(outlet))
    }

    /// Subscribes to `topic` under a name, by the queue `TOPIC.NAME`. The subscription outlives this
    /// process; several subscribers of one name share its messages. It ends when the queue is
    /// deleted.
    ///
    /// # Errors
    ///
    /// Fails when the broker cannot be reached, or has a queue of that name with other arguments.
    pub async fn durable_subscriber<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        subscription: &str,
        options: &AmqpOptions,
    ) -> Result<AmqpDurableSubscriber<T, C>, ReceiveError> {
        let queue = WorkQueue::of_subscription(topic.name(), subscription, options);
        let inlet = Inlet::open(self.clone(), queue, options).await?;
        Ok(AmqpDurableSubscriber::new(inlet))
    }

    /// Pushes to `queue`, and waits each time until the broker has stored the job.
    ///
    /// # Errors
    ///
    /// Fails when the broker cannot be reached, or has a queue of that name with other arguments.
    pub async fn push<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        options: &AmqpOptions,
    ) -> Result<AmqpPush<T, C>, SendError> {
        let work = WorkQueue::of_jobs(queue.name(), options);
        let outlet = Outlet::new(
            self.clone(),
            Route::queue(queue.name()),
            Some(work),
            options,
        );
        outlet.open().await.map_err(|error| send_failed(&error))?;
        Ok(AmqpPush::new(outlet))
    }

    /// Becomes a worker of `queue`.
    ///
    /// # Errors
    ///
    /// Fails when the broker cannot be reached, or has a queue of that name with other arguments.
    pub async fn pull<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        options: &AmqpOptions,
    ) -> Result<AmqpPull<T, C>, ReceiveError> {
        let work = WorkQueue::of_jobs(queue.name(), options);
        let inlet = Inlet::open(self.clone(), work, options).await?;
        Ok(AmqpPull::new(inlet))
    }

    /// Pulls the dead letters of `queue` from the queue `QUEUE.dead`: jobs that were terminated,
    /// delivered too often, or not readable. One that is terminated here is gone.
    ///
    /// # Errors
    ///
    /// As [`pull`](Self::pull).
    pub async fn dead_letters<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        options: &AmqpOptions,
    ) -> Result<AmqpPull<T, C>, ReceiveError> {
        let dead = WorkQueue::of_dead_letters(queue.name());
        let inlet = Inlet::open(self.clone(), dead, options).await?;
        Ok(AmqpPull::new(inlet))
    }

    /// Sends to `queue` without waiting for anything. A queue that is not there drops what it gets,
    /// as one that is full does: [`push`](Self::push) declares it and hears of both.
    #[must_use]
    pub fn notifier<T, C: Codec<T>>(&self, queue: &Queue<T, C>) -> AmqpNotifier<T, C> {
        AmqpNotifier::new(Outbox::new(self.clone(), Route::queue(queue.name())))
    }
}

fn properties() -> ConnectionProperties {
    ConnectionProperties::default().with_connection_name("portway".into())
}

fn timed_out() -> lapin::Error {
    let kind = std::io::ErrorKind::TimedOut;
    std::io::Error::new(kind, format!("no answer within {CONNECT_TIMEOUT:?}")).into()
}

/// The address without user and password.
fn shown(address: &AMQPUri) -> String {
    let (scheme, authority) = (&address.scheme, &address.authority);
    let (host, port, vhost) = (&authority.host, authority.port, &address.vhost);
    format!("{scheme}://{host}:{port}, virtual host {vhost}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = "amqp://user:secret@host:5673/north".parse().unwrap();
        assert_eq!(shown(&address), "amqp://host:5673, virtual host north");
    }
}
