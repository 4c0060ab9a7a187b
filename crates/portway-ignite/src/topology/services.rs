//! Which nodes run a service, and when to ask again. Without I/O.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// The age at which an answer is asked for again: services move without the topology changing.
/// The period of Ignite's own Java client.
pub(crate) const FRESH_FOR: Duration = Duration::from_secs(60);
/// Calls of further services go to any node.
const SERVICES_LIMIT: usize = 1024;

/// The nodes that run a service, as far as known.
#[derive(Clone, Debug)]
pub(crate) struct ServiceNodes {
    pub(crate) nodes: Arc<[Uuid]>,
    /// When this was true.
    pub(crate) since: Instant,
    topology: i64,
}

/// The services that were called, and what is known of them.
#[derive(Debug, Default)]
pub(crate) struct Services {
    known: HashMap<Arc<str>, ServiceNodes>,
    asked: HashMap<Arc<str>, i64>,
}

impl Services {
    /// Notes that a service is called at this major version of the topology. Returns whether to
    /// ask where it runs.
    pub(crate) fn want(&mut self, name: &Arc<str>, topology: i64, now: Instant) -> bool {
        let is_fresh = |known: &ServiceNodes| {
            known.topology >= topology && now.saturating_duration_since(known.since) < FRESH_FOR
        };
        let is_known = self.known.get(name).is_some_and(is_fresh);
        let is_full = self.known.len() + self.asked.len() >= SERVICES_LIMIT;
        if is_known || is_full || self.asked.contains_key(name) {
            return false;
        }
        self.asked.insert(name.clone(), topology);
        true
    }

    /// Takes an answer; `None` if there is none.
    pub(crate) fn answered(&mut self, name: &Arc<str>, nodes: Option<Vec<Uuid>>, now: Instant) {
        let Some(topology) = self.asked.remove(name) else {
            return;
        };
        // After a failure the old answer counts as fresh again, so that it is not asked for at once.
        let nodes = match (nodes, self.known.get(name)) {
            (Some(nodes), _) => nodes.into(),
            (None, Some(known)) => known.nodes.clone(),
            (None, None) => Arc::default(),
        };
        let known = ServiceNodes {
            nodes,
            since: now,
            topology,
        };
        self.known.insert(name.clone(), known);
    }

    /// The services that were called, all of which may have moved with the topology.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.known.keys().cloned().collect()
    }

    pub(crate) fn known(&self) -> &HashMap<Arc<str>, ServiceNodes> {
        &self.known
    }

    /// Forgets everything: no node is left.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Uuid = Uuid::from_u128(1);

    #[test]
    fn a_service_is_asked_for_once_until_the_topology_changes_or_time_passes() {
        let now = Instant::now();
        let name: Arc<str> = "service".into();
        let mut services = Services::default();
        assert!(services.want(&name, 1, now));
        assert!(!services.want(&name, 1, now), "it is asked already");
        services.answered(&name, Some(vec![NODE]), now);
        assert_eq!(*services.known()[&name].nodes, [NODE]);
        assert!(!services.want(&name, 1, now));
        assert!(services.want(&name, 2, now), "nodes came or went");
        services.answered(&name, Some(Vec::new()), now);
        assert!(services.want(&name, 2, now + FRESH_FOR));
    }

    #[test]
    fn after_a_failure_the_nodes_that_were_known_stay_in_use() {
        let now = Instant::now();
        let name: Arc<str> = "service".into();
        let mut services = Services::default();
        services.want(&name, 1, now);
        services.answered(&name, Some(vec![NODE]), now);
        services.want(&name, 2, now);
        services.answered(&name, None, now);
        assert_eq!(*services.known()[&name].nodes, [NODE]);
        assert!(!services.want(&name, 2, now), "not asked again at once");
    }
}
