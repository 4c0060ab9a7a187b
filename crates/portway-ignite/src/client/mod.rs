//! The client: one logical connection to a grid of several nodes.

mod argument;
mod caches;
mod call;
mod cluster;
mod clusters;
mod operation;
mod route;
mod schemas;
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

pub(crate) use crate::topology::Route;
pub(crate) use argument::{Argument, encode_all};
pub(crate) use call::{Answer, Encoder};
pub(crate) use operation::{Need, NeedOf, Operation};
pub(crate) use schemas::Schemas;
pub(crate) use types::TypesOf;

/// A client of a grid. Cloning it is cheap, and the clones share one connection.
///
/// The client keeps itself connected: when its connection is lost, a task tries the configured
/// addresses in turn, with growing pauses, until one answers. Operations wait for that within
/// their time-out, and are repeated as the [`RetryPolicy`](crate::RetryPolicy) allows. What belongs
/// to one connection is told of the loss instead: a [`Cursor`](crate::Cursor) and an
/// [`EventStream`](crate::EventStream) give the error and end.
///
/// Requests of all clones travel at once on the connection and may be carried out in any order:
/// two puts of one key need an `await` between them to have an order.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    configuration: Arc<ClientConfiguration>,
    topology: Topology,
    schemas: Arc<Schemas>,
    clusters: Clusters,
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
        let schemas = Arc::new(Schemas::default());
        let topology = Topology::start(configuration.clone(), schemas.clone()).await?;
        let shared = Shared {
            configuration,
            topology,
            schemas,
            clusters: Clusters::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Takes no further operation, waits until those in flight are answered, for at most
    /// [`request_timeout`](ClientConfiguration::request_timeout), and ends all connections, with
    /// the cursors and streams that are still open.
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
