//! Subscribing and pulling at most once.

use std::{fmt, marker::PhantomData, sync::Arc};

use futures_util::StreamExt as _;
use tokio::{sync::watch, task::JoinHandle};

use super::headers::incoming;
use crate::Codec;
use crate::pattern::{
    AtMostOnce, Pull, ReceiveError, Received, Subscriber,
    backlog::{Backlog, Found},
};

/// The reading end of a subscription: a task that never waits for the receiver, so that what the
/// receiver is too slow for is dropped here, where it is counted, not in the library or the server.
struct Inlet {
    backlog: Arc<Backlog<async_nats::Message>>,
    reader: JoinHandle<()>,
}

impl Inlet {
    fn new(
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

macro_rules! inlet {
    ($(#[$documentation:meta])* $name:ident, $role:ident, $method:ident) => {
        $(#[$documentation])*
        pub struct $name<T, C> {
            inlet: Inlet,
            types: PhantomData<fn() -> (T, C)>,
        }

        impl<T, C> $name<T, C> {
            pub(super) fn new(
                subscription: async_nats::Subscriber,
                losses: watch::Receiver<u64>,
                capacity: usize,
            ) -> Self {
                Self { inlet: Inlet::new(subscription, losses, capacity), types: PhantomData }
            }
        }

        impl<T, C> fmt::Debug for $name<T, C> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<T: Send + 'static, C: Codec<T>> $role<T, AtMostOnce> for $name<T, C> {
            async fn $method(&mut self) -> Result<Received<T>, ReceiveError> {
                self.inlet.next::<T, C>().await
            }
        }
    };
}

inlet! {
    /// A subscription of NATS; made by [`Nats::subscriber`](super::Nats::subscriber).
    NatsSubscriber, Subscriber, next
}

inlet! {
    /// A worker in a queue group of NATS; made by [`Nats::pull`](super::Nats::pull). A slow worker
    /// is dealt as many jobs as a fast one, and drops what does not fit in its backlog.
    NatsPull, Pull, pull
}
