//! The state of the cluster and its nodes.

use portway_ignite_protocol::{
    ChangeClusterState, ClusterState, Feature, NodeEndpoints, NodeEndpointsRequest, Request,
};

use super::{Client, Need, NeedOf, Operation};
use crate::error::Error;

const ENDPOINTS: Need = Need {
    of: NeedOf::Feature(Feature::NodeEndpoints),
    what: "node endpoints",
};

impl Client {
    /// Whether the cluster serves requests. Operation 5000.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn cluster_state(&self) -> Result<ClusterState, Error> {
        self.ask(Operation::read("cluster_state"), |_| {
            Request::ClusterState(())
        })
        .await
    }

    /// Changes whether the cluster serves requests. Operation 5001.
    ///
    /// A deactivation that would lose data kept only in memory is refused.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn change_cluster_state(&self, state: ClusterState) -> Result<(), Error> {
        let change = ChangeClusterState {
            state,
            force: false,
        };
        let operation = Operation::write("change_cluster_state");
        self.ask(operation, |_| Request::ChangeClusterState(change))
            .await
    }

    /// How clients reach the nodes of the cluster. Operation 5102.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by old nodes, and as every operation of a
    /// [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn node_endpoints(&self) -> Result<NodeEndpoints, Error> {
        let request = NodeEndpointsRequest {
            from_topology: -1,
            to_topology: -1,
        };
        let operation = Operation::read("node_endpoints").needing(Some(&ENDPOINTS));
        self.ask(operation, |_| Request::NodeEndpoints(request))
            .await
    }
}
