//! An Apache Ignite endpoint without a JVM: one node, embedded in a process or alone.
//!
//! It speaks the thin client protocol (1.0 to 1.7), so any Ignite thin client can use it: caches,
//! key-value operations, SQL, transactions, scans, expiry, continuous queries, binary types. Data
//! are durable in a folder, where an acknowledged write survives the death of the process, or in
//! memory only. Clients can call functions of the program that embeds it: entry processors, compute
//! tasks, services. It is one node for ever: there is no cluster behind it, and no code of clients;
//! requests for those are answered with Ignite's own status codes.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use portway_grid::{Grid, GridConfiguration, Listener};
//!
//! let grid = Grid::open(GridConfiguration::in_memory())?;
//! let listener = Listener::bind_tcp("127.0.0.1:0").await?;
//! println!("point an Ignite client at {}", listener.address());
//! grid.serve(listener);
//! grid.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Inside, `engine` holds the data and decides without clock and sockets, `session` speaks one
//! connection's side of the protocol, `sql` translates statements and finds rows, `store` is the
//! journal on disk, `server` owns sockets, clock and tasks.

#![forbid(unsafe_code)]

mod configuration;
mod engine;
mod functions;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod passwords;
mod server;
mod session;
mod sql;
mod store;

pub use configuration::{GridConfiguration, Limits};
pub use functions::{Parameters, ProcessedEntry, SNAPSHOT_TASK, Service, ServiceCall, TaskCall};
pub use portway_ignite_protocol::{Credentials, RawValue, ReadValue, TaskFlags, Value, WriteValue};
pub use server::{Grid, GridStatistics, ListenAddress, Listener, UserError};
#[cfg(feature = "tls")]
pub use server::{ListenerTls, ListenerTlsError};
pub use store::{OpenError, RecoveryProgress, Snapshot, SnapshotError, WalMode};
