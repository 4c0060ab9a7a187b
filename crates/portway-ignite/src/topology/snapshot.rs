//! What operations see of the topology: nobody changes it, the worker replaces it as a whole.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portway_ignite_protocol::BinaryConfiguration;
use uuid::Uuid;

use crate::connection::Connection;
use crate::error::Error;

use super::mapping::Mappings;
use super::route::{NodeKey, Route};
use super::services::ServiceNodes;

/// The connections of a client and what is known of the grid behind them.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// In the order of their ids, for searching.
    nodes: Box<[Node]>,
    /// For what any node may do: all connections, or those to the own data centre.
    anyone: Group,
    /// Why there is no connection.
    pub(crate) away: Option<Error>,
    pub(super) connections: Box<[Connection]>,
    pub(crate) mappings: Option<Arc<Mappings>>,
    pub(crate) services: HashMap<Arc<str>, ServiceNodes>,
}

#[derive(Debug)]
struct Node {
    id: Uuid,
    group: Group,
}

impl Node {
    /// The node of some connections, each with its id; there is at least one.
    fn new(told: &[(Uuid, &Connection)]) -> Self {
        let connections = told.iter().map(|(_, connection)| (*connection).clone());
        Self {
            id: told[0].0,
            group: Group::new(connections.collect()),
        }
    }
}

/// Connections that take turns.
#[derive(Debug, Default)]
struct Group {
    connections: Box<[Connection]>,
    turn: AtomicUsize,
}

impl Snapshot {
    /// Sorts connections by node. Where one of `preferred` is connected, only those nodes get what
    /// any node may do.
    pub(crate) fn new(connections: &[Connection], preferred: &[Uuid]) -> Self {
        let told = connections
            .iter()
            .filter_map(|connection| Some((connection.agreement().node?, connection)));
        let mut told: Vec<(Uuid, &Connection)> = told.collect();
        told.sort_by_key(|(id, _)| *id);
        let nodes = told.chunk_by(|one, other| one.0 == other.0);
        Self {
            nodes: nodes.map(Node::new).collect(),
            anyone: Group::new(preferred_of(connections, preferred)),
            connections: connections.into(),
            ..Self::default()
        }
    }

    /// The same connections with what is known of caches and services.
    pub(crate) fn knowing(
        self,
        mappings: Option<Arc<Mappings>>,
        services: HashMap<Arc<str>, ServiceNodes>,
    ) -> Self {
        Self {
            mappings,
            services,
            ..self
        }
    }

    /// A snapshot without connections.
    pub(crate) fn away(error: Error) -> Self {
        Self {
            away: Some(error),
            ..Self::default()
        }
    }

    /// A connection that can be used; `None` while there is none.
    pub(crate) fn pick(&self, route: Route<'_>) -> Option<Connection> {
        if let Route::Node(NodeKey(id)) = route
            && let Ok(place) = self.nodes.binary_search_by_key(&id, |node| node.id)
            && let Some(connection) = self.nodes[place].group.next()
        {
            return Some(connection);
        }
        self.anyone
            .next()
            .or_else(|| self.nodes.iter().find_map(|node| node.group.next()))
    }

    /// How the cluster wants binary objects, if that is known.
    pub(crate) fn binary(&self) -> Option<BinaryConfiguration> {
        self.connections.first()?.binary_at_once()
    }

    /// The number of nodes that there are connections to, as far as they tell their ids.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it matters which node is asked.
    pub(crate) fn has_choice(&self) -> bool {
        self.nodes.len() > 1
    }
}

impl Group {
    fn new(connections: Vec<Connection>) -> Self {
        Self {
            connections: connections.into(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The connection whose turn it is, of those that have not ended.
    fn next(&self) -> Option<Connection> {
        let count = self.connections.len();
        let start = match count {
            0 | 1 => 0,
            _ => self.turn.fetch_add(1, Ordering::Relaxed),
        };
        (0..count)
            .map(|step| &self.connections[start.wrapping_add(step) % count])
            .find(|connection| !connection.has_ended())
            .cloned()
    }
}

fn preferred_of(connections: &[Connection], preferred: &[Uuid]) -> Vec<Connection> {
    let is_preferred = |connection: &&Connection| {
        let node = connection.agreement().node;
        node.is_some_and(|node| preferred.contains(&node))
    };
    let near: Vec<Connection> = connections.iter().filter(is_preferred).cloned().collect();
    match near.is_empty() {
        true => connections.to_vec(),
        false => near,
    }
}
