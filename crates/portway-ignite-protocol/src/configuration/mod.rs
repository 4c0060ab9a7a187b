//! The configuration of caches (operations 1053 to 1055).

mod entity;
mod modes;
mod properties;
mod read_form;
mod storage;
mod write_form;

pub use entity::{IndexField, IndexKind, QueryEntity, QueryField, QueryIndex};
pub use modes::{
    AtomicityMode, CacheMode, KeyConfiguration, PartitionLossPolicy, RebalanceMode, WriteSync,
};
pub use properties::CacheConfiguration;
pub use storage::StoragePaths;
pub use write_form::CreateCacheRequest;
