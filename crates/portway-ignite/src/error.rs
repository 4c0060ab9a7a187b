//! What can go wrong, in words that tell an operator what to do.

mod configuration;
mod loss;
mod words;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{DecodeError, EncodeError, ServerError, Status, TypeConflict};

use crate::address::Address;
use crate::sql::RowError;
#[cfg(feature = "tls")]
use crate::tls::TlsFailure;
use words::{Joined, doubt, hint};

pub use configuration::ConfigurationError;
pub use loss::{Delivery, LossReason, Violation};

/// The error of every operation of this crate.
///
/// It is cheap to clone: one lost connection is told to every operation that waited on it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),

    /// No connection to one node could be made.
    #[error("cannot reach the grid node {address}: {source}; {}", hint(source))]
    Unreachable {
        /// The address that was tried.
        address: Address,
        /// Why the system gave up.
        source: Arc<io::Error>,
    },

    /// Several nodes were tried and none could be used.
    #[error("no node of the grid can be used: {}", Joined(.0))]
    NoneReachable(Arc<[Error]>),

    /// The node does not speak a version of the protocol that this client knows, or is not ready.
    #[error("the grid node {address} refused the connection: {message}")]
    HandshakeRefused {
        /// The node that refused.
        address: Address,
        /// The node's own words.
        message: Arc<str>,
    },

    /// The node and this client do not come to speak TLS.
    #[cfg(feature = "tls")]
    #[error("no TLS with the grid node {address}: {reason}")]
    Tls {
        /// The node.
        address: Address,
        /// What is wrong, and what to do.
        #[source]
        reason: TlsFailure,
    },

    /// The node does not accept the user or the password.
    #[error(
        "the grid node {address} refused the connection: {message}; give the user and the password \
         that the node knows"
    )]
    AuthenticationRefused {
        /// The node that refused.
        address: Address,
        /// The node's own words.
        message: Arc<str>,
    },

    /// The address finder of the configuration found nothing, and no address is configured.
    #[error(
        "the address finder found no node: {source}; give an address in the configuration, too"
    )]
    AddressFinder {
        /// Why it found nothing.
        source: Arc<io::Error>,
    },

    /// The client was closed.
    #[error("the client was closed; connect another one")]
    Closed,

    /// The connection ended before the answer came.
    #[error("the connection to the grid node {address} was lost: {reason}{}", doubt(*.delivery))]
    ConnectionLost {
        /// The node.
        address: Address,
        /// How it ended.
        reason: LossReason,
        /// Whether the operation may have reached the node.
        delivery: Delivery,
    },

    /// The operation took longer than its time-out.
    #[error(
        "{operation} took longer than {limit:?}; the node may be busy or away, and a write may \
         still be carried out"
    )]
    TimedOut {
        /// What was asked for.
        operation: &'static str,
        /// The limit that was reached.
        limit: Duration,
    },

    /// The node answered with an error.
    #[error("the grid answered {operation} with an error: {error}")]
    Server {
        /// What was asked for.
        operation: &'static str,
        /// The status code and the node's own words.
        #[source]
        error: Arc<ServerError>,
    },

    /// The answer was read, but is not what was expected.
    #[error(
        "the answer to {operation} cannot be read: {source}; the key and value types of the cache \
         handle must be those of the cache"
    )]
    Decode {
        /// What was asked for.
        operation: &'static str,
        /// What is wrong with the bytes.
        source: DecodeError,
    },

    /// A value cannot be written.
    #[error("the values of {operation} cannot be written: {source}")]
    Encode {
        /// What was asked for.
        operation: &'static str,
        /// What is wrong with the value.
        source: EncodeError,
    },

    /// A binary type contradicts what the grid, or this program elsewhere, says of the same type.
    #[error(transparent)]
    TypeConflict(Box<TypeConflict>),

    /// A row of SQL cannot be read as it was asked for.
    #[error(transparent)]
    Row(#[from] RowError),

    /// The request would be longer than the limit of the configuration.
    #[error(
        "the request has {size} bytes and the limit is {limit}; split it, or raise frame_limit in \
         the configuration"
    )]
    RequestTooLong {
        /// The length of the request in bytes.
        size: usize,
        /// The configured limit in bytes.
        limit: usize,
    },

    /// The connected node is too old for this operation.
    #[error("the grid node {address} is too old for {feature}; upgrade it, or do without")]
    Unsupported {
        /// The node.
        address: Address,
        /// What it does not know.
        feature: &'static str,
    },

    /// The reader of an event stream fell behind, and events were dropped.
    #[error(
        "events were lost because their reader fell behind; register the query again and compare \
         with a fresh scan, and read faster or raise listener_queue in the configuration"
    )]
    EventsLost,

    /// Nodes or caches came and went, so that nobody knows whether all events were told.
    #[error(
        "nodes or caches of the grid came and went, so that events may have been missed; register \
         the query again and compare with a fresh scan"
    )]
    EventsInDoubt,

    /// The thread of a blocking client could not be started.
    #[error(
        "the background thread of the client cannot be started: {source}; check the limits on \
             threads and open files"
    )]
    Background {
        /// What the system says.
        source: Arc<io::Error>,
    },

    /// A task of the client ended without an outcome: code of the program panicked in it, such as
    /// a listener or a rule of repetition, or its runtime ended.
    #[error(
        "{operation} was interrupted by a panic or the end of its runtime, and may or may not have \
         been carried out; look for the panic in what the program printed"
    )]
    Interrupted {
        /// What was interrupted.
        operation: &'static str,
    },

    /// What is asked for makes no sense, so that nothing was sent: a node would do something else, or
    /// not say what is wrong.
    #[error("{operation} was not sent: {reason}")]
    Senseless {
        /// What was asked for.
        operation: &'static str,
        /// What is wrong with it, and what to do.
        reason: &'static str,
    },

    /// No node has what a group of nodes asks for.
    #[error("no node of the cluster is in the group; ask for less, or start such a node")]
    NoSuchNode,

    /// The transaction was committed, rolled back or dropped.
    #[error(
        "the transaction is over, so that no operation can be part of it; begin another one and \
         make the cache handle anew with within"
    )]
    TransactionOver,

    /// A near cache could not keep its promise for this cache.
    #[error(
        "the cache {cache} allows no strict near cache: {reason}; or accept a weaker promise by \
         NearOptions::weak_caches"
    )]
    WeakNearCache {
        /// The name of the cache.
        cache: Arc<str>,
        /// What weakens the promise, and what to change.
        reason: &'static str,
    },

    /// Too much is open on one connection.
    #[error(
        "{limit} cursors, event streams, tasks and transactions are open on one connection; drop \
         some of them first"
    )]
    TooManyResources {
        /// The largest number.
        limit: usize,
    },
}

