//! Continuous queries: who listens to which cache, and what they are still to be told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use portway_ignite_protocol::{EventKind, ResourceId};

use super::ConnectionId;

/// A page is sent before it is full once its events hold this many bytes: many large values must
/// not pile up in a listener that asked for long pages.
const PAGE_BYTES: usize = 64 * 1024;

/// One change of one entry. Shared by all that listen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) key: Box<[u8]>,
    pub(crate) old: Option<Box<[u8]>>,
    pub(crate) new: Option<Box<[u8]>>,
}

impl Event {
    fn bytes(&self) -> usize {
        let length = |value: &Option<Box<[u8]>>| value.as_ref().map_or(0, |value| value.len());
        size_of::<Self>() + self.key.len() + length(&self.old) + length(&self.new)
    }
}

/// What a client asked for when it began to listen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenerOptions {
    /// Events in one notification.
    pub(crate) page_size: usize,
    /// Longest wait for a page to fill, in milliseconds; zero waits for ever, as Ignite does.
    pub(crate) interval: i64,
    pub(crate) include_expired: bool,
}

/// Events on their way to one listener.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) connection: ConnectionId,
    pub(crate) listener: ResourceId,
    pub(crate) events: Vec<Arc<Event>>,
}

#[derive(Debug)]
struct Listener {
    options: ListenerOptions,
    pending: Vec<Arc<Event>>,
    pending_bytes: usize,
    deadline: Option<i64>,
}

/// All continuous queries of the grid, and the notifications that are ready.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    by_cache: BTreeMap<i32, BTreeMap<(ConnectionId, ResourceId), Listener>>,
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
        let listener = Listener {
            options,
            pending: Vec::new(),
            pending_bytes: 0,
            deadline: None,
        };
        self.by_cache
            .entry(cache)
            .or_default()
            .insert((connection, id), listener);
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
    pub(crate) fn publish(&mut self, cache: i32, event: Event, now: i64) {
        let Some(listeners) = self.by_cache.get_mut(&cache) else {
            return;
        };
        let event = Arc::new(event);
        for (&(connection, id), listener) in listeners {
            if event.kind == EventKind::Expired && !listener.options.include_expired {
                continue;
            }
            listener.push(Arc::clone(&event), now);
            if listener.is_full() {
                self.ready.push_back(listener.flush(connection, id));
            }
        }
    }

    /// Makes pages ready whose waiting time is over.
    pub(crate) fn flush_due(&mut self, now: i64) {
        for (&(connection, id), listener) in self.by_cache.values_mut().flatten() {
            if listener.deadline.is_some_and(|deadline| deadline <= now) {
                self.ready.push_back(listener.flush(connection, id));
            }
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<i64> {
        self.by_cache
            .values()
            .flatten()
            .filter_map(|(_, listener)| listener.deadline)
            .min()
    }

    pub(crate) fn poll(&mut self) -> Option<Notification> {
        self.ready.pop_front()
    }
}

impl Listener {
    fn push(&mut self, event: Arc<Event>, now: i64) {
        if self.pending.is_empty() && self.options.interval > 0 {
            self.deadline = Some(now.saturating_add(self.options.interval));
        }
        self.pending_bytes += event.bytes();
        self.pending.push(event);
    }

    fn is_full(&self) -> bool {
        self.pending.len() >= self.options.page_size || self.pending_bytes >= PAGE_BYTES
    }

    fn flush(&mut self, connection: ConnectionId, listener: ResourceId) -> Notification {
        self.deadline = None;
        self.pending_bytes = 0;
        Notification {
            connection,
            listener,
            events: std::mem::take(&mut self.pending),
        }
    }
}
