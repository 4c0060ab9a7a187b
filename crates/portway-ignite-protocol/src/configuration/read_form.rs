//! How a server tells a configuration: length i32, then all properties in a fixed order.

use super::CacheConfiguration;
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::feature::Feature;
use crate::version::Version;

/// The order of the read form, written once for both directions.
macro_rules! read_form {
    ($($field:ident),+ $(,)?) => {
        fn encode_fields(configuration: &CacheConfiguration, writer: &mut Writer) {
            $(configuration.$field.encode(writer);)+
        }

        fn decode_fields(reader: &mut Reader<'_>) -> Result<CacheConfiguration, DecodeError> {
            let mut configuration = CacheConfiguration::default();
            $(configuration.$field = Layout::decode(reader)?;)+
            Ok(configuration)
        }
    };
}

read_form!(
    atomicity,
    backups,
    mode,
    copy_on_read,
    data_region,
    eager_ttl,
    statistics,
    group,
    default_lock_timeout,
    max_concurrent_operations,
    max_query_iterators,
    name,
    on_heap,
    partition_loss_policy,
    query_detail_metrics_size,
    query_parallelism,
    read_from_backup,
    rebalance_batch_size,
    rebalance_batches_prefetch,
    rebalance_delay,
    rebalance_mode,
    rebalance_order,
    rebalance_throttle,
    rebalance_timeout,
    sql_escape_all,
    sql_index_inline_size,
    sql_schema,
    write_sync,
    key_configuration,
    query_entities,
);

/// The read form; for the write form see [`CreateCacheRequest`](super::CreateCacheRequest).
impl Layout for CacheConfiguration {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        writer.sized(|writer| {
            encode_fields(self, writer);
            if writer.dialect().version >= Version::V1_6 {
                self.expiry.encode(writer);
            }
            if writer.dialect().has(Feature::CacheStorages) {
                self.storage_paths.encode(writer);
                self.index_path.encode(writer);
            }
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.sized(|reader| {
            let mut configuration = decode_fields(reader)?;
            if reader.dialect().version >= Version::V1_6 {
                configuration.expiry = Layout::decode(reader)?;
            }
            if reader.dialect().has(Feature::CacheStorages) {
                configuration.storage_paths = Layout::decode(reader)?;
                configuration.index_path = Layout::decode(reader)?;
            }
            Ok(configuration)
        })
    }
}
