//! The counters of nodes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::metrics::NodeMetrics;
use crate::address::Address;

/// Nodes of a grid that is renewed again and again are forgotten beyond this number, the oldest
/// without a connection first.
const KNOWN_NODES_LIMIT: usize = 1024;

/// What is counted for one node.
#[derive(Debug, Default)]
pub(super) struct NodeCounters {
    node: Mutex<Option<Uuid>>,
    connected: AtomicU64,
    disconnected: AtomicU64,
    lost: AtomicU64,
    reconnected: AtomicU64,
    connect_failures: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) settled: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) bytes_sent: AtomicU64,
    pub(super) bytes_received: AtomicU64,
}

impl NodeCounters {
    pub(super) fn connected(&self, node: Option<Uuid>) {
        *self.node.lock().unwrap_or_else(PoisonError::into_inner) = node;
        self.connected.fetch_add(1, Ordering::Relaxed);
        if self.lost.load(Ordering::Relaxed) > self.reconnected.load(Ordering::Relaxed) {
            self.reconnected.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn connect_failed(&self) {
        self.connect_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes the loss of a connection that this client did not end.
    pub(super) fn lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn disconnected(&self) {
        self.disconnected.fetch_add(1, Ordering::Relaxed);
    }

    fn has_connections(&self) -> bool {
        self.connected.load(Ordering::Relaxed) > self.disconnected.load(Ordering::Relaxed)
    }

    fn snapshot(&self, address: Address) -> NodeMetrics {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // What lowers a difference is read first, so that none falls below nothing.
        let (disconnected, settled) = (of(&self.disconnected), of(&self.settled));
        let (connected, requests) = (of(&self.connected), of(&self.requests));
        NodeMetrics {
            address,
            node: *self.node.lock().unwrap_or_else(PoisonError::into_inner),
            connections: connected.saturating_sub(disconnected),
            connected,
            reconnected: of(&self.reconnected),
            connect_failures: of(&self.connect_failures),
            requests,
            errors: of(&self.errors),
            in_flight: requests.saturating_sub(settled),
            bytes_sent: of(&self.bytes_sent),
            bytes_received: of(&self.bytes_received),
        }
    }
}

/// The counters of all nodes. The lock is taken for a new connection and a snapshot only.
#[derive(Debug, Default)]
pub(super) struct Nodes(Mutex<Vec<(Address, Arc<NodeCounters>)>>);

impl Nodes {
    pub(super) fn of(&self, address: &Address) -> Arc<NodeCounters> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counters)) = known.iter().find(|(known, _)| known == address) {
            return counters.clone();
        }
        if known.len() >= KNOWN_NODES_LIMIT {
            let idle = known.iter().position(|(_, it)| !it.has_connections());
            known.remove(idle.unwrap_or(0));
        }
        let counters = Arc::new(NodeCounters::default());
        known.push((address.clone(), counters.clone()));
        counters
    }

    pub(super) fn snapshot(&self) -> Vec<NodeMetrics> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known
            .iter()
            .map(|(address, counters)| counters.snapshot(address.clone()))
            .collect();
        all.sort_by_cached_key(|node| node.address.to_string());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_comes_back_keeps_its_counters() {
        let nodes = Nodes::default();
        let address = Address::tcp("grid", 1);
        nodes.of(&address).connected(None);
        nodes.of(&address).lost();
        nodes.of(&address).disconnected();
        nodes.of(&address).connected(None);
        let [node] = &nodes.snapshot()[..] else {
            panic!("one node is known");
        };
        assert_eq!(
            (node.connections, node.connected, node.reconnected),
            (1, 2, 1)
        );
    }

    #[test]
    fn old_nodes_without_a_connection_are_forgotten_first() {
        let nodes = Nodes::default();
        let kept = Address::tcp("kept", 1);
        nodes.of(&kept).connected(None);
        for port in 0..=KNOWN_NODES_LIMIT {
            nodes.of(&Address::tcp("gone", u16::try_from(port).expect("a port")));
        }
        let all = nodes.snapshot();
        assert_eq!(all.len(), KNOWN_NODES_LIMIT);
        assert!(all.iter().any(|node| node.address == kept));
    }
}
