//! The properties of a cache, each named once with its code, its type and Ignite's default.

use super::modes::{
    AtomicityMode, CacheMode, KeyConfiguration, PartitionLossPolicy, RebalanceMode, WriteSync,
};
use super::{QueryEntity, StoragePaths, write_form};
use crate::cache::ExpiryPolicy;
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::feature::Feature;
use crate::version::{Dialect, Version};

macro_rules! properties {
    ($($(#[$doc:meta])* $code:literal $field:ident: $type:ty = $default:expr,)+) => {
        /// The configuration of a cache.
        ///
        /// A client sends only what differs from [`default`](Self::default), which is what Ignite
        /// takes for the rest.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct CacheConfiguration {
            $($(#[$doc])* pub $field: $type,)+
        }

        /// The defaults of Ignite.
        impl Default for CacheConfiguration {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl CacheConfiguration {
            /// Writes each property that is not the default, and that the dialect knows, as its
            /// code and its value, and answers how many those are.
            pub(super) fn encode_properties(&self, writer: &mut Writer) -> i16 {
                let defaults = Self::default();
                let mut count = 0;
                $(
                    if self.$field != defaults.$field && is_known($code, writer.dialect()) {
                        write_form::encode_property($code, &self.$field, writer);
                        count += 1;
                    }
                )+
                count
            }

            /// Reads the value of the property with this code.
            pub(super) fn decode_property(
                &mut self,
                code: i16,
                reader: &mut Reader<'_>,
            ) -> Result<(), DecodeError> {
                match code {
                    $($code => self.$field = Layout::decode(reader)?,)+
                    _ => {
                        return Err(DecodeError::UnknownCode {
                            what: "cache property",
                            value: code.into(),
                        });
                    }
                }
                Ok(())
            }
        }
    };
}

properties! {
    /// The name; its hash code is the cache's id.
    0 name: String = String::new(),
    /// How entries are spread over the nodes.
    1 mode: CacheMode = CacheMode::Partitioned,
    /// Whether the cache takes part in transactions.
    2 atomicity: AtomicityMode = AtomicityMode::Atomic,
    /// How many copies there are beside the primary one.
    3 backups: i32 = 0,
    /// Which copies are written before a write is acknowledged.
    4 write_sync: WriteSync = WriteSync::PrimarySync,
    /// Whether code on the server gets copies of values.
    5 copy_on_read: bool = true,
    /// Whether a node may answer from a backup copy.
    6 read_from_backup: bool = true,
    /// The memory region, if not the default one.
    100 data_region: Option<String> = None,
    /// Whether values are also kept on the Java heap.
    101 on_heap: bool = false,
    /// The tables that SQL sees.
    200 query_entities: Vec<QueryEntity> = Vec::new(),
    /// How many threads of a node answer one query.
    201 query_parallelism: i32 = 1,
    /// How many queries a node remembers for its statistics.
    202 query_detail_metrics_size: i32 = 0,
    /// The SQL schema, if not the cache's name.
    203 sql_schema: Option<String> = None,
    /// How many bytes of a row an index holds itself; -1 for Ignite's choice.
    204 sql_index_inline_size: i32 = -1,
    /// Whether names of SQL keep their case.
    205 sql_escape_all: bool = false,
    /// How many cursors a node holds for the cache.
    206 max_query_iterators: i32 = 1024,
    /// How partitions move to a new node.
    300 rebalance_mode: RebalanceMode = RebalanceMode::Async,
    /// How many milliseconds pass before partitions move.
    301 rebalance_delay: i64 = 0,
    /// How many milliseconds a message of moving partitions may take.
    302 rebalance_timeout: i64 = 10_000,
    /// How many bytes such a message has.
    303 rebalance_batch_size: i32 = 512 * 1024,
    /// How many such messages are sent ahead.
    304 rebalance_batches_prefetch: i64 = 3,
    /// The caches' order of moving; 0 for any.
    305 rebalance_order: i32 = 0,
    /// How many milliseconds pass between such messages.
    306 rebalance_throttle: i64 = 0,
    /// The group of caches that share partitions.
    400 group: Option<String> = None,
    /// Which fields of keys decide the partition.
    401 key_configuration: Vec<KeyConfiguration> = Vec::new(),
    /// How many milliseconds a transaction waits for a lock; 0 for ever.
    402 default_lock_timeout: i64 = 0,
    /// How many operations may be under way at once; 0 for any number.
    403 max_concurrent_operations: i32 = 500,
    /// What operations do when all copies of a partition are lost.
    404 partition_loss_policy: PartitionLossPolicy = PartitionLossPolicy::Ignore,
    /// Whether expired entries are removed before anyone asks for them.
    405 eager_ttl: bool = true,
    /// Whether the cache counts what happens to it.
    406 statistics: bool = false,
    /// When entries expire. Needs version 1.6.
    407 expiry: Option<ExpiryPolicy> = None,
    /// The folders of the pages and indexes, if not the one of the region. Needs
    /// [`Feature::CacheStorages`].
    408 storage_paths: StoragePaths = StoragePaths::default(),
    /// The folder of the indexes, if not the one of the pages. Needs [`Feature::CacheStorages`].
    409 index_path: Option<String> = None,
}

/// A server that does not know a property would take its value for the next property.
fn is_known(code: i16, dialect: Dialect) -> bool {
    match code {
        407 => dialect.version >= Version::V1_6,
        408 | 409 => dialect.has(Feature::CacheStorages),
        _ => true,
    }
}

impl CacheConfiguration {
    /// The default configuration under a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}
