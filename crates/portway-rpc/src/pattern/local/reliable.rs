//! Push-pull at least once in the process: a job outlives the worker that fails at it, not the
//! process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Notify as Changes, OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::shelf::{Job, Shelf, Turn};
use crate::pattern::{
    AtLeastOnce, Delivery, Message, Notify, Pull, Push, ReceiveError, SendError, SettleError,
    delivery::{Settle, Settling, Verdict},
};

/// Jobs of a queue of the process, unless told otherwise.
const DEFAULT_CAPACITY: usize = 1024;

/// How often a job is delivered, unless told otherwise.
const DEFAULT_DELIVERY_LIMIT: u32 = 5;

/// The settings of a [`reliable_queue`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LocalQueueOptions {
    capacity: usize,
    delivery_limit: u32,
}

impl Default for LocalQueueOptions {
    fn default() -> Self {
        Self {
            capacity: DEFAULT_CAPACITY,
            delivery_limit: DEFAULT_DELIVERY_LIMIT,
        }
    }
}

impl LocalQueueOptions {
    /// Up to so many jobs are in the queue at once: waiting, delayed, with workers, and dead letters
    /// that nobody has taken away. Then whoever pushes waits. 1024 by default.
    #[must_use]
    pub fn capacity(self, capacity: usize) -> Self {
        Self { capacity, ..self }
    }

    /// A job that was delivered so often without being acknowledged goes to the dead letters. 5 by
    /// default; at least 1.
    #[must_use]
    pub fn delivery_limit(self, deliveries: u32) -> Self {
        Self {
            delivery_limit: deliveries.max(1),
            ..self
        }
    }
}

/// Makes a queue whose jobs stay in it until a worker has acknowledged them.
///
/// Each delivery is a clone of the job. They are lost with the process: a broker keeps them.
#[must_use]
pub fn reliable_queue<T>(options: LocalQueueOptions) -> (ReliablePush<T>, ReliablePull<T>) {
    let store = Arc::new(Store {
        lanes: Mutex::new(Lanes {
            work: Shelf::new(),
            dead: Shelf::new(),
            pushers: 1,
        }),
        changes: Changes::new(),
        room: Arc::new(Semaphore::new(options.capacity)),
        delivery_limit: options.delivery_limit,
    });
    (ReliablePush(Arc::clone(&store)), ReliablePull(store))
}

#[derive(Debug)]
struct Store<T> {
    lanes: Mutex<Lanes<T>>,
    /// Something was put on a shelf, or the last job is done, or the last pusher went.
    changes: Changes,
    room: Arc<Semaphore>,
    delivery_limit: u32,
}

#[derive(Debug)]
struct Lanes<T> {
    work: Shelf<T>,
    dead: Shelf<T>,
    pushers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Work,
    Dead,
}

impl<T> Lanes<T> {
    fn take(&mut self, lane: Lane, now: Instant) -> Turn<T> {
        let fed = self.pushers > 0;
        match lane {
            Lane::Work => self.work.take(now, fed),
            // A dead letter can come as long as there is a job.
            Lane::Dead => self.dead.take(now, fed || self.work.has_jobs()),
        }
    }

    fn shelf(&mut self, lane: Lane) -> &mut Shelf<T> {
        match lane {
            Lane::Work => &mut self.work,
            Lane::Dead => &mut self.dead,
        }
    }
}

impl<T> Store<T> {
    fn lanes(&self) -> MutexGuard<'_, Lanes<T>> {
        // Nothing that can panic stands between two changes that belong together.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, message: Message<T>, place: OwnedSemaphorePermit) {
        let attempts = 0;
        self.lanes().work.put(Job {
            message,
            attempts,
            place,
        });
        self.changes.notify_waiters();
    }

    /// Waits for a job of this lane; nothing when no more can come.
    async fn take(&self, lane: Lane) -> Option<Job<T>> {
        loop {
            // Registered before the look, so that no change between the two is missed.
            let mut changed = std::pin::pin!(self.changes.notified());
            changed.as_mut().enable();
            let turn = self.lanes().take(lane, Instant::now());
            match turn {
                Turn::Job(job) => return Some(job),
                Turn::Over => return None,
                Turn::Wait(None) => changed.await,
                Turn::Wait(Some(due)) => {
                    let _ = tokio::time::timeout_at(due.into(), changed).await;
                }
            }
        }
    }

    fn settle(&self, job: Job<T>, lane: Lane, verdict: Verdict) {
        let mut lanes = self.lanes();
        let spent = lane == Lane::Work && job.attempts >= self.delivery_limit;
        match verdict {
            Verdict::Nack(delay) if !spent => {
                lanes.shelf(lane).give_back(job, Instant::now() + delay);
            }
            Verdict::Nack(_) | Verdict::Term if lane == Lane::Work => {
                lanes.work.remove_taken();
                lanes.dead.put(job);
            }
            _ => lanes.shelf(lane).remove_taken(),
        }
        drop(lanes);
        self.changes.notify_waiters();
    }
}

