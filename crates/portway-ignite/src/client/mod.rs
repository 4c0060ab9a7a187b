//! The client: what programs hold, and the one entrance of all operations.

mod all;
mod answer;
mod argument;
mod attempts;
mod caches;
mod call;
mod cluster;
mod clusters;
mod creation;
mod encoder;
mod fetches;
mod operation;
mod preparation;
mod request;
mod route;
mod schemas;
mod start;
mod types;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::configuration::ClientConfiguration;
use crate::error::Error;
use crate::observe::Metrics;
use crate::topology::{ConnectionState, Topology};

use clusters::Clusters;
use fetches::Fetches;

pub(crate) use crate::topology::Route;
pub(crate) use all::all;
pub(crate) use answer::Answer;
pub(crate) use argument::{Argument, encode_all};
pub(crate) use creation::CacheIdentity;
pub(crate) use encoder::Encoder;
pub(crate) use operation::{Need, NeedOf, Operation};
pub(crate) use schemas::Schemas;
pub(crate) use types::{Describe, TypesOf};

/// A client of a grid. Cloning it is cheap, and the clones share its connections.
///
/// It begins with the first address that answers, and in the background connects to all other nodes
/// that the grid tells of, unless
/// [`partition_awareness`](ClientConfiguration::partition_awareness) is off. An operation on a key
/// goes to the node that holds it, as far as that is known; the others go to the nodes in turn.
///
/// The client keeps itself connected: a node that was lost is tried again with growing pauses, and
/// others serve meanwhile. When all are lost, the addresses that are known are tried in turn until
/// one answers. Operations wait for that within their time-out, and are repeated as the
/// [`RetryPolicy`](crate::RetryPolicy) allows. What belongs to one connection is told of its loss
/// instead: a [`Cursor`](crate::Cursor) and an [`EventStream`](crate::EventStream) give the error
/// and end.
///
/// # Order
/// An operation that is awaited is carried out before one that is begun after that, whichever nodes
/// they go to. (A cache that writes with
/// [`PRIMARY_SYNC`](portway_ignite_protocol::WriteSync::PrimarySync) may still read an older value
/// from a backup that lags behind: that is what it was told to do.) Operations that are under way at the same time have no order, not even on one
/// connection and for one key: of two puts that are joined, either may be the last.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    configuration: Arc<ClientConfiguration>,
    topology: Topology,
    schemas: Arc<Schemas>,
    clusters: Clusters,
    fetches: Fetches,
}

impl Client {
    /// Connects to the first of the configured addresses that answers.
    ///
    /// It must be called inside of a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// [`Error::Configuration`] before anything is tried. If each address failed once: the error
    /// of a lone address, [`Error::AuthenticationRefused`], or [`Error::NoneReachable`] with all
    /// reasons. A grid that comes up later is waited for by calling this again.
    ///
    /// # Cancel safety
    /// A dropped future closes what it opened.
    pub async fn connect(configuration: ClientConfiguration) -> Result<Self, Error> {
        let configuration = Arc::new(configuration.for_new_client());
        let topology = Topology::start(configuration.clone()).await?;
        let shared = Shared {
            configuration,
            schemas: topology.schemas().clone(),
            topology,
            clusters: Clusters::default(),
            fetches: Fetches::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Takes no further operation, waits until those in flight are answered, for at most
    /// [`request_timeout`](ClientConfiguration::request_timeout), and ends all connections, with
    /// the cursors and streams that are still open. Operations whose futures were dropped are not
    /// waited for: a connection on which nothing else is in flight ends at once, and with it, on the grid, the
    /// query that runs for it.
    ///
    /// It is for all clones of the client: their operations fail with [`Error::Closed`] from now
    /// on. A client that is only dropped ends its connections, too, but nobody can wait for that.
    ///
    /// # Cancel safety
    /// The client closes, even if the future is dropped.
    pub async fn close(&self) {
        self.shared.topology.close().await;
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.shared.configuration.request_timeout
    }

    pub(crate) fn frame_limit(&self) -> usize {
        self.shared.configuration.frame_limit
    }

    /// The binary types that were fetched from the grid.
    pub(crate) fn schemas(&self) -> &Arc<Schemas> {
        &self.shared.schemas
    }

    /// The figures of this client: operations, errors, latencies, nodes, bytes.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.shared.configuration.observer.metrics()
    }

    /// Whether the grid is there, now and with each change.
    ///
    /// ```no_run
    /// # async fn watch(client: portway_ignite::Client) {
    /// let mut state = client.connection_state();
    /// while state.changed().await.is_ok() {
    ///     println!("grid is back: {}", state.borrow_and_update().is_connected());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn connection_state(&self) -> watch::Receiver<ConnectionState> {
        self.shared.topology.state()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.topology.state();
        formatter
            .debug_struct("Client")
            .field("state", &*state.borrow())
            .finish_non_exhaustive()
    }
}
