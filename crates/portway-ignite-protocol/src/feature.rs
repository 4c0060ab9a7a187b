//! The optional parts of protocol 1.7, negotiated as a bit mask.

use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum};
use crate::value::tag;

code_enum! {
    /// A feature; its code is its bit in the mask.
    pub enum Feature: u8, "feature" {
        /// The handshake carries user attributes.
        UserAttributes = 0,
        /// Compute tasks by name (operation 6000).
        ExecuteTaskByName = 1,
        /// The cluster state has three members instead of two.
        ClusterStates = 2,
        /// Endpoints of the cluster's nodes (operation 5102).
        NodeEndpoints = 3,
        /// Groups of nodes (operations 5100, 5101).
        ClusterGroups = 4,
        /// Service calls (operation 7000).
        ServiceInvoke = 5,
        /// An SQL time-out of zero means none.
        DefaultQueryTimeout = 6,
        /// Partitions and batch size at the end of an SQL request.
        QueryPartitionsBatchSize = 7,
        /// The configuration of binary objects (operation 3004).
        BinaryConfiguration = 8,
        /// Service descriptors (operations 7001, 7002).
        ServiceDescriptors = 9,
        /// Attributes of the caller in service calls.
        ServiceCallContext = 10,
        /// Heartbeats (operations 1, 2).
        Heartbeat = 11,
        /// Operations of data replication (1022, 1023).
        DataReplication = 12,
        /// Mappings of caches with their own affinity function.
        AllAffinityMappings = 13,
        /// Index queries (operations 2008, 2009).
        IndexQuery = 14,
        /// A limit in index queries.
        IndexQueryLimit = 15,
        /// The nodes of a service (operation 7003).
        ServiceTopology = 16,
        /// Entry processors (operations 1024, 1025).
        CacheInvoke = 17,
        /// Queries inside a transaction.
        TransactionAwareQueries = 18,
        /// Deactivation by force at the end of operation 5001.
        ForceDeactivation = 19,
        /// Storage paths in the cache configuration.
        CacheStorages = 20,
        /// A flag before the configuration in operations 1053 and 1054.
        SqlCacheCreation = 21,
        /// Data centres.
        DataCenterAware = 22,
        /// Who asks, at the end of an SQL request.
        QueryInitiator = 23,
    }
}

/// A set of features. On the wire it is a tagged byte array, bit i in byte i / 8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Features(u64);

impl Features {
    /// No feature.
    pub const NONE: Self = Self(0);

    /// Every feature of which this crate knows all layouts.
    pub const SUPPORTED: Self = Self::NONE
        .with(Feature::UserAttributes)
        .with(Feature::ExecuteTaskByName)
        .with(Feature::ClusterStates)
        .with(Feature::NodeEndpoints)
        .with(Feature::ClusterGroups)
        .with(Feature::ServiceInvoke)
        .with(Feature::DefaultQueryTimeout)
        .with(Feature::QueryPartitionsBatchSize)
        .with(Feature::BinaryConfiguration)
        .with(Feature::ServiceDescriptors)
        .with(Feature::ServiceCallContext)
        .with(Feature::Heartbeat)
        .with(Feature::DataReplication)
        .with(Feature::AllAffinityMappings)
        .with(Feature::IndexQuery)
        .with(Feature::IndexQueryLimit)
        .with(Feature::ServiceTopology)
        .with(Feature::CacheInvoke)
        .with(Feature::TransactionAwareQueries)
        .with(Feature::ForceDeactivation)
        .with(Feature::CacheStorages)
        .with(Feature::SqlCacheCreation)
        .with(Feature::DataCenterAware)
        .with(Feature::QueryInitiator);

    /// This set and `feature`.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature.code())
    }

    /// This set without `feature`.
    #[must_use]
    pub const fn without(self, feature: Feature) -> Self {
        Self(self.0 & !(1 << feature.code()))
    }

    /// Whether `feature` is in the set.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & 1 << feature.code() != 0
    }

    /// The features that both sets have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Bits above 63 are dropped when read: no feature has one.
impl Layout for Features {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        let bytes = self.0.to_le_bytes();
        let used = bytes.len() - self.0.leading_zeros() as usize / 8;
        writer.u8(tag::BYTE_ARRAY);
        writer.count(used);
        writer.bytes(&bytes[..used]);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.expect_tag(tag::BYTE_ARRAY, "a feature mask")?;
        let length = reader.length()?;
        let mask = reader.take(length)?;
        let bits = mask
            .iter()
            .take(8)
            .rev()
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Ok(Self(bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_i_stands_in_byte_i_of_eight() {
        let features: Features = [Feature::ExecuteTaskByName, Feature::BinaryConfiguration]
            .into_iter()
            .collect();

        assert_eq!(encoded(features), [tag::BYTE_ARRAY, 2, 0, 0, 0, 0b10, 0b1]);
        assert_eq!(encoded(Features::NONE), [tag::BYTE_ARRAY, 0, 0, 0, 0]);
    }

    #[test]
    fn bits_without_a_name_are_no_error() {
        let mask = [
            tag::BYTE_ARRAY,
            9,
            0,
            0,
            0,
            0b100,
            0,
            0,
            0xFF,
            0,
            0,
            0,
            0,
            0xFF,
        ];

        let features = Features::decode(&mut Reader::new(&mask)).unwrap();

        assert!(features.contains(Feature::ClusterStates));
        assert!(!features.contains(Feature::UserAttributes));
    }

    fn encoded(features: Features) -> Vec<u8> {
        let mut writer = Writer::new();
        features.encode(&mut writer);
        writer.as_bytes().to_vec()
    }
}
