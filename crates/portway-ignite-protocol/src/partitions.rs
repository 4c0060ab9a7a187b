//! Which node holds which partition (operations 1100 and 1101).

use uuid::Uuid;

use crate::cache::CacheId;
use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::feature::Feature;
use crate::message::TopologyVersion;

/// Asks for the partitions of caches. Answers [`CachePartitions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePartitionsRequest {
    /// Whether caches with an affinity function of their own are mapped too. Needs
    /// [`Feature::AllAffinityMappings`].
    pub custom_mappings: bool,
    /// The data centre that asks. Needs [`Feature::DataCenterAware`].
    pub data_center: Option<String>,
    /// The caches.
    pub caches: Vec<CacheId>,
}

impl Layout for CachePartitionsRequest {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        if writer.dialect().has(Feature::AllAffinityMappings) {
            writer.bool(self.custom_mappings);
        }
        if writer.dialect().has(Feature::DataCenterAware) {
            self.data_center.encode(writer);
        }
        self.caches.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let has_custom = reader.dialect().has(Feature::AllAffinityMappings);
        let has_data_center = reader.dialect().has(Feature::DataCenterAware);
        Ok(Self {
            custom_mappings: has_custom && reader.bool()?,
            data_center: if has_data_center {
                reader.optional_string()?
            } else {
                None
            },
            caches: Layout::decode(reader)?,
        })
    }
}

/// The partitions of caches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePartitions {
    /// The version that this is true for.
    pub topology: TopologyVersion,
    /// Caches with one distribution stand together.
    pub groups: Vec<PartitionGroup>,
}

sequence!(CachePartitions { topology: TopologyVersion, groups: Vec<PartitionGroup> });

/// The partitions of caches with one distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionGroup {
    /// The keys of these caches can be mapped to nodes.
    Mapped {
        /// The caches.
        caches: Vec<MappedCache>,
        /// The primary partitions of each node.
        nodes: Vec<NodePartitions>,
        /// The backups in the client's data centre. Needs [`Feature::DataCenterAware`].
        data_center_nodes: Vec<NodePartitions>,
        /// Whether Ignite's own affinity function is used. Needs
        /// [`Feature::AllAffinityMappings`].
        default_affinity: bool,
    },
    /// The keys of these caches cannot be mapped.
    Unmapped {
        /// The caches.
        caches: Vec<CacheId>,
    },
}

/// A cache and which fields of its keys decide the partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedCache {
    /// The cache.
    pub cache: CacheId,
    /// The affinity fields of key types; of others the whole key counts.
    pub key_types: Vec<AffinityField>,
}

sequence!(MappedCache { cache: CacheId, key_types: Vec<AffinityField> });

/// The field of a key type that decides the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AffinityField {
    /// The key's type.
    pub type_id: i32,
    /// The field.
    pub field_id: i32,
}

sequence!(AffinityField {
    type_id: i32,
    field_id: i32
});

/// The partitions of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePartitions {
    /// The node.
    pub node: Uuid,
    /// Its partitions.
    pub partitions: Vec<i32>,
}

sequence!(NodePartitions { node: Uuid, partitions: Vec<i32> });

impl Layout for PartitionGroup {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Unmapped { caches } => {
                writer.bool(false);
                caches.encode(writer);
            }
            Self::Mapped {
                caches,
                nodes,
                data_center_nodes,
                default_affinity,
            } => {
                writer.bool(true);
                caches.encode(writer);
                nodes.encode(writer);
                if writer.dialect().has(Feature::DataCenterAware) {
                    data_center_nodes.encode(writer);
                }
                if writer.dialect().has(Feature::AllAffinityMappings) {
                    writer.bool(*default_affinity);
                }
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if !reader.bool()? {
            return Ok(Self::Unmapped {
                caches: Layout::decode(reader)?,
            });
        }
        let has_data_center = reader.dialect().has(Feature::DataCenterAware);
        let has_affinity = reader.dialect().has(Feature::AllAffinityMappings);
        Ok(Self::Mapped {
            caches: Layout::decode(reader)?,
            nodes: Layout::decode(reader)?,
            data_center_nodes: if has_data_center {
                Layout::decode(reader)?
            } else {
                Vec::new()
            },
            default_affinity: !has_affinity || reader.bool()?,
        })
    }
}

/// A node as the old operation 1100 tells it; the answer is a `Vec` of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAddressPartitions {
    /// The port that clients dial.
    pub port: i32,
    /// The addresses that clients dial.
    pub addresses: Vec<String>,
    /// The node's partitions.
    pub partitions: Vec<i32>,
}

sequence!(NodeAddressPartitions {
    port: i32,
    addresses: Vec<String>,
    partitions: Vec<i32>,
});
