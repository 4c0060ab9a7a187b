//! An asynchronous, multiplexing client for Apache Ignite in pure Rust.
//!
//! A [`Client`] is a cheap handle of one logical connection: requests of all its clones travel at
//! once on one socket, which a task of the client owns, and which it replaces when it is lost.
//! A [`Cache`] is a typed handle of one cache.
//!
//! ```no_run
//! use portway_ignite::{CacheConfiguration, Client, ClientConfiguration, IgniteObject};
//!
//! #[derive(IgniteObject, Debug)]
//! struct Person {
//!     name: String,
//!     age: i32,
//! }
//!
//! # async fn example() -> Result<(), portway_ignite::Error> {
//! let client = Client::connect(ClientConfiguration::new(["127.0.0.1:10800"])).await?;
//! let people = client
//!     .get_or_create_cache::<i64, Person>(CacheConfiguration::new("people"))
//!     .await?;
//! people.put(&1, &Person { name: "Ada".into(), age: 36 }).await?;
//! let ada = people.get(&1).await?;
//! println!("{ada:?}");
//! # Ok(())
//! # }
//! ```
//!
//! It works with Apache Ignite 2.x and with the grid of `portway-grid`, over TCP and Unix sockets.
//! The bytes are made by [`portway_ignite_protocol`], which both sides share.
//!
//! # What it is not
//! - It does not speak TLS, SQL or transactions yet, and asks one node instead of choosing the one
//!   that holds a key.
//! - It does not run code on the grid: no compute tasks, services or entry processors.
//! - It is no client of Ignite 3, which speaks another protocol.
//!
//! # Features
//! None.

mod address;
mod cache;
mod client;
mod configuration;
mod connection;
mod error;
mod reconnect;
mod retry;
mod transport;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use cache::{Cache, CacheEvent, ContinuousQuery, Cursor, EventStream, Expired, ScanQuery};
pub use client::{Client, ConnectionState};
pub use configuration::ClientConfiguration;
pub use error::{ConfigurationError, Delivery, Error, LossReason, Violation};
pub use reconnect::ReconnectPolicy;
pub use retry::RetryPolicy;

pub use portway_ignite_derive::IgniteObject;
pub use portway_ignite_protocol as protocol;
pub use portway_ignite_protocol::IgniteObject;
pub use portway_ignite_protocol::{
    AtomicityMode, BinaryObject, CacheConfiguration, CacheMode, ClusterState, CollectionKind,
    Decimal, DecodeError, ExpiryDuration, ExpiryPolicy, IndexField, IndexKind, MapKind,
    NodeEndpoint, NodeEndpoints, PartitionLossPolicy, QueryEntity, QueryField, QueryIndex,
    RawValue, ReadValue, RemoteFilter, ServerError, Status, Timestamp, TypeReference, Value,
    WriteSync, WriteValue,
};
