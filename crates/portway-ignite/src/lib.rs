//! An asynchronous, multiplexing client for Apache Ignite in pure Rust.
//!
//! A [`Client`] is a cheap handle of connections to all nodes of the grid: requests of all its
//! clones travel at once on one socket to each node, which a task of the client owns, and which it
//! replaces when it is lost. A [`Cache`] is a typed handle of one cache.
//!
//! ```
//! use portway_ignite::{CacheConfiguration, Client, ClientConfiguration, IgniteObject, ScanQuery};
//!
//! #[derive(IgniteObject, Debug, PartialEq)]
//! struct Person {
//!     name: String,
//!     age: i32,
//! }
//!
//! # async fn example(address: &str) -> Result<(), portway_ignite::Error> {
//! # let configuration = ClientConfiguration::new([address]);
//! # /*
//! let configuration = ClientConfiguration::new(["127.0.0.1:10800"]);
//! # */
//! let client = Client::connect(configuration).await?;
//! let people = client
//!     .get_or_create_cache::<i64, Person>(CacheConfiguration::new("people"))
//!     .await?;
//! people.put(&1, &Person { name: "Ada".into(), age: 36 }).await?;
//! assert_eq!(people.get(&1).await?.map(|ada| ada.age), Some(36));
//!
//! let mut everyone = people.scan(ScanQuery::new()).await?;
//! while let Some(entry) = everyone.next().await {
//!     let (number, person) = entry?;
//!     println!("{number}: {}", person.name);
//! }
//! # Ok(())
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use portway_grid::{Grid, GridConfiguration, Listener};
//! # let grid = Grid::open(GridConfiguration::in_memory())?;
//! # let listener = Listener::bind_tcp("127.0.0.1:0").await?;
//! # let address = listener.address().to_string();
//! # grid.serve(listener);
//! # example(&address).await?;
//! # Ok(())
//! # }
//! ```
//!
//! It works with Apache Ignite 2.x and with the grid of `portway-grid`, over TCP and Unix sockets.
//! The bytes are made by `portway-ignite-protocol`, which both sides share, and which is found here
//! as [`protocol`].
//!
//! The [`guide`] shows each thing that one can do, says what is promised, and
//! [compares](guide::clients) this client with those of other languages.
//!
//! # Features
//! - `chrono`, `jiff`, `time`: the dates and times of these crates as keys, values and fields.
//! - `serde`: `Serde`, by which any type of serde is a key or value, and JSON of any
//!   [`Value`]. Off by default.
//! - `blocking`: the module `blocking`, the same client for programs without a runtime. Off by
//!   default.
//! - `tls`: `TlsOptions`, connections inside TLS by rustls with ring. Off by default: it adds some
//!   fifteen crates and a C compiler to the build, which a client beside its node does not need.
//!   **Without it a password travels in the clear.**
//!
//! # Nodes and keys
//! - One address is enough: the grid tells where its other nodes are, and the client connects to
//!   them in the background. An [`AddressFinder`] may tell that instead.
//! - An operation on a key goes to the node that holds it, as far as known; what is not known is
//!   found out meanwhile, and any node passes on what is not its own. A [`PartitionMapper`] helps
//!   with affinity functions of one's own. What concerns no key goes to the nodes in turn.
//! - In a [data centre](ClientConfiguration::data_center), reads go to copies in it.
//! - Operations that are under way at the same time **have no order**, not even on one connection:
//!   nodes carry them out in parallel. Await one before the next where order counts.
//!
//! # Asking a cache
//! - [`Client::sql`] and [`Cache::sql`] answer rows, [`Client::execute`] and
//!   [`Client::execute_batch`] change them; a row is read as a tuple or by `#[derive(FromRow)]`.
//! - [`Cache::scan`] walks over the entries, [`Cache::index_query`] over those that an index finds;
//!   a filter can run where they are.
//! - [`Cache::invoke`] runs an entry processor where an entry is.
//!
//! # Following, keeping and filling a cache
//! - [`Cache::continuous_query`] tells the changes on one connection and ends with it;
//!   [`Cache::watch`] goes on when nodes are lost, says where changes may have been missed, and
//!   reads the entries again if asked to.
//! - [`Cache::near`] keeps the used entries in this process, fresh by such a watch: a read of a
//!   known key asks nobody. What it promises is written at [`NearCache`].
//! - [`Cache::streamer`] fills a cache with many entries, in batches to the nodes that hold them.
//!   What could not be stored is handed back.
//!
//! # Beyond caches
//! - [`Client::begin`] and [`Client::transact`] carry out several operations as one
//!   [`Transaction`]; [`Cache::within`] gives the handle whose operations take part.
//! - [`Client::compute`] runs Java tasks on the servers, [`Client::service`] calls methods of the
//!   services there.
//! - [`Client::cluster`] tells of nodes and groups of nodes, and changes the cluster's state.
//! - [`Client::atomic_long`] and [`Client::set`] are numbers and sets that all clients share.
//!
//! # When something goes wrong
//! - A lost connection is replaced by itself. Operations wait for that, within
//!   [`request_timeout`](ClientConfiguration::request_timeout), and are repeated as the
//!   [`RetryPolicy`] allows, on another node if there is one. [`Client::connection_state`] tells
//!   whether the grid is there.
//! - A [`Cursor`] and an [`EventStream`] belong to one connection: its loss is their last item. A
//!   [`Watch`], a [`NearCache`] and a [`DataStreamer`] survive it.
//! - A dropped future costs nothing: its late answer is discarded, what it opened is released.
//! - Everything that can grow has a limit in the [`ClientConfiguration`]: requests in flight, the
//!   size of a message, the events that wait for their reader.
//!
//! # What it tells about itself
//! - [`Client::metrics`] is a snapshot of counts, errors, repetitions and latencies of each
//!   operation, and of connections, requests and bytes of each node. Counting costs an operation
//!   two looks at the clock and three additions; no recorder is installed.
//! - A [`ClientListener`] hears of connections that come and go, of newer topologies, requests,
//!   repetitions and slow requests.
//! - Each operation is a `tracing` span `ignite` of level `DEBUG` with the fields `operation`,
//!   `cache`, `node` and `attempts`. Keys, values and passwords are in no span, log or error.
//!
//! # What it is not
//! - It is no client of Ignite 3, which speaks another protocol.
//!

