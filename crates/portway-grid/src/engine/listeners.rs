//! Continuous queries: who listens to which cache, and what they are still to be told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use portway_ignite_protocol::{EventKind, RawValue, ResourceId};

use super::ConnectionId;

/// One change of one entry. Shared by all that listen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) key: Box<[u8]>,
    pub(crate) old: Option<Box<[u8]>>,
    pub(crate) new: Option<Box<[u8]>>,
}

/// What a client asked for when it began to listen. Its page size and time interval are about events
/// that one node collects for another: a node tells its own at once, and so does this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenerOptions {
    pub(crate) include_expired: bool,
}

/// News of a continuous query or a task on their way to who asked for them.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) connection: ConnectionId,
    pub(crate) resource: ResourceId,
    pub(crate) news: News,
}

/// What there is to tell.
#[derive(Debug)]
pub(crate) enum News {
    /// An entry changed.
    Event(Arc<Event>),
    /// A task ended, with its answer or with why it failed.
    TaskFinished(Result<RawValue, String>),
}

/// All continuous queries of the grid, and the notifications that are ready.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    by_cache: BTreeMap<i32, BTreeMap<(ConnectionId, ResourceId), ListenerOptions>>,
    ready: VecDeque<Notification>,
}

impl Listeners {
    pub(crate) fn add(
        &mut self,
        cache: i32,
        connection: ConnectionId,
        id: ResourceId,
        options: ListenerOptions,
    ) {
        self.by_cache
            .entry(cache)
            .or_default()
            .insert((connection, id), options);
    }

    pub(crate) fn remove(&mut self, connection: ConnectionId, id: ResourceId) -> bool {
        let mut removed = false;
        self.by_cache.retain(|_, listeners| {
            removed |= listeners.remove(&(connection, id)).is_some();
            !listeners.is_empty()
        });
        removed
    }

    pub(crate) fn remove_connection(&mut self, connection: ConnectionId) {
        self.by_cache.retain(|_, listeners| {
            listeners.retain(|(owner, _), _| *owner != connection);
            !listeners.is_empty()
        });
        self.ready
            .retain(|notification| notification.connection != connection);
    }

    pub(crate) fn remove_cache(&mut self, cache: i32) {
        self.by_cache.remove(&cache);
    }

    pub(crate) fn listens_to(&self, cache: i32) -> bool {
        self.by_cache.contains_key(&cache)
    }

    /// Hands `event` to everyone who listens to `cache`.
    pub(crate) fn publish(&mut self, cache: i32, event: Event) {
        let Some(listeners) = self.by_cache.get(&cache) else {
            return;
        };
        let event = Arc::new(event);
        for (&(connection, resource), options) in listeners {
            if event.kind == EventKind::Expired && !options.include_expired {
                continue;
            }
            self.ready.push_back(Notification {
                connection,
                resource,
                news: News::Event(Arc::clone(&event)),
            });
        }
    }

    /// Tells one connection news of what it has open.
    pub(crate) fn tell(&mut self, connection: ConnectionId, resource: ResourceId, news: News) {
        self.ready.push_back(Notification {
            connection,
            resource,
            news,
        });
    }

    pub(crate) fn poll(&mut self) -> Option<Notification> {
        self.ready.pop_front()
    }
}
