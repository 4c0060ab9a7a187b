//! What connections have open, by the numbers that they were given for it.

use std::collections::BTreeMap;

use portway_ignite_protocol::ResourceId;

use super::ConnectionId;

/// Everything of one kind that is open.
#[derive(Debug)]
pub(super) struct Open<T>(BTreeMap<(ConnectionId, ResourceId), T>);

impl<T> Default for Open<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Open<T> {
    pub(super) fn insert(&mut self, connection: ConnectionId, id: ResourceId, opened: T) {
        self.0.insert((connection, id), opened);
    }

    pub(super) fn get(&self, connection: ConnectionId, id: ResourceId) -> Option<&T> {
        self.0.get(&(connection, id))
    }

    pub(super) fn get_mut(&mut self, connection: ConnectionId, id: ResourceId) -> Option<&mut T> {
        self.0.get_mut(&(connection, id))
    }

    pub(super) fn take(&mut self, connection: ConnectionId, id: ResourceId) -> Option<T> {
        self.0.remove(&(connection, id))
    }

    /// Answers whether it was open.
    pub(super) fn remove(&mut self, connection: ConnectionId, id: ResourceId) -> bool {
        self.take(connection, id).is_some()
    }

    pub(super) fn remove_connection(&mut self, connection: ConnectionId) {
        self.0.retain(|(owner, _), _| *owner != connection);
    }

    /// How many of a connection are open.
    pub(super) fn count(&self, connection: ConnectionId) -> usize {
        let owners = self.0.keys().filter(|(owner, _)| *owner == connection);
        owners.count()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.values_mut()
    }

    /// All that is open, with its names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnectionId, ResourceId, &T)> {
        self.0
            .iter()
            .map(|((owner, id), opened)| (*owner, *id, opened))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }
}