/// The end of a [`reliable_queue`] that takes jobs on; cloned for each that pushes.
#[derive(Debug)]
pub struct ReliablePush<T>(Arc<Store<T>>);

impl<T> Clone for ReliablePush<T> {
    fn clone(&self) -> Self {
        self.0.lanes().pushers += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for ReliablePush<T> {
    fn drop(&mut self) {
        self.0.lanes().pushers -= 1;
        self.0.changes.notify_waiters();
    }
}

impl<T: Send + Sync + 'static> Push<T, AtLeastOnce> for ReliablePush<T> {
    async fn push(&self, job: impl Into<Message<T>> + Send) -> Result<(), SendError> {
        let place = Arc::clone(&self.0.room).acquire_owned().await;
        let place = place.map_err(|_| SendError::Closed)?;
        self.0.put(job.into(), place);
        Ok(())
    }
}

impl<T: Send + Sync + 'static> Notify<T> for ReliablePush<T> {
    fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError> {
        let place = Arc::clone(&self.0.room).try_acquire_owned();
        let place = place.map_err(|error| match error {
            TryAcquireError::NoPermits => SendError::Full,
            TryAcquireError::Closed => SendError::Closed,
        })?;
        self.0.put(message.into(), place);
        Ok(())
    }
}

/// The end of a [`reliable_queue`] that hands jobs out; cloned for each worker.
#[derive(Debug)]
pub struct ReliablePull<T>(Arc<Store<T>>);

impl<T> Clone for ReliablePull<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> ReliablePull<T> {
    /// Hands out the jobs that were terminated, or delivered too often; each takes a place of the
    /// queue until it is acknowledged here.
    #[must_use]
    pub fn dead_letters(&self) -> LocalDeadLetters<T> {
        LocalDeadLetters(Arc::clone(&self.0))
    }
}

impl<T: Clone + Send + Sync + 'static> Pull<T, AtLeastOnce> for ReliablePull<T> {
    async fn pull(&mut self) -> Result<Delivery<T>, ReceiveError> {
        deliver(&self.0, Lane::Work).await
    }
}

/// The dead letters of a [`reliable_queue`]. One that is terminated here is gone.
#[derive(Debug)]
pub struct LocalDeadLetters<T>(Arc<Store<T>>);

impl<T: Clone + Send + Sync + 'static> Pull<T, AtLeastOnce> for LocalDeadLetters<T> {
    async fn pull(&mut self) -> Result<Delivery<T>, ReceiveError> {
        deliver(&self.0, Lane::Dead).await
    }
}

async fn deliver<T: Clone + Send + Sync + 'static>(
    store: &Arc<Store<T>>,
    lane: Lane,
) -> Result<Delivery<T>, ReceiveError> {
    let job = store.take(lane).await.ok_or(ReceiveError::Closed)?;
    let (message, attempts) = (job.message.clone(), job.attempts);
    let store = Arc::clone(store);
    let taken = Box::new(Taken { job, lane, store });
    Ok(Delivery::new(message, attempts, taken))
}

/// A job that is with a worker.
struct Taken<T> {
    job: Job<T>,
    lane: Lane,
    store: Arc<Store<T>>,
}

impl<T: Send + Sync + 'static> Settle for Taken<T> {
    fn settle(self: Box<Self>, verdict: Verdict) -> Settling {
        self.store.settle(self.job, self.lane, verdict);
        Box::pin(std::future::ready(Ok::<_, SettleError>(())))
    }

    fn abandon(self: Box<Self>) {
        let verdict = Verdict::Nack(Duration::ZERO);
        self.store.settle(self.job, self.lane, verdict);
    }
}
