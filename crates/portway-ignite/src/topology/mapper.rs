//! Partitions of caches with an affinity function of their own.

use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{CacheId, RawValue};

/// Tells the partitions of keys in caches that do not use Ignite's own affinity function (Java:
/// `ClientPartitionAwarenessMapperFactory`).
///
/// The answer must be that of the cache's `AffinityFunction.partition`. A wrong one costs a hop
/// inside of the cluster with each operation, but never a wrong result. Functions and closures of
/// the right form are mappers.
///
/// ```
/// # use portway_ignite::{CacheId, ClientConfiguration, RawValue};
/// // Every key of the cache "regions" is an `i32`, and the partition itself.
/// let regions = CacheId::of("regions");
/// let mapper = move |cache: CacheId, key: &RawValue, partitions: u32| {
///     let region: i32 = key.read().ok().filter(|_| cache == regions)?;
///     u32::try_from(region).ok().filter(|region| *region < partitions)
/// };
/// let configuration = ClientConfiguration::new(["grid"]).partition_mapper(mapper);
/// ```
pub trait PartitionMapper: Send + Sync {
    /// The partition of a key, or of the field of it that the cache's configuration names as the
    /// affinity key; `None` if any node may be asked.
    ///
    /// It is called with each operation on such a cache, and must not wait.
    fn partition(&self, cache: CacheId, key: &RawValue, partitions: u32) -> Option<u32>;
}

impl<F> PartitionMapper for F
where
    F: Fn(CacheId, &RawValue, u32) -> Option<u32> + Send + Sync,
{
    fn partition(&self, cache: CacheId, key: &RawValue, partitions: u32) -> Option<u32> {
        self(cache, key, partitions)
    }
}

/// A mapper as the configuration holds it.
#[derive(Clone)]
pub(crate) struct SharedMapper(pub(crate) Arc<dyn PartitionMapper>);

impl fmt::Debug for SharedMapper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PartitionMapper")
    }
}
