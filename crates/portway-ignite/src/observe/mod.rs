//! What a client tells about itself: metrics, events, spans.
//!
//! ```text
//! Client::call ──Observation──► OperationCounters ──┐
//!                     │                             ├──► Client::metrics, a snapshot
//! driver ───────Traffic───────► NodeCounters ───────┘
//!                     │
//!                     └──events──► ClientListener, tracing
//! ```
//!
//! An operation costs one look at the clock, as its end is when its answer was read, and three
//! additions to counters; a connection adds to its counters, and looks at the clock for all answers
//! that it reads together, once for each system call.

mod counters;
mod histogram;
mod listener;
mod metrics;
mod observation;
mod operations;
mod traffic;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::TopologyVersion;
use tokio::time::Instant;

use crate::address::Address;
use crate::connection::Agreement;
use crate::error::Error;

use counters::Nodes;
use operations::Operations;

pub use histogram::Latency;
pub use listener::{ClientEvent, ClientListener};
pub use metrics::{Metrics, NodeMetrics, OperationMetrics};
pub(crate) use observation::Observation;
pub(crate) use traffic::Traffic;

/// Slower than anything a healthy grid does for one request.
const SLOW_REQUEST: Duration = Duration::from_secs(1);

/// Counts what one client does and tells its listeners. Cloning shares both.
#[derive(Clone)]
pub(crate) struct Observer {
    listeners: Vec<Arc<dyn ClientListener>>,
    pub(crate) slow_request: Duration,
    counted: Arc<Counted>,
}

struct Counted {
    operations: Operations,
    nodes: Nodes,
}

impl Counted {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            operations: Operations::new(),
            nodes: Nodes::default(),
        })
    }
}

impl Observer {
    /// The same listeners for another client, which is counted on its own.
    pub(crate) fn for_new_client(mut self) -> Self {
        // Only clones of the configuration share its figures, which are new if there is none.
        if Arc::get_mut(&mut self.counted).is_none() {
            self.counted = Counted::new();
        }
        self
    }

    /// Takes the memory that the first operation needs, while there is time for that.
    pub(crate) fn prepare(&self) {
        self.counted.operations.places();
    }

    pub(crate) fn add(&mut self, listener: Arc<dyn ClientListener>) {
        self.listeners.push(listener);
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            operations: self.counted.operations.snapshot(),
            nodes: self.counted.nodes.snapshot(),
        }
    }

    /// Observes one operation from here to its end.
    pub(crate) fn begin(
        &self,
        operation: &'static str,
        cache: Option<&Arc<str>>,
    ) -> Observation<'_> {
        let counters = self.counted.operations.of(operation);
        Observation::begin(self, counters, operation, cache)
    }

    /// Notes that a connection to `address` is tried; what came of it is told to the answer.
    pub(crate) fn connecting(&self, address: &Address) -> Connecting<'_> {
        self.tell_safely(&ClientEvent::Connecting { address });
        Connecting {
            observer: self,
            address: address.clone(),
            since: Instant::now(),
        }
    }

    /// Notes that a node told of a newer topology of the grid.
    pub(crate) fn topology_changed(&self, version: TopologyVersion) {
        tracing::debug!(version = version.major, "the topology changed");
        self.tell_safely(&ClientEvent::TopologyChanged { version });
    }

    fn has_listeners(&self) -> bool {
        !self.listeners.is_empty()
    }

    fn tell(&self, event: &ClientEvent<'_>) {
        for listener in &self.listeners {
            listener.on_event(event);
        }
    }

    /// Tells an event from a task of the client, which a listener that panics must not end: requests
    /// would wait for ever, and lost connections not be replaced.
    fn tell_safely(&self, event: &ClientEvent<'_>) {
        // Nothing of the client's is half changed while a listener runs.
        let told = catch_unwind(AssertUnwindSafe(|| self.tell(event)));
        if told.is_err() {
            tracing::error!(?event, "a listener of the client panicked");
        }
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            slow_request: SLOW_REQUEST,
            // That of a configuration: nothing is carried out with it, so that it stays small.
            counted: Counted::new(),
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Observer")
            .field("listeners", &self.listeners.len())
            .field("slow_request", &self.slow_request)
            .finish_non_exhaustive()
    }
}

/// An attempt to connect.
pub(crate) struct Connecting<'o> {
    observer: &'o Observer,
    address: Address,
    since: Instant,
}

impl Connecting<'_> {
    /// Notes success; the connection is counted until the answer is dropped.
    pub(crate) fn connected(self, agreement: &Agreement) -> Traffic {
        let Self {
            observer, address, ..
        } = self;
        let version = agreement.dialect.version;
        tracing::debug!(%address, %version, "connected");
        observer.tell_safely(&ClientEvent::Connected {
            address: &address,
            node: agreement.node,
            version,
            took: self.since.elapsed(),
        });
        let counters = observer.counted.nodes.of(&address);
        Traffic::new(observer.clone(), counters, address, agreement.node)
    }

    /// Notes failure.
    pub(crate) fn failed(self, error: &Error) {
        let address = &self.address;
        tracing::debug!(%address, %error, "not connected");
        self.observer.counted.nodes.of(address).connect_failed();
        self.observer.tell_safely(&ClientEvent::ConnectFailed {
            address,
            error,
            took: self.since.elapsed(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_cloned_configurations_are_counted_apart() {
        let configuration = Observer::default();
        let first = configuration.clone().for_new_client();
        let second = configuration.for_new_client();
        drop(first.begin("get", None));
        assert_eq!(first.metrics().operations.len(), 1);
        assert_eq!(second.metrics().operations.len(), 0);
    }
}
