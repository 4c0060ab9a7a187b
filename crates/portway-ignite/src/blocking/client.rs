//! A client whose operations are waited for.

use std::sync::Arc;

use portway_ignite_protocol::{
    BinaryConfiguration, BinaryType, CacheConfiguration, ClusterState, NodeEndpoints, RawValue,
    ReadValue, ServiceDescriptor, WriteValue,
};
use uuid::Uuid;

use super::Blocking;
use super::background::Background;
use super::cache::Cache;
use super::code::{Compute, Service};
use super::cursors::SqlCursor;
use super::methods::{same, sets, waits};
use super::structures::{AtomicLong, IgniteSet};
use super::transaction::Transaction;
use crate::arguments::Arguments;
use crate::cluster::ClusterNode;
use crate::configuration::ClientConfiguration;
use crate::error::Error;
use crate::observe::Metrics;
use crate::sql::{BatchError, SqlQuery};
use crate::structures::{AtomicLongOptions, SetOptions};
use crate::topology::ConnectionState;
use crate::transaction::TransactionOptions;

/// A client of a grid; see [`Client`](crate::Client).
pub type Client = Blocking<crate::Client>;
/// The cluster behind a client; see [`Cluster`](crate::Cluster).
pub type Cluster = Blocking<crate::Cluster>;
/// Some nodes of a cluster; see [`NodeGroup`](crate::NodeGroup).
pub type NodeGroup = Blocking<crate::NodeGroup>;

impl Client {
    /// Waits for [`connect`](crate::Client::connect).
    ///
    /// # Errors
    /// As that, and [`Error::Background`].
    pub fn connect(configuration: ClientConfiguration) -> Result<Self, Error> {
        let background = Background::start()?;
        let inner = background.wait(crate::Client::connect(configuration))?;
        Ok(Self {
            inner,
            background: Arc::new(background),
        })
    }

    /// Waits for [`close`](crate::Client::close).
    pub fn close(&self) {
        self.wait(self.inner.close());
    }

    /// Whether the grid is there now.
    #[must_use]
    pub fn connection_state(&self) -> ConnectionState {
        self.inner.connection_state().borrow().clone()
    }

    same! { "Client":
        metrics() -> Metrics;
        cache[K, V](name: &str) => Cache<K, V>
            where [K: WriteValue + ReadValue, V: WriteValue + ReadValue];
        compute() => Compute;
        service(name: &str) => Service;
        cluster() => Cluster;
    }

    waits! { "Client":
        create_cache[K, V](configuration: CacheConfiguration) => Result<Cache<K, V>, Error>
            where [K: WriteValue + ReadValue, V: WriteValue + ReadValue];
        get_or_create_cache[K, V](configuration: CacheConfiguration) => Result<Cache<K, V>, Error>
            where [K: WriteValue + ReadValue, V: WriteValue + ReadValue];
        create_table_cache[K, V](configuration: CacheConfiguration) => Result<Cache<K, V>, Error>
            where [K: WriteValue + ReadValue, V: WriteValue + ReadValue];
        create_cache_with_name[K, V](name: &str) => Result<Cache<K, V>, Error>
            where [K: WriteValue + ReadValue, V: WriteValue + ReadValue];
        get_or_create_cache_with_name[K, V](name: &str) => Result<Cache<K, V>, Error>
            where [K: WriteValue + ReadValue, V: WriteValue + ReadValue];
        cache_names() -> Result<Vec<String>, Error>;
        cache_configuration(name: &str) -> Result<CacheConfiguration, Error>;
        destroy_cache(name: &str) -> Result<(), Error>;

        sql['q](query: impl Into<SqlQuery<'q>>) => Result<SqlCursor, Error>;
        execute['q](query: impl Into<SqlQuery<'q>>) -> Result<i64, Error>;
        execute_batch['q, A: Arguments<'q>](
            statement: impl Into<SqlQuery<'q>>,
            rows: impl IntoIterator<Item = A>,
        ) -> Result<Vec<i64>, BatchError>;

        begin(options: TransactionOptions) => Result<Transaction, Error>;

        service_descriptors() -> Result<Vec<ServiceDescriptor>, Error>;
        cluster_state() -> Result<ClusterState, Error>;
        change_cluster_state(state: ClusterState) -> Result<(), Error>;
        node_endpoints() -> Result<NodeEndpoints, Error>;

        atomic_long(name: &str, options: AtomicLongOptions) => Result<AtomicLong, Error>;
        set[T: WriteValue](name: &str, options: SetOptions) => Result<IgniteSet<T>, Error>;

        binary_configuration() -> Result<BinaryConfiguration, Error>;
        read[T: ReadValue](value: &RawValue) -> Result<T, Error>;
        binary_type(type_name: &str) -> Result<Option<BinaryType>, Error>;
        register_binary_type(binary_type: &BinaryType) -> Result<(), Error>;
    }

    /// Waits for [`existing_atomic_long`](crate::Client::existing_atomic_long).
    ///
    /// # Errors
    /// As that.
    pub fn existing_atomic_long(
        &self,
        name: &str,
        options: AtomicLongOptions,
    ) -> Result<Option<AtomicLong>, Error> {
        let found = self.wait(self.inner.existing_atomic_long(name, options))?;
        Ok(found.map(|inner| self.face(inner)))
    }

    /// Waits for [`existing_set`](crate::Client::existing_set).
    ///
    /// # Errors
    /// As that.
    pub fn existing_set<T: WriteValue>(&self, name: &str) -> Result<Option<IgniteSet<T>>, Error> {
        let found = self.wait(self.inner.existing_set(name))?;
        Ok(found.map(|inner| self.face(inner)))
    }
}

impl Cluster {
    same! { "Cluster":
        group() => NodeGroup;
        servers() => NodeGroup;
    }

    waits! { "Cluster":
        state() -> Result<ClusterState, Error>;
        change_state(state: ClusterState) -> Result<(), Error>;
        force_state(state: ClusterState) -> Result<(), Error>;
        enable_write_ahead_log(cache: &str) -> Result<bool, Error>;
        disable_write_ahead_log(cache: &str) -> Result<bool, Error>;
        write_ahead_log(cache: &str) -> Result<bool, Error>;
        nodes() -> Result<Vec<ClusterNode>, Error>;
        endpoints() -> Result<NodeEndpoints, Error>;
    }
}

impl NodeGroup {
    sets! { "NodeGroup":
        servers();
        clients();
        with_attribute(name: impl Into<String>, value: &(impl WriteValue + ?Sized));
        in_data_center(id: impl Into<String>);
    }

    waits! { "NodeGroup":
        ids() -> Result<Vec<Uuid>, Error>;
        nodes() -> Result<Vec<ClusterNode>, Error>;
        compute() => Result<Compute, Error>;
    }
}
