//! The topics and queues that a process serves.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::{
    HubPublisher, HubPush,
    log::Log,
    method::{Pull, SERVICE, Subscribe, Wish, Work},
    serve::{ReliableQueue, ServeWorker},
    store::Store,
};
use crate::{
    Codec, FramedOnly, Raw, Service, Status, Visit,
    pattern::{
        Queue, Topic,
        local::{LocalQueueOptions, ReliablePull, ReliablePush, reliable_queue},
    },
};

/// The content type of bytes that may be anything.
const ANY: &str = <Raw as Codec<Bytes>>::CONTENT_TYPE;

/// The topics and queues that a process serves; cloned for each that adds to them.
///
/// Each name has one type, codec and guarantee, those with which it was first asked for.
#[derive(Clone, Default)]
pub struct Hub(Arc<Shared>);

#[derive(Default)]
struct Shared {
    topics: Mutex<HashMap<String, Served<Arc<Log>>>>,
    queues: Mutex<HashMap<String, Served<Arc<Store>>>>,
    reliable: Mutex<HashMap<String, Served<Arc<dyn ServeWorker>>>>,
}

/// Something under a name, with the content type of its codec.
#[derive(Clone)]
struct Served<S> {
    content_type: &'static str,
    serving: S,
}

impl fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Hub");
        debug.field("topics", &lock(&self.0.topics).keys());
        debug.field("queues", &lock(&self.0.queues).keys());
        debug.field("reliable", &lock(&self.0.reliable).keys());
        debug.finish()
    }
}

impl Hub {
    /// Makes a hub without topics and queues.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Publishes to `topic`. What a subscriber is too slow for, beyond 8 MiB that the topic keeps, is
    /// counted and told to it. Whoever publishes faster than every subscriber reads is held back,
    /// 50 ms at most for each 32 KiB; those who read nothing hold nobody back.
    #[must_use]
    pub fn publisher<T, C: Codec<T>>(&self, topic: &Topic<T, C>) -> HubPublisher<T, C> {
        let mut topics = lock(&self.0.topics);
        let served = topics.entry(topic.name().to_owned());
        let served = served.or_insert_with(|| Served {
            content_type: C::CONTENT_TYPE,
            serving: Arc::new(Log::new()),
        });
        HubPublisher::new(Arc::clone(&served.serving))
    }

    /// Pushes to `queue`, at most once: up to 1 MiB of jobs wait for workers, then whoever pushes
    /// waits. Jobs are dealt out in packs of what has gathered, some hundred small ones when workers
    /// are busy: for long work take [`reliable_push`](Self::reliable_push).
    #[must_use]
    pub fn push<T, C: Codec<T>>(&self, queue: &Queue<T, C>) -> HubPush<T, C> {
        let mut queues = lock(&self.0.queues);
        let served = queues.entry(queue.name().to_owned());
        let served = served.or_insert_with(|| Served {
            content_type: C::CONTENT_TYPE,
            serving: Arc::new(Store::new()),
        });
        HubPush::new(Arc::clone(&served.serving))
    }

    /// Serves `queue` at least once, and returns both of its ends in this process: jobs stay in it
    /// until a worker has acknowledged them, as in [`reliable_queue`]. One that has the name already
    /// is replaced: its workers get nothing more once its ends are dropped.
    pub fn reliable_push<T, C>(
        &self,
        queue: &Queue<T, C>,
        options: LocalQueueOptions,
    ) -> (ReliablePush<T>, ReliablePull<T>)
    where
        T: Clone + Send + Sync + 'static,
        C: Codec<T>,
    {
        let (push, pull) = reliable_queue(options);
        let workers = ReliableQueue::<T, C>::new(pull.clone());
        let served = Served::<Arc<dyn ServeWorker>> {
            content_type: C::CONTENT_TYPE,
            serving: Arc::new(workers),
        };
        lock(&self.0.reliable).insert(queue.name().to_owned(), served);
        (push, pull)
    }

    /// Takes nothing more to publish and push at most once, and ends the calls of subscribers and
    /// workers when they have all that there is.
    pub fn close(&self) {
        for topic in lock(&self.0.topics).values() {
            topic.serving.close();
        }
        for queue in lock(&self.0.queues).values() {
            queue.serving.close();
        }
    }

    pub(super) fn topic(&self, wish: &Wish) -> Result<Arc<Log>, Status> {
        find(&lock(&self.0.topics), wish, "topic")
    }

    pub(super) fn queue(&self, wish: &Wish) -> Result<Arc<Store>, Status> {
        find(&lock(&self.0.queues), wish, "queue at most once")
    }

    pub(super) fn reliable(&self, wish: &Wish) -> Result<Arc<dyn ServeWorker>, Status> {
        find(&lock(&self.0.reliable), wish, "queue at least once")
    }
}

impl Service for Hub {
    type Reach = FramedOnly;
    const NAME: &'static str = SERVICE;

    fn visit<V: Visit<Self>>(visitor: &mut V) {
        visitor.streaming::<Subscribe>();
        visitor.streaming::<Pull>();
        visitor.streaming::<Work>();
    }
}

fn lock<V>(map: &Mutex<V>) -> MutexGuard<'_, V> {
    // Maps stay whole when one that holds them panics.
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find<S: Clone>(
    served: &HashMap<String, Served<S>>,
    wish: &Wish,
    what: &str,
) -> Result<S, Status> {
    let name = &wish.name;
    let Some(found) = served.get(name) else {
        return Err(Status::not_found(format!("there is no {what} {name:?}")));
    };
    // Whoever takes bytes as they are takes any.
    if [found.content_type, ANY].contains(&wish.content_type.as_str()) {
        return Ok(found.serving.clone());
    }
    let (ours, theirs) = (found.content_type, &wish.content_type);
    Err(Status::failed_precondition(format!(
        "the {what} {name:?} has messages of {ours}, not {theirs}"
    )))
}
