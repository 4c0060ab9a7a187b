//! Asking somebody else where the nodes are.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use crate::address::Address;

/// The future of [`AddressFinder::addresses`].
pub type FoundAddresses<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<Address>, io::Error>> + Send + 'a>>;

/// Finds the addresses of the nodes, such as in a service registry (Java: `ClientAddressFinder`).
///
/// It is asked when the client connects, each time before it looks for the grid again, and when
/// the topology changes. What it answers takes the place of the grid's own list of nodes. An
/// answer may take as long as
/// [`connect_timeout`](crate::ClientConfiguration::connect_timeout). While it fails or finds
/// nothing, the addresses of the configuration are used.
///
/// ```
/// use portway_ignite::{AddressFinder, ClientConfiguration, FoundAddresses};
///
/// /// All addresses that a name stands for.
/// struct Name(&'static str);
///
/// impl AddressFinder for Name {
///     fn addresses(&self) -> FoundAddresses<'_> {
///         Box::pin(async move {
///             let found = tokio::net::lookup_host((self.0, 10800)).await?;
///             Ok(found.map(Into::into).collect())
///         })
///     }
/// }
///
/// let configuration = ClientConfiguration::new(["grid"]).address_finder(Name("grid.example"));
/// ```
pub trait AddressFinder: Send + Sync {
    /// The addresses of all nodes as far as known.
    fn addresses(&self) -> FoundAddresses<'_>;
}

/// A finder as the configuration holds it.
#[derive(Clone)]
pub(crate) struct SharedFinder(pub(crate) Arc<dyn AddressFinder>);

impl fmt::Debug for SharedFinder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AddressFinder")
    }
}
