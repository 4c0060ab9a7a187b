//! How a client spreads over the nodes of the grid.

use std::sync::Arc;

use crate::address_finder::{AddressFinder, SharedFinder};
use crate::configuration::ClientConfiguration;

use super::mapper::{PartitionMapper, SharedMapper};

/// What a configuration says of the nodes of the grid.
#[derive(Clone, Debug)]
pub(crate) struct TopologyOptions {
    pub(crate) partition_awareness: bool,
    pub(crate) discovery: bool,
    pub(crate) connections_per_node: usize,
    pub(crate) data_center: Option<String>,
    pub(crate) partition_mapper: Option<SharedMapper>,
    pub(crate) address_finder: Option<SharedFinder>,
}

impl Default for TopologyOptions {
    fn default() -> Self {
        Self {
            partition_awareness: true,
            discovery: true,
            connections_per_node: 1,
            data_center: None,
            partition_mapper: None,
            address_finder: None,
        }
    }
}

impl ClientConfiguration {
    /// Sets whether the client connects to all nodes and sends an operation on a key to the node
    /// that holds it. Default: yes.
    ///
    /// Without it the client has one connection to one node, which passes on what is not its own:
    /// a hop more with most operations, and a socket less for each other node.
    #[must_use]
    pub fn partition_awareness(mut self, is_aware: bool) -> Self {
        self.topology.partition_awareness = is_aware;
        self
    }

    /// Sets whether the grid is asked for the addresses of its nodes. Default: yes.
    ///
    /// One configured address is then enough to find all nodes, and nodes that join later. The
    /// configured addresses are used again when no node can be reached. Turn it off where the
    /// nodes' own addresses cannot be reached from here: only those of the configuration are used
    /// then.
    #[must_use]
    pub fn discovery(mut self, is_wanted: bool) -> Self {
        self.topology.discovery = is_wanted;
        self
    }

    /// Sets the number of connections to each node, which take turns. Default: 1.
    ///
    /// One carries all that its node can answer; more help where the network limits a single
    /// stream, or where one task must not wait behind the long answers of another. From 1 to 64.
    #[must_use]
    pub fn connections_per_node(mut self, connections: usize) -> Self {
        self.topology.connections_per_node = connections;
        self
    }

    /// Names the data centre that the client is in: reads go to copies there, and so does what any
    /// node may do. Default: none.
    ///
    /// It needs nodes of Ignite 2.18 that were started with the system property
    /// `IGNITE_DATA_CENTER_ID`, and a cache that may be read from backups and does not write with
    /// `PRIMARY_SYNC`: of other caches the primary copies are read.
    #[must_use]
    pub fn data_center(mut self, id: impl Into<String>) -> Self {
        self.topology.data_center = Some(id.into());
        self
    }

    /// Tells the partitions of keys in caches with an affinity function of their own. Default:
    /// operations on these go to any node.
    #[must_use]
    pub fn partition_mapper(mut self, mapper: impl PartitionMapper + 'static) -> Self {
        self.topology.partition_mapper = Some(SharedMapper(Arc::new(mapper)));
        self
    }

    /// Asks a finder for the addresses of the nodes, instead of the grid. Default: none.
    #[must_use]
    pub fn address_finder(mut self, finder: impl AddressFinder + 'static) -> Self {
        self.topology.address_finder = Some(SharedFinder(Arc::new(finder)));
        self
    }
}
