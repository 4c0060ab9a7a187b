//! Who is connected, for those who look, and whom somebody has had disconnected.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use portway_ignite_protocol::Version;

use super::{ConnectionId, Engine};

/// What is shown of a connection.
#[derive(Clone, Debug)]
pub(crate) struct ClientInView {
    /// None where the connection is not of IP.
    pub(crate) local: Option<SocketAddr>,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) user: Option<String>,
    /// What the client says about itself.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) version: Version,
}

/// Everybody who is connected.
#[derive(Debug, Default)]
pub(super) struct Clients {
    known: BTreeMap<ConnectionId, ClientInView>,
    dismissed: Vec<ConnectionId>,
}

/// A node's order in the topology stands before the numbers of its connections.
const NODE_ORDER: u64 = 1 << 32;

impl ConnectionId {
    /// The number by which others speak of the connection.
    pub(crate) fn shown(self) -> i64 {
        i64::try_from(NODE_ORDER | self.0).unwrap_or(i64::MAX)
    }
}

impl Engine {
    pub(crate) fn add_client(&mut self, connection: ConnectionId, client: ClientInView) {
        self.clients.known.insert(connection, client);
    }

    pub(super) fn remove_client(&mut self, connection: ConnectionId) {
        self.clients.known.remove(&connection);
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = (ConnectionId, &ClientInView)> {
        self.clients.known.iter().map(|(id, client)| (*id, client))
    }

    /// How a node names the client of a connection as one who asks.
    pub(crate) fn initiator(&self, connection: ConnectionId) -> Option<String> {
        let client = self.clients.known.get(&connection)?;
        client.remote.map(|address| format!("cli:{address}"))
    }

    /// Has the connection with this number closed, or all; one that is not there needs nothing.
    pub(crate) fn dismiss_clients(&mut self, shown: Option<i64>) {
        let is_meant = |id: &&ConnectionId| shown.is_none_or(|shown| id.shown() == shown);
        let meant = self.clients.known.keys().filter(is_meant).copied();
        self.clients.dismissed.extend(meant);
    }

    /// A connection that is to be closed.
    pub(crate) fn poll_dismissed(&mut self) -> Option<ConnectionId> {
        self.clients.dismissed.pop()
    }
}
