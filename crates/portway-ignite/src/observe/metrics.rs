//! The figures of a client at one moment.

use uuid::Uuid;

use super::histogram::Latency;
use crate::address::Address;

/// The figures of one client since it connected, read by
/// [`Client::metrics`](crate::Client::metrics).
///
/// It is a copy, made without stopping anything: figures of one moment may differ by what happened
/// while they were read. No recorder is installed anywhere; whatever exports metrics reads this
/// when it is asked.
///
/// ```no_run
/// # fn export(client: &portway_ignite::Client) {
/// for operation in client.metrics().operations {
///     let mut below = 0;
///     for (bound, count) in operation.latency.buckets() {
///         below += count;
///         let bound = bound.map_or("+Inf".to_owned(), |bound| bound.as_secs_f64().to_string());
///         println!("ignite_latency_bucket{{operation={:?},le={bound:?}}} {below}", operation.name);
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metrics {
    /// Each kind of operation that was used, by name.
    pub operations: Vec<OperationMetrics>,
    /// Each node that was talked to, by address. The oldest of more than 1024 are forgotten.
    pub nodes: Vec<NodeMetrics>,
}

/// The figures of one kind of operation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OperationMetrics {
    /// Its name, that of the method.
    pub name: &'static str,
    /// How many began.
    pub started: u64,
    /// How many ended with an error, time-outs included.
    pub errors: u64,
    /// How many attempts were repeated.
    pub retries: u64,
    /// How many were dropped by their callers before they ended.
    pub cancelled: u64,
    /// How many are under way.
    pub in_flight: u64,
    /// How long the others took, errors included.
    pub latency: Latency,
}

/// The figures of one node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeMetrics {
    /// Its address.
    pub address: Address,
    /// Its id at the last connection, where it tells one.
    pub node: Option<Uuid>,
    /// Connections that are open.
    pub connections: u64,
    /// Connections that were made.
    pub connected: u64,
    /// Connections that took the place of a lost one.
    pub reconnected: u64,
    /// Connections that could not be made.
    pub connect_failures: u64,
    /// Requests that were sent, pages of cursors included, heartbeats not.
    pub requests: u64,
    /// Answers that were errors of the server.
    pub errors: u64,
    /// Requests that wait for their answers.
    pub in_flight: u64,
    /// Bytes that were written, TLS not counted.
    pub bytes_sent: u64,
    /// Bytes that were read, TLS not counted.
    pub bytes_received: u64,
}
