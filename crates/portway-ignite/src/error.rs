//! What can go wrong, in words that tell an operator what to do.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{DecodeError, EncodeError, ServerError, Status, TypeConflict};

use crate::address::{Address, AddressError};
use crate::sql::RowError;
#[cfg(feature = "tls")]
use crate::tls::{TlsFailure, TlsOptionsError};

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

/// Why a configuration cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// No address was given.
    #[error("no address of a grid node is given; name at least one as HOST:PORT or unix:PATH")]
    NoAddress,
    /// An address cannot be read.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The options of TLS cannot be used.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] TlsOptionsError),
    /// A limit is out of its range.
    #[error("{name} is {value}; it must be from {least} to {most}")]
    Limit {
        /// The name of the setting.
        name: &'static str,
        /// The given value.
        value: usize,
        /// The least allowed value.
        least: usize,
        /// The greatest allowed value.
        most: usize,
    },
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::ConnectionRefused => "check that the node runs and listens there",
        io::ErrorKind::NotFound => "check that the path is right and that the node runs",
        io::ErrorKind::PermissionDenied => "check the rights of this user",
        io::ErrorKind::UnexpectedEof => "it may ask for TLS, or be no grid node",
        io::ErrorKind::TimedOut => "check the address, and firewalls on the way",
        _ => "check the address",
    }
}

fn doubt(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NotSent => "",
        Delivery::Unknown => "; a write may or may not have been carried out",
    }
}

/// Several errors in one line.
struct Joined<'a>(&'a [Error]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{error}")?;
        }
        Ok(())
    }
}