impl Error {
    /// Whether the connection is the cause, so that the same operation may succeed on another one.
    #[must_use]
    pub fn is_connection_error(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::NoneReachable(_) | Self::ConnectionLost { .. }
        )
    }

    /// Whether the reason passes by itself: a node is away, silent, stopping or not ready yet, or
    /// the cluster has just lost one.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            Self::Server { error, .. } => match error.status {
                Status::INVALID_NODE_STATE | Status::RECOVERY_MODE => true,
                // The loss of a node has no status of its own, only the name of its class.
                Status::FAILED => error.message.contains("ClusterTopology"),
                _ => false,
            },
            _ => self.is_connection_error(),
        }
    }

    /// The status of the node's answer, if it answered with an error.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Server { error, .. } => Some(error.status),
            _ => None,
        }
    }

    /// The SQLSTATE of the node's answer, if it answered an SQL statement with an error: five
    /// characters that tell what kind of error it is, such as `42000` for a statement that cannot
    /// be understood and `23000` for a key that is there already.
    ///
    /// The node writes it in front of its message, from which it is read.
    #[must_use]
    pub fn sql_state(&self) -> Option<&str> {
        let Self::Server { error, .. } = self else {
            return None;
        };
        let (state, _) = error.message.split_once(": ")?;
        let is_state = |state: &str| {
            state.len() == 5
                && state
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        };
        Some(state).filter(|state| is_state(state))
    }

    pub(crate) fn server(operation: &'static str, error: ServerError) -> Self {
        Self::Server {
            operation,
            error: Arc::new(error),
        }
    }

    /// The same loss, as seen by an operation whose request never left this process.
    pub(crate) fn undelivered(self) -> Self {
        match self {
            Self::ConnectionLost {
                address, reason, ..
            } => Self::ConnectionLost {
                address,
                reason,
                delivery: Delivery::NotSent,
            },
            other => other,
        }
    }
}
