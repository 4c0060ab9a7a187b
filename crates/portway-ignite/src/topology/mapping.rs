//! Which node holds a key, as far as nodes told.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{
    AffinityField, CacheId, CachePartitions, DecodeError, NodePartitions, ObjectHeader,
    PartitionGroup, RawValue, SchemaSource, TopologyVersion, affinity_value, partition, tag,
};
use uuid::{NonNilUuid, Uuid};

use super::mapper::PartitionMapper;

/// The largest number of partitions of an Ignite cache.
const PARTITIONS_LIMIT: usize = 65_000;

/// What an operation does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It only reads, so that a backup in the own data centre may serve it.
    Read,
    /// It may write, which the primary copy decides.
    Write,
}

/// Who serves a key best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The node that holds it.
    Node(Uuid),
    /// Nobody better than the others, as far as can be known.
    Anyone,
    /// It can be told once this binary type is known.
    AfterType(i32),
}

impl Holder {
    /// The node, if it is known.
    pub(crate) fn node(self) -> Option<Uuid> {
        match self {
            Self::Node(node) => Some(node),
            Self::Anyone | Self::AfterType(_) => None,
        }
    }
}

/// What is known of the binary types of keys.
pub(crate) trait KeyTypes: SchemaSource {
    /// The field that decides the partition of keys of a type, if there is one; `None` while the
    /// type is not known.
    fn affinity_field(&self, type_id: i32) -> Option<Option<i32>>;
}

/// The partitions of caches at one version of the topology.
#[derive(Clone, Debug)]
pub(crate) struct Mappings {
    topology: TopologyVersion,
    caches: HashMap<CacheId, Mapping>,
}

/// The partitions of one cache.
#[derive(Clone, Debug)]
pub(crate) enum Mapping {
    /// Keys have no node that clients know of, such as those of a replicated cache.
    None,
    /// Each key has one.
    Partitioned(Partitioned),
}

#[derive(Clone, Debug)]
pub(crate) struct Partitioned {
    distribution: Arc<Distribution>,
    key_types: Box<[AffinityField]>,
}

/// The nodes of the partitions, in the order of their numbers.
struct Distribution {
    primaries: Box<[Option<NonNilUuid>]>,
    /// The copies in the own data centre, where reads may go to; empty where they may not.
    nearby: Box<[Option<NonNilUuid>]>,
    affinity: Affinity,
}

/// How a key becomes a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    /// By Ignite's own function.
    Default,
    /// By a function that only the configuration may know.
    Custom,
}

impl Mappings {
    /// Reads an answer to a question for the caches `asked`. Of those that it does not tell of
    /// there is nothing to know: the node does not have them.
    pub(crate) fn from_answer(answer: CachePartitions, asked: &[CacheId]) -> Self {
        let mut caches: HashMap<_, _> = asked.iter().map(|cache| (*cache, Mapping::None)).collect();
        for group in answer.groups {
            caches.extend(mappings_of(group));
        }
        Self {
            topology: answer.topology,
            caches,
        }
    }

    pub(crate) fn topology(&self) -> TopologyVersion {
        self.topology
    }

    /// What is known of a cache; `None` where nothing is, not even that there is nothing to know.
    pub(crate) fn of(&self, cache: CacheId) -> Option<&Mapping> {
        self.caches.get(&cache)
    }

    /// Takes over what another answer of the same version tells.
    pub(crate) fn extend(&mut self, other: Self) {
        self.caches.extend(other.caches);
    }
}

impl Partitioned {
    /// Who serves a key best.
    pub(crate) fn holder(
        &self,
        cache: CacheId,
        key: &RawValue,
        access: Access,
        types: &impl KeyTypes,
        mapper: Option<&dyn PartitionMapper>,
    ) -> Holder {
        match self.affinity_key(key, types) {
            Ok(key) => {
                let partition = self.distribution.partition(cache, &key, mapper);
                self.distribution.node(partition, access)
            }
            Err(DecodeError::UnknownSchema { type_id, .. }) => Holder::AfterType(type_id),
            Err(_) => Holder::Anyone,
        }
    }

