//! The enumerations of a cache configuration.

use crate::codec::{code_enum, sequence};

code_enum! {
    /// How entries are spread over the nodes.
    pub enum CacheMode: i32, "cache mode" {
        /// Only on the node itself. Ignite has removed it, but some clients' enumerations have it.
        Local = 0,
        /// Each node has all.
        Replicated = 1,
        /// Each node has a part.
        Partitioned = 2,
    }
}

code_enum! {
    /// Whether a cache takes part in transactions.
    pub enum AtomicityMode: i32, "atomicity mode" {
        /// It does.
        Transactional = 0,
        /// It does not: each operation stands alone.
        Atomic = 1,
    }
}

code_enum! {
    /// Which copies are written before a write is acknowledged.
    pub enum WriteSync: i32, "write synchronisation" {
        /// All.
        FullSync = 0,
        /// None.
        FullAsync = 1,
        /// The primary.
        PrimarySync = 2,
    }
}

code_enum! {
    /// How partitions move to a new node.
    pub enum RebalanceMode: i32, "rebalance mode" {
        /// Before the node serves.
        Sync = 0,
        /// While the node serves.
        Async = 1,
        /// They do not.
        None = 2,
    }
}

code_enum! {
    /// What operations do when all copies of a partition are lost.
    pub enum PartitionLossPolicy: i32, "partition loss policy" {
        /// Writes fail, and reads of lost partitions.
        ReadOnlySafe = 0,
        /// Writes fail.
        ReadOnlyAll = 1,
        /// Operations on lost partitions fail.
        ReadWriteSafe = 2,
        /// Nothing fails.
        ReadWriteAll = 3,
        /// The loss is forgotten.
        Ignore = 4,
    }
}

/// Which field of a key type decides the partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConfiguration {
    /// The key's type.
    pub type_name: String,
    /// The field.
    pub affinity_key_field: Option<String>,
}

sequence!(KeyConfiguration { type_name: String, affinity_key_field: Option<String> });
