//! The cluster: whether it serves requests, its nodes, its write-ahead logs.

mod group;
mod node;

use portway_ignite_protocol::{
    ChangeClusterState, ChangeWalState, ClusterState, Feature, NodeEndpoints, Request,
};

use crate::client::{Client, Need, NeedOf, Operation};
use crate::error::Error;

pub use group::NodeGroup;
pub use node::ClusterNode;

const FORCE: Need = Need {
    of: NeedOf::Feature(Feature::ForceDeactivation),
    what: "deactivation that is or is not forced",
};

/// The cluster that a client is connected to.
///
/// ```
/// # use portway_ignite::{Client, Error};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let cluster = client.cluster();
/// println!("the cluster is {:?}", cluster.state().await?);
/// for node in cluster.servers().nodes().await? {
///     println!("{} of version {} at {:?}", node.id, node.version, node.addresses);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cluster {
    client: Client,
}

impl Client {
    /// The cluster that this client is connected to. Nothing is sent.
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        Cluster {
            client: self.clone(),
        }
    }
}

impl Cluster {
    /// Whether it serves requests. Operation 5000.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn state(&self) -> Result<ClusterState, Error> {
        self.client.cluster_state().await
    }

    /// Changes whether it serves requests. Operation 5001.
    ///
    /// A deactivation that would lose data kept only in memory is refused.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn change_state(&self, state: ClusterState) -> Result<(), Error> {
        self.client.change_cluster_state(state).await
    }

    /// Changes whether it serves requests, even if that loses data kept only in memory.
    /// Operation 5001.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by old nodes, and as every operation of a
    /// [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn force_state(&self, state: ClusterState) -> Result<(), Error> {
        let change = ChangeClusterState { state, force: true };
        let operation = Operation::write("force_state").needing(Some(&FORCE));
        let build = |_: &_| Request::ChangeClusterState(change);
        self.client.ask(operation, build).await
    }

    /// Switches on the write-ahead log of a cache, after which it survives a crash again. Answers
    /// whether it was off. Operation 5002.
    ///
    /// # Errors
    /// [`Error::Server`] if the cache keeps nothing on disk, and as every operation of a
    /// [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn enable_write_ahead_log(&self, cache: &str) -> Result<bool, Error> {
        self.switch_write_ahead_log(cache, true).await
    }

    /// Switches off the write-ahead log of a cache, so that it can be filled faster: what is
    /// written until it is on again is lost in a crash. Answers whether it was on. Operation 5002.
    ///
    /// # Errors
    /// As [`enable_write_ahead_log`](Self::enable_write_ahead_log).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn disable_write_ahead_log(&self, cache: &str) -> Result<bool, Error> {
        self.switch_write_ahead_log(cache, false).await
    }

    async fn switch_write_ahead_log(&self, cache: &str, enabled: bool) -> Result<bool, Error> {
        let build = |_: &_| {
            Request::ChangeWalState(ChangeWalState {
                cache: cache.to_owned(),
                enabled,
            })
        };
        let operation = Operation::write("switch_write_ahead_log");
        self.client.ask(operation, build).await
    }

    /// Whether the write-ahead log of a cache is on. Operation 5003.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn write_ahead_log(&self, cache: &str) -> Result<bool, Error> {
        let build = |_: &_| Request::WalState(cache.to_owned());
        self.client
            .ask(Operation::read("write_ahead_log"), build)
            .await
    }

    /// All nodes, servers and clients. Operations 5100 and 5101.
    ///
    /// # Errors
    /// As [`NodeGroup::nodes`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn nodes(&self) -> Result<Vec<ClusterNode>, Error> {
        self.group().nodes().await
    }

    /// How clients reach the nodes. Operation 5102.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by old nodes, and as every operation of a
    /// [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn endpoints(&self) -> Result<NodeEndpoints, Error> {
        self.client.node_endpoints().await
    }

    /// All nodes, as a group that can be narrowed down.
    #[must_use]
    pub fn group(&self) -> NodeGroup {
        NodeGroup::new(self.client.clone())
    }

    /// The servers.
    #[must_use]
    pub fn servers(&self) -> NodeGroup {
        self.group().servers()
    }
}