    /// The node that serves a partition best.
    pub(crate) fn holder_of_partition(&self, partition: u32, access: Access) -> Holder {
        self.distribution.node(Some(partition), access)
    }

    /// What decides the partition of a key: one of its fields, or all of it.
    fn affinity_key<'k>(
        &self,
        key: &'k RawValue,
        types: &impl KeyTypes,
    ) -> Result<Cow<'k, RawValue>, DecodeError> {
        if key.tag() != tag::OBJECT {
            return Ok(Cow::Borrowed(key));
        }
        let ObjectHeader {
            type_id, schema_id, ..
        } = ObjectHeader::parse(key.as_bytes())?;
        let field = match self.key_types.iter().find(|field| field.type_id == type_id) {
            Some(configured) => Some(configured.field_id),
            None => types
                .affinity_field(type_id)
                .ok_or(DecodeError::UnknownSchema { type_id, schema_id })?,
        };
        match field {
            Some(field) => affinity_value(key, field, types).map(Cow::Owned),
            None => Ok(Cow::Borrowed(key)),
        }
    }
}

impl Distribution {
    fn partition(
        &self,
        cache: CacheId,
        key: &RawValue,
        mapper: Option<&dyn PartitionMapper>,
    ) -> Option<u32> {
        let count = u32::try_from(self.primaries.len())
            .ok()
            .filter(|count| *count > 0)?;
        match self.affinity {
            Affinity::Default => partition(key, count).ok(),
            Affinity::Custom => mapper?.partition(cache, key, count),
        }
    }

    fn node(&self, partition: Option<u32>, access: Access) -> Holder {
        let nodes = match access {
            Access::Read if !self.nearby.is_empty() => &self.nearby,
            _ => &self.primaries,
        };
        let node = partition
            .and_then(|partition| usize::try_from(partition).ok())
            .and_then(|partition| *nodes.get(partition)?);
        node.map_or(Holder::Anyone, |node| Holder::Node(node.into()))
    }
}

impl fmt::Debug for Distribution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Distribution");
        shown
            .field("partitions", &self.primaries.len())
            .field("affinity", &self.affinity)
            .finish_non_exhaustive()
    }
}

fn mappings_of(group: PartitionGroup) -> Vec<(CacheId, Mapping)> {
    let (caches, nodes, data_center_nodes, default_affinity) = match group {
        PartitionGroup::Mapped {
            caches,
            nodes,
            data_center_nodes,
            default_affinity,
        } => (caches, nodes, data_center_nodes, default_affinity),
        PartitionGroup::Unmapped { caches } => {
            return caches
                .into_iter()
                .map(|cache| (cache, Mapping::None))
                .collect();
        }
    };
    let distribution = Arc::new(Distribution {
        primaries: by_partition(&nodes),
        nearby: by_partition(&data_center_nodes),
        affinity: if default_affinity {
            Affinity::Default
        } else {
            Affinity::Custom
        },
    });
    let mapping = |key_types: Vec<AffinityField>| {
        Mapping::Partitioned(Partitioned {
            distribution: distribution.clone(),
            key_types: key_types.into(),
        })
    };
    caches
        .into_iter()
        .map(|mapped| (mapped.cache, mapping(mapped.key_types)))
        .collect()
}

/// Turns the partitions of each node into the node of each partition. There are as many as the
/// highest number says; a number that no cache can have is passed over.
fn by_partition(nodes: &[NodePartitions]) -> Box<[Option<NonNilUuid>]> {
    let mut by_partition = Vec::new();
    for NodePartitions { node, partitions } in nodes {
        let valid = partitions
            .iter()
            .filter_map(|number| usize::try_from(*number).ok())
            .filter(|number| *number < PARTITIONS_LIMIT);
        for number in valid {
            if number >= by_partition.len() {
                by_partition.resize(number + 1, None);
            }
            by_partition[number] = NonNilUuid::new(*node);
        }
    }
    by_partition.into()
}

#[cfg(test)]
mod tests;