mod address;
mod address_finder;
mod arguments;
#[cfg(feature = "blocking")]
pub mod blocking;
mod cache;
mod client;
mod cluster;
mod compute;
mod configuration;
mod connection;
mod error;
pub mod guide;
mod near;
mod observe;
mod paging;
mod reconnect;
mod retry;
mod seldom;
mod service;
mod sql;
mod streamer;
mod structures;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls/absent.rs"]
mod tls;
mod topology;
mod transaction;
mod transport;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use address_finder::{AddressFinder, FoundAddresses};
pub use arguments::Arguments;
pub use cache::{
    Cache, CacheEvent, Change, ConflictPut, ContinuousQuery, Cursor, EventStream, Expired,
    IndexQuery, InvokeError, ScanQuery, Watch, WatchOptions,
};
pub use client::Client;
pub use cluster::{Cluster, ClusterNode, NodeGroup};
pub use compute::{Compute, RunningTask};
pub use configuration::ClientConfiguration;
pub use error::{ConfigurationError, Delivery, Error, LossReason, Violation};
pub use near::{NearCache, NearOptions, NearStatistics, WeakCaches};
pub use observe::{ClientEvent, ClientListener, Latency, Metrics, NodeMetrics, OperationMetrics};
pub use reconnect::ReconnectPolicy;
pub use retry::{FailedAttempt, RetryPolicy, RetryRule};
pub use service::{CallArguments, Service};
pub use sql::{BatchError, ColumnIndex, FromRow, RowError, SqlCursor, SqlQuery, SqlRow};
pub use streamer::{DataStreamer, StreamerError, StreamerOptions};
pub use structures::{AtomicLong, AtomicLongOptions, IgniteSet, SetCursor, SetOptions};
#[cfg(feature = "tls")]
pub use tls::{TlsFailure, TlsOptions, TlsOptionsError};
pub use topology::{ConnectionState, PartitionMapper};
pub use transaction::{Transaction, TransactionFailure, TransactionOptions};

pub use portway_ignite_derive::{FromRow, IgniteObject};
pub use portway_ignite_protocol as protocol;
pub use portway_ignite_protocol::IgniteObject;
pub use portway_ignite_protocol::{
    AsArray, AsList, AtomicityMode, BinaryConfiguration, BinaryObject, BinaryObjectBuilder,
    BinaryType, CacheConfiguration, CacheId, CacheMode, ClusterState, CodePlatform, CollectionKind,
    Concurrency, Date, Decimal, DecodeError, EncodeError, EntryVersion, ExpiryDuration,
    ExpiryPolicy, IgniteEnum, IndexField, IndexKind, Isolation, KeyConfiguration, MapKind,
    NodeEndpoint, NodeEndpoints, ObjectField, PartitionLossPolicy, PeekMode, QueryEntity,
    QueryField, QueryIndex, RawValue, ReadValue, RebalanceMode, RemoteFilter, ServerError,
    ServiceDescriptor, StatementKind, Status, StoragePaths, Time, Timestamp, TypeConflict,
    TypeReference, Value, WriteSync, WriteValue,
};

#[cfg(feature = "serde")]
pub use portway_ignite_protocol::{Serde, from_value, to_value};

/// The snippets of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
