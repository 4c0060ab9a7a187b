//! When to ask for the nodes of the grid, and what the answer means. Without I/O.

use portway_ignite_protocol::{NodeEndpoint, NodeEndpoints};
use tokio::time::Instant;
use uuid::Uuid;

use crate::address::Address;

/// Whether the list of nodes is up to date.
#[derive(Debug)]
pub(crate) struct Discovery {
    /// The major version of the topology that the list is of.
    known: Option<i64>,
    asked: Option<i64>,
    not_before: Instant,
}

/// A question or its failure, either of which is followed by a pause.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

impl Discovery {
    /// Does not ask before `first`.
    pub(crate) fn new(first: Instant) -> Self {
        Self {
            known: None,
            asked: None,
            not_before: first,
        }
    }

    /// When there will be something to ask, if `newest` is the newest major version; `None` while
    /// there is nothing.
    pub(crate) fn due(&self, newest: Option<i64>) -> Option<Instant> {
        let is_new = newest.is_some_and(|newest| self.known.is_none_or(|known| known < newest));
        (is_new && self.asked.is_none()).then_some(self.not_before)
    }

    /// Whether to ask now.
    pub(crate) fn ask(&mut self, newest: Option<i64>, now: Instant) -> bool {
        let is_due = self.due(newest).is_some_and(|due| due <= now);
        if is_due {
            self.asked = newest;
        }
        is_due
    }

    /// Takes an answer: the nodes with their addresses.
    pub(crate) fn answered(&mut self, answer: NodeEndpoints) -> Vec<(Uuid, Vec<Address>)> {
        // The node may be ahead of what was seen, but a list is not older than the question.
        self.known = self.asked.take().max(Some(answer.topology));
        answer.added.into_iter().filter_map(addresses).collect()
    }

    /// Notes that there will be no answer.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.asked = None;
        self.not_before = now + PAUSE;
    }

    /// Forgets the version: no node is left.
    pub(crate) fn reset(&mut self) {
        self.known = None;
        self.asked = None;
    }
}

/// A node with its addresses; `None` where clients cannot connect.
fn addresses(endpoint: NodeEndpoint) -> Option<(Uuid, Vec<Address>)> {
    let port = u16::try_from(endpoint.port).ok().filter(|port| *port > 0)?;
    let hosts = endpoint
        .addresses
        .into_iter()
        .filter(|host| !host.is_empty());
    let addresses: Vec<_> = hosts.map(|host| Address::tcp(host, port)).collect();
    (!addresses.is_empty()).then_some((endpoint.node.0, addresses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portway_ignite_protocol::NodeId;

    fn endpoints(topology: i64, port: i32) -> NodeEndpoints {
        NodeEndpoints {
            topology,
            added: vec![NodeEndpoint {
                node: NodeId(Uuid::from_u128(1)),
                port,
                addresses: vec![String::new(), "10.0.0.1".into(), "grid-1".into()],
            }],
            removed: Vec::new(),
        }
    }

    #[test]
    fn it_is_asked_once_for_each_major_version() {
        let now = Instant::now();
        let mut discovery = Discovery::new(now);
        assert!(!discovery.ask(None, now), "no node told of a version");
        assert!(discovery.ask(Some(3), now));
        assert!(!discovery.ask(Some(4), now), "one question at a time");
        discovery.answered(endpoints(3, 10800));
        assert!(discovery.ask(Some(4), now));
        discovery.answered(endpoints(5, 10800));
        assert!(!discovery.ask(Some(5), now), "the answer was ahead");
    }

    #[test]
    fn a_failure_is_followed_by_a_pause() {
        let now = Instant::now();
        let mut discovery = Discovery::new(now);
        assert!(discovery.ask(Some(1), now));
        discovery.failed(now);
        assert!(!discovery.ask(Some(1), now));
        assert!(discovery.ask(Some(1), now + PAUSE));
    }

    #[test]
    fn a_node_that_clients_cannot_reach_is_left_out() {
        let mut discovery = Discovery::new(Instant::now());
        assert_eq!(discovery.answered(endpoints(1, 0)), []);
        let nodes = discovery.answered(endpoints(1, 10800));
        let addresses = vec![
            Address::tcp("10.0.0.1", 10800),
            Address::tcp("grid-1", 10800),
        ];
        assert_eq!(nodes, [(Uuid::from_u128(1), addresses)]);
    }
}
