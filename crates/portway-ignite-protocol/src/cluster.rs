//! The cluster's state and nodes (operations 5000 to 5102).

use uuid::Uuid;

use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum, sequence};
use crate::feature::Feature;
use crate::value::{RawValue, tag};

code_enum! {
    /// Whether the cluster serves requests.
    pub enum ClusterState: u8, "cluster state" {
        /// It does not.
        Inactive = 0,
        /// It does.
        Active = 1,
        /// It serves reads. Needs [`Feature::ClusterStates`].
        ActiveReadOnly = 2,
    }
}

/// A request to change the cluster's state. Answers `()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeClusterState {
    /// The new state.
    pub state: ClusterState,
    /// Whether a deactivation may lose data that is only in memory. Without
    /// [`Feature::ForceDeactivation`] it may.
    pub force: bool,
}

impl Layout for ChangeClusterState {
    fn encode(&self, writer: &mut Writer) {
        self.state.encode(writer);
        if writer.dialect().has(Feature::ForceDeactivation) {
            writer.bool(self.force);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let state = ClusterState::decode(reader)?;
        let has_force = reader.dialect().has(Feature::ForceDeactivation);
        Ok(Self {
            state,
            force: !has_force || reader.bool()?,
        })
    }
}

/// Switches the write-ahead log of a cache. Answers whether it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeWalState {
    /// The cache's name.
    pub cache: String,
    /// Whether it shall be on.
    pub enabled: bool,
}

sequence!(ChangeWalState {
    cache: String,
    enabled: bool
});

/// A node's id, written without tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

impl Layout for NodeId {
    const MINIMUM_SIZE: usize = 16;

    fn encode(&self, writer: &mut Writer) {
        writer.raw_uuid(self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.raw_uuid().map(Self)
    }
}

/// Asks for the nodes of a group. Answers [`NodeIds`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeIdsRequest {
    /// The topology version that the client knows, or -1.
    pub known_topology: i64,
    /// What all nodes of the group have.
    pub projection: Vec<Projection>,
}

sequence!(NodeIdsRequest { known_topology: i64, projection: Vec<Projection> });

/// What a node must have to be in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Projection {
    /// An attribute with a value.
    Attribute {
        /// The attribute's name.
        name: String,
        /// Its value.
        value: RawValue,
    },
    /// Being a server, or not.
    ServerNodes(bool),
}

impl Projection {
    const ATTRIBUTE: i16 = 1;
    const SERVER_NODES: i16 = 2;
}

impl Layout for Projection {
    const MINIMUM_SIZE: usize = 3;

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Attribute { name, value } => {
                writer.i16(Self::ATTRIBUTE);
                writer.string(name);
                value.encode(writer);
            }
            Self::ServerNodes(wanted) => {
                writer.i16(Self::SERVER_NODES);
                writer.bool(*wanted);
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.i16()? {
            Self::ATTRIBUTE => Ok(Self::Attribute {
                name: reader.string()?,
                value: RawValue::decode(reader)?,
            }),
            Self::SERVER_NODES => reader.bool().map(Self::ServerNodes),
            code => Err(DecodeError::UnknownCode {
                what: "projection",
                value: code.into(),
            }),
        }
    }
}

/// The nodes of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeIds {
    /// The version that the client knows is the current one.
    Unchanged,
    /// The current nodes.
    Changed {
        /// The topology version.
        topology: i64,
        /// The nodes.
        nodes: Vec<NodeId>,
    },
}

impl Layout for NodeIds {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Unchanged => writer.bool(false),
            Self::Changed { topology, nodes } => {
                writer.bool(true);
                writer.i64(*topology);
                nodes.encode(writer);
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !reader.bool()? {
            return Ok(Self::Unchanged);
        }
        Ok(Self::Changed {
            topology: reader.i64()?,
            nodes: Layout::decode(reader)?,
        })
    }
}

/// Details of a node. The answer to a list of [`NodeId`] is a `Vec` of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDetails {
    /// The node's id.
    pub id: Uuid,
    /// Its attributes.
    pub attributes: Vec<(String, RawValue)>,
    /// Its addresses, a collection of strings.
    pub addresses: RawValue,
    /// Its host names, a collection of strings.
    pub host_names: RawValue,
    /// The topology version it joined with.
    pub order: i64,
    /// Whether it is the node that answers.
    pub local: bool,
    /// Always false by now.
    pub daemon: bool,
    /// Whether it is a client node.
    pub client: bool,
    /// What names the node across restarts.
    pub consistent_id: RawValue,
    /// Its program's version.
    pub version: ProductVersion,
}

sequence!(NodeDetails {
    id: Uuid,
    attributes: Vec<(String, RawValue)>,
    addresses: RawValue,
    host_names: RawValue,
    order: i64,
    local: bool,
    daemon: bool,
    client: bool,
    consistent_id: RawValue,
    version: ProductVersion,
});

/// The version of a node's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductVersion {
    /// The first number.
    pub major: u8,
    /// The second number.
    pub minor: u8,
    /// The third number.
    pub maintenance: u8,
    /// What follows the numbers.
    pub stage: Option<String>,
    /// When it was built, in seconds since 1970.
    pub revision_timestamp: i64,
    /// The hash of its source.
    pub revision_hash: Vec<u8>,
}

impl Layout for ProductVersion {
    const MINIMUM_SIZE: usize = 13;

    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.major);
        writer.u8(self.minor);
        writer.u8(self.maintenance);
        self.stage.encode(writer);
        writer.i64(self.revision_timestamp);
        writer.u8(tag::BYTE_ARRAY);
        self.revision_hash.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            major: reader.u8()?,
            minor: reader.u8()?,
            maintenance: reader.u8()?,
            stage: reader.optional_string()?,
            revision_timestamp: reader.i64()?,
            revision_hash: decode_hash(reader)?,
        })
    }
}

fn decode_hash(reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    if reader.take_null() {
        return Ok(Vec::new());
    }
    reader.expect_tag(tag::BYTE_ARRAY, "a hash")?;
    Layout::decode(reader)
}

/// Asks how clients reach the nodes. Answers [`NodeEndpoints`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeEndpointsRequest {
    /// The topology version that the client knows, or -1.
    pub from_topology: i64,
    /// The topology version that the client wants, or -1 for the current one.
    pub to_topology: i64,
}

sequence!(NodeEndpointsRequest {
    from_topology: i64,
    to_topology: i64
});

/// How clients reach the nodes, as a difference between two topology versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeEndpoints {
    /// The topology version.
    pub topology: i64,
    /// Nodes that are new to the client.
    pub added: Vec<NodeEndpoint>,
    /// Nodes that are gone.
    pub removed: Vec<NodeId>,
}

sequence!(NodeEndpoints {
    topology: i64,
    added: Vec<NodeEndpoint>,
    removed: Vec<NodeId>,
});

/// How clients reach a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeEndpoint {
    /// The node.
    pub node: NodeId,
    /// The port of all its addresses.
    pub port: i32,
    /// Addresses and host names; each is an alternative.
    pub addresses: Vec<String>,
}

sequence!(NodeEndpoint { node: NodeId, port: i32, addresses: Vec<String> });
