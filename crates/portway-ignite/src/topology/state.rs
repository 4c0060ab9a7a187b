//! Whether the grid is there.

use uuid::Uuid;

use crate::address::Address;
use crate::connection::Connection;
use crate::error::Error;

/// Whether a client has a connection to the grid, as told by
/// [`Client::connection_state`](crate::Client::connection_state).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectionState {
    /// The client is connected.
    Connected {
        /// The address of a node; there may be connections to others.
        address: Address,
        /// The id of the node; one that speaks a protocol before 1.4 does not tell it.
        node: Option<Uuid>,
    },
    /// There is no connection; the client keeps trying.
    Away {
        /// Why the connection was lost, or why the last attempt failed.
        error: Error,
    },
}

impl ConnectionState {
    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected { .. })
    }

    /// Whether both tell the same, so that nobody needs to be told again.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Connected { address, node },
                Self::Connected {
                    address: other_address,
                    node: other_node,
                },
            ) => address == other_address && node == other_node,
            _ => false,
        }
    }

    pub(crate) fn connected(connection: &Connection) -> Self {
        Self::Connected {
            address: connection.address().clone(),
            node: connection.agreement().node,
        }
    }
}
