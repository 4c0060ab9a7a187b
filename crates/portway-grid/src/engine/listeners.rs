//! Continuous queries: who listens to which cache, and what they are still to be told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use portway_ignite_protocol::{EventKind, RawValue, ResourceId};
use uuid::Uuid;

use super::{ConnectionId, Engine, EngineError};

/// One change of one entry. Shared by all that listen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) key: Box<[u8]>,
    pub(crate) old: Option<Box<[u8]>>,
    pub(crate) new: Option<Box<[u8]>>,
}

/// What a client asked for when it began to listen. Its page size and time interval are about events
/// that one node collects for another: a node tells its own at once, and so does this one. They are
/// only shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenerOptions {
    pub(crate) include_expired: bool,
    pub(crate) page_size: i32,
    /// Milliseconds.
    pub(crate) interval: i64,
}

/// What is shown of a continuous query.
#[derive(Debug)]
pub(crate) struct ListenerInView {
    /// By which others name it.
    pub(crate) routine: Uuid,
    pub(crate) cache: i32,
    pub(crate) options: ListenerOptions,
}

/// A connection's number and that of the query.
fn routine(connection: ConnectionId, id: ResourceId) -> Uuid {
    Uuid::from_u64_pair(connection.0, id.0.cast_unsigned())
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
    /// Queries that are open and told nothing any more.
    silenced: BTreeSet<(ConnectionId, ResourceId)>,
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
        let mut removed = self.silenced.remove(&(connection, id));
        self.by_cache.retain(|_, listeners| {
            removed |= listeners.remove(&(connection, id)).is_some();
            !listeners.is_empty()
        });
        removed
    }

    pub(crate) fn remove_connection(&mut self, connection: ConnectionId) {
        self.silenced.retain(|(owner, _)| *owner != connection);
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

    pub(crate) fn in_view(&self) -> impl Iterator<Item = ListenerInView> {
        self.by_cache.iter().flat_map(|(cache, listeners)| {
            let shown = move |(&(connection, id), &options)| ListenerInView {
                routine: routine(connection, id),
                cache: *cache,
                options,
            };
            listeners.iter().map(shown)
        })
    }

    /// Ends what others name so; its client is not told, and closes it as before.
    pub(crate) fn silence(&mut self, routine_of_one: Uuid) {
        let mut all = self.by_cache.values().flat_map(BTreeMap::keys).copied();
        let found = all.find(|(connection, id)| routine(*connection, *id) == routine_of_one);
        drop(all);
        if let Some((connection, id)) = found {
            self.remove(connection, id);
            self.silenced.insert((connection, id));
        }
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

impl Engine {
    /// Begins to tell a connection of the changes in a cache.
    pub(crate) fn listen(
        &mut self,
        cache: i32,
        connection: ConnectionId,
        options: ListenerOptions,
    ) -> Result<ResourceId, EngineError> {
        self.cache(cache)?;
        let id = self.reserve_resource(connection)?;
        self.listeners.add(cache, connection, id, options);
        Ok(id)
    }

    pub(crate) fn listeners_in_view(&self) -> impl Iterator<Item = ListenerInView> {
        self.listeners.in_view()
    }

    /// Ends a continuous query that others name so; one that is not there needs nothing.
    pub(crate) fn silence_listener(&mut self, routine: Uuid) {
        self.listeners.silence(routine);
    }
}
