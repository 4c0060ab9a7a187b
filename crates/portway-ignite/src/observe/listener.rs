//! What a client tells those who listen to it.

use std::time::Duration;

use portway_ignite_protocol::{TopologyVersion, Version};
use uuid::Uuid;

use crate::address::Address;
use crate::error::Error;

/// Hears what happens in a client, as Java's `ConnectionEventListener` and `RequestEventListener`
/// do. Any `Fn(&ClientEvent<'_>)` is one.
///
/// It is given to [`ClientConfiguration::listener`](crate::ClientConfiguration::listener).
///
/// ```
/// use portway_ignite::{ClientConfiguration, ClientEvent};
///
/// let configuration = ClientConfiguration::new(["grid-1:10800"]).listener(|event: &ClientEvent<'_>| {
///     if let ClientEvent::Disconnected { address, error, .. } = event {
///         eprintln!("lost {address}: {error}");
///     }
/// });
/// ```
///
/// It is called by the tasks of the client and of its callers in the middle of their work, also
/// for each request: it must be quick, must not block and must not panic. (A panic over an event of a
/// request ends the task that asked; one over an event of a connection or of the topology is logged.)
pub trait ClientListener: Send + Sync + 'static {
    /// Hears of one event.
    fn on_event(&self, event: &ClientEvent<'_>);
}

impl<F: Fn(&ClientEvent<'_>) + Send + Sync + 'static> ClientListener for F {
    fn on_event(&self, event: &ClientEvent<'_>) {
        self(event);
    }
}

/// Something that happened in a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientEvent<'e> {
    /// A connection is being made.
    #[non_exhaustive]
    Connecting {
        /// To whom.
        address: &'e Address,
    },
    /// A connection was made, first or again.
    #[non_exhaustive]
    Connected {
        /// To whom.
        address: &'e Address,
        /// The id of the node; one that speaks a protocol before 1.4 does not tell it.
        node: Option<Uuid>,
        /// The version of the protocol that both speak.
        version: Version,
        /// How long it took, TLS and handshake included.
        took: Duration,
    },
    /// A connection could not be made.
    #[non_exhaustive]
    ConnectFailed {
        /// To whom.
        address: &'e Address,
        /// Why.
        error: &'e Error,
        /// How long it took to fail.
        took: Duration,
    },
    /// A connection ended.
    #[non_exhaustive]
    Disconnected {
        /// To whom it was.
        address: &'e Address,
        /// The id of the node.
        node: Option<Uuid>,
        /// How it ended, [`LossReason::ClosedHere`](crate::LossReason::ClosedHere) included.
        error: &'e Error,
    },
    /// A node told that others joined or left the grid.
    #[non_exhaustive]
    TopologyChanged {
        /// The version of the topology.
        version: TopologyVersion,
    },
    /// An operation began.
    #[non_exhaustive]
    RequestStarted {
        /// Its name, that of the method.
        operation: &'static str,
    },
    /// An operation is tried again.
    #[non_exhaustive]
    Retry {
        /// Its name.
        operation: &'static str,
        /// The number of the attempt that failed, from 1.
        attempt: u32,
        /// Why it failed.
        error: &'e Error,
    },
    /// An operation ended.
    #[non_exhaustive]
    RequestFinished {
        /// Its name.
        operation: &'static str,
        /// The node that was asked last, if any was.
        address: Option<&'e Address>,
        /// How often it was tried.
        attempts: u32,
        /// How long it took in all.
        took: Duration,
        /// Why it failed, if it did.
        error: Option<&'e Error>,
    },
    /// An operation ended that took longer than
    /// [`ClientConfiguration::slow_request`](crate::ClientConfiguration::slow_request).
    #[non_exhaustive]
    SlowRequest {
        /// Its name.
        operation: &'static str,
        /// The node that was asked last, if any was.
        address: Option<&'e Address>,
        /// How long it took.
        took: Duration,
    },
}
