//! Which connections lead to one cluster, as far as that can be known.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::connection::{Connection, ToldTypes, WeakConnection};

/// The cluster behind the connections of a client.
///
/// Its nodes share what one of them is told of binary types, so that each type is told once and
/// not on each connection. The protocol does not name clusters: a new connection leads to the
/// cluster of those that are open, or to the one that had its node. Otherwise a cluster may have
/// been started afresh, which knows nothing.
#[derive(Default)]
pub(crate) struct Clusters(Mutex<Option<Cluster>>);

struct Cluster {
    told: Arc<ToldTypes>,
    nodes: Vec<Uuid>,
    connections: Vec<WeakConnection>,
}

impl Clusters {
    /// What the cluster behind this connection was told.
    pub(super) fn told<'c>(&self, connection: &'c Connection) -> &'c Arc<ToldTypes> {
        connection.told_types(|| self.join(connection))
    }

    fn join(&self, connection: &Connection) -> Arc<ToldTypes> {
        let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = present
            .take()
            .filter(|cluster| cluster.has(connection))
            .unwrap_or_else(Cluster::new);
        let cluster = present.insert(cluster);
        cluster.add(connection);
        cluster.told.clone()
    }
}

impl Cluster {
    fn new() -> Self {
        Self {
            told: Arc::new(ToldTypes::new()),
            nodes: Vec::new(),
            connections: Vec::new(),
        }
    }

    fn has(&self, connection: &Connection) -> bool {
        let node = connection.agreement().node;
        node.is_some_and(|node| self.nodes.contains(&node))
            || self.connections.iter().any(WeakConnection::is_open)
    }

    fn add(&mut self, connection: &Connection) {
        self.connections.retain(WeakConnection::is_open);
        self.connections.push(connection.downgrade());
        let node = connection.agreement().node;
        self.nodes
            .extend(node.filter(|node| !self.nodes.contains(node)));
    }
}

impl fmt::Debug for Clusters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clusters").finish_non_exhaustive()
    }
}
