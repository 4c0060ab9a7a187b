//! How a connection was lost, and what that means for requests.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::DecodeError;

/// Whether a request whose connection was lost may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It never left this process.
    NotSent,
    /// It was on its way: the node may or may not have carried it out.
    Unknown,
}

/// How a connection ended.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LossReason {
    /// The node closed it, as it does when it stops or cannot read a request.
    #[error("the node closed it")]
    ClosedByNode,
    /// The operating system reported an error.
    #[error("{0}")]
    System(#[source] Arc<io::Error>),
    /// The node did not answer a heartbeat in time.
    #[error("the node has been silent and did not answer a heartbeat within {0:?}")]
    Silent(Duration),
    /// The node sent what the protocol does not allow.
    #[error("the node broke the protocol: {0}")]
    Violation(#[source] Violation),
    /// This client closed it.
    #[error("this client closed it")]
    ClosedHere,
}

/// What a node sent that the protocol does not allow.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The length of a message is negative or above the limit of the configuration.
    #[error("{0}")]
    Frame(#[source] DecodeError),
    /// The header of a message cannot be read.
    #[error("the header of a message cannot be read: {0}")]
    Header(#[source] DecodeError),
    /// An answer names a request that does not wait for one.
    #[error("request {0} was answered, which does not wait for an answer")]
    UnknownRequest(i64),
}
