//! Groups of nodes that have something in common.

use portway_ignite_protocol::{
    Feature, NodeDetails, NodeId, NodeIds, NodeIdsRequest, Projection, RawValue, Request,
    WriteValue,
};
use uuid::Uuid;

use super::ClusterNode;
use crate::client::{Client, Encoder, Need, NeedOf, Operation};
use crate::compute::Compute;
use crate::error::Error;

const GROUPS: Need = Need {
    of: NeedOf::Feature(Feature::ClusterGroups),
    what: "groups of nodes",
};
const DATA_CENTERS: Need = Need {
    of: NeedOf::Feature(Feature::DataCenterAware),
    what: "data centers",
};

/// The nodes that have all that the group asks for.
///
/// ```
/// # use portway_ignite::{Client, Error};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let workers = client.cluster().servers().with_attribute("role", "worker");
/// let sum: i64 = workers.compute().await?.execute("com.example.SumTask", &()).await?;
/// # let _ = sum;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NodeGroup {
    client: Client,
    servers: Option<bool>,
    attributes: Vec<(String, RawValue)>,
    data_center: Option<String>,
}

impl NodeGroup {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            servers: None,
            attributes: Vec::new(),
            data_center: None,
        }
    }

    /// Those that hold data.
    #[must_use]
    pub fn servers(mut self) -> Self {
        self.servers = Some(true);
        self
    }

    /// Those that hold none: client nodes of Java, C++ or .NET. Thin clients are no nodes.
    #[must_use]
    pub fn clients(mut self) -> Self {
        self.servers = Some(false);
        self
    }

    /// Those with this value of an attribute.
    #[must_use]
    pub fn with_attribute(
        mut self,
        name: impl Into<String>,
        value: &(impl WriteValue + ?Sized),
    ) -> Self {
        // Attributes are Java's own types, which are written alike in every cluster.
        let value = RawValue::encode(value, Default::default());
        self.attributes.push((name.into(), value));
        self
    }

    /// Those servers that belong to this data center. Since Ignite 2.18.
    #[must_use]
    pub fn in_data_center(mut self, id: impl Into<String>) -> Self {
        self.data_center = Some(id.into());
        self
    }

    /// The ids of the nodes that are there now. Operations 5100 and 5103.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by old nodes, and as every operation of a
    /// [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn ids(&self) -> Result<Vec<Uuid>, Error> {
        let ids = self.node_ids().await?;
        Ok(ids.into_iter().map(|NodeId(id)| id).collect())
    }

    /// The nodes that are there now. Operations 5100, 5101 and 5103.
    ///
    /// # Errors
    /// As [`ids`](Self::ids).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn nodes(&self) -> Result<Vec<ClusterNode>, Error> {
        let ids = self.node_ids().await?;
        let operation = Operation::read("nodes").needing(Some(&GROUPS));
        let build = |_: &_| Request::NodeDetails(ids.clone());
        let details: Vec<NodeDetails> = self.client.ask(operation, build).await?;
        let read = |node| {
            ClusterNode::read(node).map_err(|source| Error::Decode {
                operation: operation.name(),
                source,
            })
        };
        details.into_iter().map(read).collect()
    }

    /// Runs tasks on the nodes that are there now.
    ///
    /// # Errors
    /// [`Error::NoSuchNode`] if the group is empty, and as [`ids`](Self::ids).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn compute(&self) -> Result<Compute, Error> {
        let nodes = self.ids().await?;
        if nodes.is_empty() {
            // To the grid, no node at all stands for all servers.
            return Err(Error::NoSuchNode);
        }
        Ok(self.client.compute().on_nodes(nodes))
    }

    async fn node_ids(&self) -> Result<Vec<NodeId>, Error> {
        let mut ids = self.projected_ids().await?;
        if let Some(data_center) = &self.data_center {
            let operation = Operation::read("data_center_nodes").needing(Some(&DATA_CENTERS));
            let build = |_: &_| Request::DataCenterNodes(data_center.clone());
            let inside: Vec<NodeId> = self.client.ask(operation, build).await?;
            ids.retain(|id| inside.contains(id));
        }
        Ok(ids)
    }

    async fn projected_ids(&self) -> Result<Vec<NodeId>, Error> {
        let servers = self.servers.map(Projection::ServerNodes);
        let attributes = self.attributes.iter().cloned();
        let attributes = attributes.map(|(name, value)| Projection::Attribute { name, value });
        let request = NodeIdsRequest {
            known_topology: -1,
            projection: servers.into_iter().chain(attributes).collect(),
        };
        let operation = Operation::read("node_ids").needing(Some(&GROUPS));
        let build = |_: &Encoder| Request::NodeIds(request.clone());
        match self.client.ask(operation, build).await? {
            NodeIds::Changed { nodes, .. } => Ok(nodes),
            NodeIds::Unchanged => Ok(Vec::new()),
        }
    }
}
