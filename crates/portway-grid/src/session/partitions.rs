//! Which node holds which partition, 1100 and 1101: this one holds all.

use portway_ignite_protocol::java::{field_id, type_id};
use portway_ignite_protocol::{
    AffinityField, CacheConfiguration, CacheId, CacheMode, CachePartitions, CachePartitionsRequest,
    MappedCache, NodeAddressPartitions, NodePartitions, PartitionGroup, ServerError,
};

use super::Context;
use super::answer::{Body, body};
use crate::engine::PARTITIONS;

impl Context<'_> {
    pub(super) fn partitions(&self, request: &CachePartitionsRequest) -> Result<Body, ServerError> {
        let mut mapped = Vec::new();
        let mut unmapped = Vec::new();
        for &cache in &request.caches {
            // A cache that was destroyed meanwhile is left out, as by a real node.
            match self.engine.cache_configuration(cache.0) {
                Ok(configuration) if configuration.mode == CacheMode::Replicated => {
                    unmapped.push(cache);
                }
                Ok(configuration) => mapped.push(mapped_cache(cache, &configuration)),
                Err(_) => {}
            }
        }
        let mut groups = Vec::new();
        if !mapped.is_empty() {
            groups.push(self.mapped_group(mapped));
        }
        if !unmapped.is_empty() {
            groups.push(PartitionGroup::Unmapped { caches: unmapped });
        }
        let topology = self.engine.topology();
        Ok(body(&CachePartitions { topology, groups }, self.dialect))
    }

    fn mapped_group(&self, caches: Vec<MappedCache>) -> PartitionGroup {
        let all = NodePartitions {
            node: self.host.node,
            partitions: all_partitions(),
        };
        PartitionGroup::Mapped {
            caches,
            nodes: vec![all],
            data_center_nodes: Vec::new(),
            default_affinity: true,
        }
    }

    pub(super) fn node_partitions(&self, CacheId(cache): CacheId) -> Result<Body, ServerError> {
        self.engine.cache_configuration(cache)?;
        let nodes: Vec<_> = self
            .endpoint
            .iter()
            .map(|endpoint| NodeAddressPartitions {
                port: endpoint.port().into(),
                addresses: self.addresses(),
                partitions: all_partitions(),
            })
            .collect();
        Ok(body(&nodes, self.dialect))
    }
}

fn all_partitions() -> Vec<i32> {
    (0..PARTITIONS).collect()
}

fn mapped_cache(cache: CacheId, configuration: &CacheConfiguration) -> MappedCache {
    let key_types = configuration.key_configuration.iter().filter_map(|key| {
        let field = key.affinity_key_field.as_deref()?;
        Some(AffinityField {
            type_id: type_id(&key.type_name),
            field_id: field_id(field),
        })
    });
    MappedCache {
        cache,
        key_types: key_types.collect(),
    }
}
