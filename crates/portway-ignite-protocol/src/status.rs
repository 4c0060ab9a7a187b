//! The status codes of failed requests.

use std::fmt;

use crate::codec::{DecodeError, Layout, Reader, Writer};

/// A status code; codes without a name of their own are kept as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub i32);

impl Status {
    /// Any failure without a code of its own.
    pub const FAILED: Self = Self(1);
    /// The server does not know the operation.
    pub const INVALID_OPERATION: Self = Self(2);
    /// The node cannot serve this now.
    pub const INVALID_NODE_STATE: Self = Self(10);
    /// The node only accepts maintenance.
    pub const RECOVERY_MODE: Self = Self(11);
    /// The function is switched off on the server.
    pub const FUNCTIONALITY_DISABLED: Self = Self(100);
    /// No cache has this id.
    pub const CACHE_DOES_NOT_EXIST: Self = Self(1000);
    /// A cache of this name is there already.
    pub const CACHE_EXISTS: Self = Self(1001);
    /// The configuration contradicts itself or an existing cache.
    pub const CACHE_CONFIGURATION_INVALID: Self = Self(1002);
    /// The connection holds too many cursors or continuous queries.
    pub const TOO_MANY_CURSORS: Self = Self(1010);
    /// No resource of the connection has this id.
    pub const RESOURCE_DOES_NOT_EXIST: Self = Self(1011);
    /// The user may not do this.
    pub const SECURITY_VIOLATION: Self = Self(1012);
    /// The connection holds too many transactions.
    pub const TRANSACTION_LIMIT: Self = Self(1020);
    /// No transaction of the connection has this id.
    pub const TRANSACTION_NOT_FOUND: Self = Self(1021);
    /// The connection holds too many compute tasks.
    pub const TOO_MANY_TASKS: Self = Self(1030);
    /// An entry processor failed.
    pub const ENTRY_PROCESSOR: Self = Self(1040);
    /// User or password are wrong.
    pub const AUTHENTICATION_FAILED: Self = Self(2000);

    fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::FAILED => "failed",
            Self::INVALID_OPERATION => "invalid operation",
            Self::INVALID_NODE_STATE => "invalid node state",
            Self::RECOVERY_MODE => "node in recovery mode",
            Self::FUNCTIONALITY_DISABLED => "functionality disabled",
            Self::CACHE_DOES_NOT_EXIST => "cache does not exist",
            Self::CACHE_EXISTS => "cache exists",
            Self::CACHE_CONFIGURATION_INVALID => "invalid cache configuration",
            Self::TOO_MANY_CURSORS => "too many cursors",
            Self::RESOURCE_DOES_NOT_EXIST => "resource does not exist",
            Self::SECURITY_VIOLATION => "security violation",
            Self::TRANSACTION_LIMIT => "too many transactions",
            Self::TRANSACTION_NOT_FOUND => "transaction not found",
            Self::TOO_MANY_TASKS => "too many compute tasks",
            Self::ENTRY_PROCESSOR => "entry processor failed",
            Self::AUTHENTICATION_FAILED => "authentication failed",
            _ => return None,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(formatter, "{name} ({})", self.0),
            None => write!(formatter, "status {}", self.0),
        }
    }
}

/// A request's failure as the server tells it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub struct ServerError {
    /// The kind of failure.
    pub status: Status,
    /// The server's words.
    pub message: String,
}

impl ServerError {
    /// Names a failure.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

impl Layout for Status {
    const MINIMUM_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer) {
        writer.i32(self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.i32().map(Self)
    }
}

/// An empty message is null, as exceptions of Java without one are told.
impl Layout for ServerError {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        self.status.encode(writer);
        if self.message.is_empty() {
            return writer.null();
        }
        writer.string(&self.message);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let status = Status::decode(reader)?;
        let message = reader.optional_string()?.unwrap_or_default();
        Ok(Self { status, message })
    }
}
