//! Subscribing and pulling at most once.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::{sync::watch, task::JoinHandle};

use super::headers::incoming;
use crate::Codec;
use crate::pattern::{
    ReceiveError, Received,
    backlog::{Backlog, Found},
    ends::receiver,
};

/// The reading end of a subscription: a task that never waits for the receiver, so that what the
/// receiver is too slow for is dropped here, where it is counted, not in the library or the server.
pub(super) struct Inlet {
    backlog: Arc<Backlog<async_nats::Message>>,
    reader: JoinHandle<()>,
}

impl Inlet {
    pub(super) fn new(
        subscription: async_nats::Subscriber,
        losses: watch::Receiver<u64>,
        capacity: usize,
    ) -> Self {
        let backlog = Backlog::new(capacity);
        let reader = tokio::spawn(read(subscription, losses, Arc::clone(&backlog)));
        Self { backlog, reader }
    }

    async fn next<T, C: Codec<T>>(&self) -> Result<Received<T>, ReceiveError> {
        match self.backlog.next().await {
            Found::Message(message) => incoming(message).decode::<T, C>().map(Received::Message),
            Found::Missed(missed) => Ok(Received::Missed(missed)),
            Found::Closed => Err(ReceiveError::Closed),
        }
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(
    mut subscription: async_nats::Subscriber,
    mut losses: watch::Receiver<u64>,
    backlog: Arc<Backlog<async_nats::Message>>,
) {
    loop {
        tokio::select! {
            // What came before the loss is read before it is told.
            biased;
            message = subscription.next() => match message {
                Some(message) => backlog.offer(message),
                None => break,
            },
            Ok(()) = losses.changed() => backlog.interrupt(),
        }
    }
    backlog.close();
}

receiver! {
    /// A subscription of NATS; made by [`Nats::subscriber`](super::Nats::subscriber).
    NatsSubscriber { inlet: Inlet }, Subscriber<AtMostOnce>::next -> Received
}

receiver! {
    /// A worker in a queue group of NATS; made by [`Nats::pull`](super::Nats::pull). A slow worker
    /// is dealt as many jobs as a fast one, and drops what does not fit in its backlog.
    NatsPull { inlet: Inlet }, Pull<AtMostOnce>::pull -> Received
}
