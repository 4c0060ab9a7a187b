//! The ends of a hub that publish and push at most once.

use std::{fmt, marker::PhantomData, sync::Arc};

use tokio::task::coop::consume_budget;

use super::{
    log::{Log, Pace},
    pack::pack,
    store::{Room, Store},
};
use crate::{
    Codec,
    pattern::{AtMostOnce, Message, Notify, Publisher, Push, SendError},
};

/// Publishes to the subscribers of this process; made by [`Hub::publisher`](super::Hub::publisher).
///
/// `publish` waits a moment when even the quickest subscriber is 4 MiB behind and goes on reading, so that
/// one that nearly keeps up misses nothing: 50 ms at most for each 32 KiB. `notify` never waits.
pub struct HubPublisher<T, C> {
    log: Arc<Log>,
    types: PhantomData<fn() -> (T, C)>,
}

impl<T, C> HubPublisher<T, C> {
    pub(super) fn new(log: Arc<Log>) -> Self {
        let types = PhantomData;
        Self { log, types }
    }

    /// Counts the subscribers that there are now.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.log.readers()
    }
}

impl<T, C: Codec<T>> HubPublisher<T, C> {
    fn append(&self, message: &Message<T>) -> Result<Pace, SendError> {
        self.log.append(|into| pack::<T, C>(message, into))
    }
}

impl<T, C> Clone for HubPublisher<T, C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.log))
    }
}

impl<T, C> fmt::Debug for HubPublisher<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("HubPublisher");
        debug
            .field("subscribers", &self.subscribers())
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static, C: Codec<T>> Publisher<T, AtMostOnce> for HubPublisher<T, C> {
    async fn publish(&self, message: impl Into<Message<T>> + Send) -> Result<(), SendError> {
        // Those who send the messages out get their turn even while nothing here waits.
        consume_budget().await;
        if self.append(&message.into())? == Pace::Ahead {
            self.log.wait_for_quickest().await;
        }
        Ok(())
    }
}

impl<T: Send + 'static, C: Codec<T>> Notify<T> for HubPublisher<T, C> {
    fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError> {
        self.append(&message.into()).map(drop)
    }
}

/// Pushes to the workers of this process; made by [`Hub::push`](super::Hub::push).
pub struct HubPush<T, C> {
    store: Arc<Store>,
    types: PhantomData<fn() -> (T, C)>,
}

impl<T, C> HubPush<T, C> {
    pub(super) fn new(store: Arc<Store>) -> Self {
        let types = PhantomData;
        Self { store, types }
    }
}

impl<T, C> HubPush<T, C> {
    /// Waits until workers have taken all jobs; the last ones may still be on their way.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn emptied(&self) {
        self.store.emptied().await;
    }
}

impl<T, C> Clone for HubPush<T, C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.store))
    }
}

impl<T, C> fmt::Debug for HubPush<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HubPush").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static, C: Codec<T>> Push<T, AtMostOnce> for HubPush<T, C> {
    async fn push(&self, job: impl Into<Message<T>> + Send) -> Result<(), SendError> {
        let job = job.into();
        self.store.put(|into| pack::<T, C>(&job, into)).await
    }
}

impl<T: Send + 'static, C: Codec<T>> Notify<T> for HubPush<T, C> {
    fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError> {
        let message = message.into();
        match self.store.try_put(|into| pack::<T, C>(&message, into))? {
            Room::Taken => Ok(()),
            Room::Full => Err(SendError::Full),
        }
    }
}
