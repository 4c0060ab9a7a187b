//! The cluster of one node, 5000 to 5102.

use portway_ignite_protocol::{
    BinaryConfiguration, CacheId, ChangeClusterState, ChangeWalState, ClusterState, Feature,
    NodeDetails, NodeEndpoint, NodeEndpoints, NodeEndpointsRequest, NodeId, NodeIds,
    NodeIdsRequest, ProductVersion, Projection, RawValue, ServerError,
};

use super::Context;
use super::answer::{Body, body, failed};
use super::reply::Refusal;

impl Context<'_> {
    pub(super) fn cluster_state(&self) -> Result<Body, ServerError> {
        let state = match self.engine.cluster_state() {
            // Without the feature it is told whether the cluster is active, no more.
            ClusterState::ActiveReadOnly if !self.dialect.has(Feature::ClusterStates) => {
                ClusterState::Active
            }
            state => state,
        };
        Ok(body(&state, self.dialect))
    }

    pub(super) fn change_cluster_state(
        &mut self,
        request: ChangeClusterState,
    ) -> Result<Body, Refusal> {
        let ChangeClusterState { state, force } = request;
        let durable = self.host.durable;
        self.engine
            .change_cluster_state(state, force, durable, self.now)?;
        self.done()
    }

    pub(super) fn wal_state(&self, cache: &str) -> Result<Body, ServerError> {
        let id = CacheId::of(cache).0;
        if self.engine.cache_configuration(id).is_err() {
            return Err(failed(format!("Cache not found: {cache}")));
        }
        let enabled = self.host.durable && self.engine.wants_log(id);
        Ok(body(&enabled, self.dialect))
    }

    /// Answers whether that is news. The journal goes on all the same: what is promised without a log
    /// is less than what is kept.
    pub(super) fn change_wal_state(
        &mut self,
        request: &ChangeWalState,
    ) -> Result<Body, ServerError> {
        let ChangeWalState { cache, enabled } = request;
        let id = CacheId::of(cache).0;
        if self.engine.cache_configuration(id).is_err() {
            return Err(failed(format!("Cache doesn't exist: {cache}")));
        }
        if !self.host.durable {
            return Err(failed(format!(
                "Cannot change WAL mode because persistence is not enabled for cache(s) \
                 [caches=[{cache}], dataRegion=null]"
            )));
        }
        let changed = self.engine.want_log(id, *enabled);
        Ok(body(&changed, self.dialect))
    }

    pub(super) fn node_ids(&self, request: &NodeIdsRequest) -> Result<Body, ServerError> {
        let topology = self.engine.topology().major;
        if request.known_topology == topology {
            return Ok(body(&NodeIds::Unchanged, self.dialect));
        }
        // This node is a server and has no attributes.
        let matches = request
            .projection
            .iter()
            .all(|wanted| *wanted == Projection::ServerNodes(true));
        let nodes = matches
            .then_some(NodeId(self.host.node))
            .into_iter()
            .collect();
        Ok(body(&NodeIds::Changed { topology, nodes }, self.dialect))
    }

    pub(super) fn node_details(&self, nodes: &[NodeId]) -> Result<Body, ServerError> {
        let is_known = nodes.contains(&NodeId(self.host.node));
        let details: Vec<_> = is_known.then(|| self.own_details()).into_iter().collect();
        Ok(body(&details, self.dialect))
    }

    fn own_details(&self) -> NodeDetails {
        let names = |names: Vec<String>| RawValue::encode(&names, BinaryConfiguration::default());
        let node = self.host.node;
        NodeDetails {
            id: node,
            attributes: Vec::new(),
            addresses: names(self.addresses()),
            host_names: names(Vec::new()),
            order: self.engine.topology().major,
            local: true,
            daemon: false,
            client: false,
            consistent_id: RawValue::encode(&node.to_string(), BinaryConfiguration::default()),
            version: served_version(),
        }
    }

    pub(super) fn node_endpoints(
        &self,
        request: NodeEndpointsRequest,
    ) -> Result<Body, ServerError> {
        let topology = self.engine.topology().major;
        let mut added = Vec::new();
        if let Some(endpoint) = self.endpoint.filter(|_| request.from_topology != topology) {
            let node = NodeId(self.host.node);
            let (port, addresses) = (endpoint.port().into(), self.addresses());
            added.push(NodeEndpoint {
                node,
                port,
                addresses,
            });
        }
        Ok(body(
            &NodeEndpoints {
                topology,
                added,
                removed: Vec::new(),
            },
            self.dialect,
        ))
    }

    /// The address this client reached: others of this host may be out of its reach.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.endpoint
            .iter()
            .map(|endpoint| endpoint.ip().to_string())
            .collect()
    }
}

/// The version of Ignite whose protocol this grid serves.
fn served_version() -> ProductVersion {
    ProductVersion {
        major: 2,
        minor: 17,
        maintenance: 0,
        stage: Some("portway".to_owned()),
        revision_timestamp: 0,
        // The Java client insists on the length of a SHA-1.
        revision_hash: vec![0; 20],
    }
}
