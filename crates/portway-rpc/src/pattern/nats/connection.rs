//! The connection to NATS, shared by everything that is made of it.

use std::{sync::Arc, time::Duration};

use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::watch;

use super::{
    JetStream, NatsPublisher, NatsPull, NatsPush, NatsSubscriber, error::receive_refused,
    send::Outlet, subscription::Inlet,
};
use crate::Codec;
use crate::pattern::{Cause, Queue, ReceiveError, SendError, Topic};

/// How long [`Nats::connect`] waits for a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Messages that may wait for a slow subscriber, unless told otherwise.
const DEFAULT_BACKLOG: usize = 8192;

/// Messages of a subscription that the library keeps until our reader comes to it, which never
/// waits: NATS' own default. What does not fit here cannot be counted.
const LIBRARY_QUEUE: usize = 65_536;

/// Messages that may wait to be written to the server; then whoever publishes waits.
const DEFAULT_OUTBOX: usize = 2048;

/// The settings of a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NatsOptions {
    backlog: usize,
    outbox: usize,
    connect: ConnectOptions,
}

impl Default for NatsOptions {
    fn default() -> Self {
        let connect = ConnectOptions::new().connection_timeout(CONNECT_TIMEOUT);
        Self {
            backlog: DEFAULT_BACKLOG,
            outbox: DEFAULT_OUTBOX,
            connect,
        }
    }
}

impl NatsOptions {
    /// Up to so many messages wait for a slow subscriber at most once; what does not fit is dropped,
    /// counted and told. 8192 by default.
    #[must_use]
    pub fn backlog(self, messages: usize) -> Self {
        let backlog = messages.max(1);
        Self { backlog, ..self }
    }

    /// Up to so many messages wait to be written; then a publisher waits, and a notification is
    /// refused. 2048 by default.
    #[must_use]
    pub fn outbox(self, messages: usize) -> Self {
        let outbox = messages.max(1);
        Self { outbox, ..self }
    }

    /// Replaces the options of the library `async-nats`: credentials, TLS, delays of reconnecting.
    /// Its event callback and its capacities are set by this crate.
    #[must_use]
    pub fn connection(self, connect: ConnectOptions) -> Self {
        Self { connect, ..self }
    }
}

/// NATS could not be reached, or refused the connection.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot connect to NATS at {address}: {source}; does a server listen there, and are the credentials right?"
)]
pub struct ConnectError {
    address: String,
    source: Cause,
}

/// A connection to NATS; cloned for each that uses it.
///
/// It is made again whenever it is lost. What was published meanwhile waits in the outbox, or in
/// the publisher when that is full; what a subscriber at most once cannot have got is told to it.
#[derive(Clone, Debug)]
pub struct Nats {
    client: Client,
    losses: watch::Receiver<u64>,
    backlog: usize,
}

impl Nats {
    /// Connects with the default settings to `nats://[USER:PASSWORD@]HOST[:PORT]`, or `tls://`;
    /// several addresses have commas between them.
    ///
    /// # Errors
    ///
    /// Fails when no server answers within 5 s, or it refuses the credentials.
    pub async fn connect(address: &str) -> Result<Self, ConnectError> {
        Self::connect_with(address, NatsOptions::default()).await
    }

    /// Connects with these settings.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(address: &str, options: NatsOptions) -> Result<Self, ConnectError> {
        let (losses, watched) = watch::channel(0);
        let losses = Arc::new(losses);
        let connect = options
            .connect
            .subscription_capacity(LIBRARY_QUEUE)
            .client_capacity(options.outbox)
            .event_callback(move |event| {
                note_loss(&losses, &event);
                std::future::ready(())
            });
        let addresses: Vec<&str> = address.split(',').collect();
        let client = connect.connect(addresses).await;
        Ok(Self {
            client: client.map_err(|error| ConnectError {
                address: without_secret(address),
                source: error.into(),
            })?,
            losses: watched,
            backlog: options.backlog,
        })
    }

    /// Publishes to `topic`.
    #[must_use]
    pub fn publisher<T, C: Codec<T>>(&self, topic: &Topic<T, C>) -> NatsPublisher<T, C> {
        NatsPublisher::new(Outlet::new(self.client.clone(), topic.name()))
    }

    /// Subscribes to `topic`, whose name may have NATS' wildcards `*` and `>`.
    ///
    /// # Errors
    ///
    /// Fails when the server cannot be told, or the name is no subject.
    pub async fn subscriber<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
    ) -> Result<NatsSubscriber<T, C>, ReceiveError> {
        let subject = topic.name().to_owned();
        let subscription = self.client.subscribe(subject).await;
        let subscription = subscription.map_err(receive_refused)?;
        self.settle_subscription().await?;
        let inlet = Inlet::new(subscription, self.losses.clone(), self.backlog);
        Ok(NatsSubscriber::new(inlet))
    }

    /// Pushes to `queue`: each job goes to one of its workers, or to nobody when there is none.
    #[must_use]
    pub fn push<T, C: Codec<T>>(&self, queue: &Queue<T, C>) -> NatsPush<T, C> {
        NatsPush::new(Outlet::new(self.client.clone(), queue.name()))
    }

    /// Becomes a worker of `queue`: a member of the queue group of the same name.
    ///
    /// # Errors
    ///
    /// Fails when the server cannot be told, or the name is no subject.
    pub async fn pull<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
    ) -> Result<NatsPull<T, C>, ReceiveError> {
        let name = queue.name().to_owned();
        let subscription = self.client.queue_subscribe(name.clone(), name).await;
        let subscription = subscription.map_err(receive_refused)?;
        self.settle_subscription().await?;
        let inlet = Inlet::new(subscription, self.losses.clone(), self.backlog);
        Ok(NatsPull::new(inlet))
    }

    /// The connection of the library.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Counts what may have cost messages: lost connections, and queues of the library that ran over.
    pub(crate) fn losses(&self) -> watch::Receiver<u64> {
        self.losses.clone()
    }

    /// The streams of this server, for the patterns at least once.
    #[must_use]
    pub fn jetstream(&self) -> JetStream {
        JetStream::new(self.client.clone())
    }

    /// Waits until all that was published so far is written to the server.
    ///
    /// # Errors
    ///
    /// Fails when the connection is closed.
    pub async fn flush(&self) -> Result<(), SendError> {
        let flushed = self.client.flush().await;
        flushed.map_err(|error| SendError::Unavailable {
            source: error.into(),
        })
    }

    /// A subscription is made when the server has heard of it, not when it is on its way.
    async fn settle_subscription(&self) -> Result<(), ReceiveError> {
        let flushed = self.client.flush().await;
        flushed.map_err(|error| ReceiveError::Unavailable {
            source: error.into(),
        })
    }
}

/// Counts what may have cost messages that nobody can count: a lost connection, and a library's
/// queue that ran over before our reader came to it.
fn note_loss(losses: &watch::Sender<u64>, event: &Event) {
    match event {
        Event::Disconnected | Event::SlowConsumer(_) => losses.send_modify(|count| *count += 1),
        Event::ServerError(error) => tracing::warn!(%error, "NATS reports an error"),
        _ => {}
    }
}

/// The address as it may be shown: without what stands before `@`.
fn without_secret(address: &str) -> String {
    let shown = address.split(',').map(|one| match one.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before
                .split_once("://")
                .map_or("nats", |(scheme, _)| scheme);
            format!("{scheme}://{host}")
        }
        None => one.to_owned(),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = "nats://user:secret@host:4222,tls://other";
        assert_eq!(without_secret(address), "nats://host:4222,tls://other");
        assert_eq!(without_secret("token@host"), "nats://host");
    }
}
