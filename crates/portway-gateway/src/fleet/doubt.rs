//! When to doubt a continuous query. A listener that a cluster lost is silent: after a node died,
//! events of its partitions may wait for ever for one that died with it.

use std::time::Duration;

use portway_ignite::{Client, Error};
use tokio::time::{Instant, sleep_until};

use super::FleetError;

/// How often a cluster is asked which nodes it has.
const CLUSTER_INTERVAL: Duration = Duration::from_secs(1);
/// How often a lone node is asked whether it is still alone.
const LONE_NODE_INTERVAL: Duration = Duration::from_secs(10);
/// Without any sign the rows are compared this often all the same.
const LONGEST_TRUST: Duration = Duration::from_secs(60);
/// After the nodes changed, partitions move for a while, and the rows are compared once more.
const UNREST: Duration = Duration::from_secs(3);

/// Watches the nodes behind a continuous query.
pub(super) struct Doubt {
    client: Client,
    /// The version of the set of nodes, once it is known.
    topology: Option<i64>,
    ask_at: Instant,
    compare_at: Instant,
}

impl Doubt {
    /// Begins to trust, now.
    pub(super) fn new(client: &Client) -> Self {
        let now = Instant::now();
        let compare_at = now + LONGEST_TRUST;
        Self {
            client: client.clone(),
            topology: None,
            ask_at: now,
            compare_at,
        }
    }

    /// Waits until the rows must be compared again.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost; a question that was under way is asked again in its turn.
    pub(super) async fn arises(&mut self) -> Result<(), FleetError> {
        loop {
            sleep_until(self.ask_at.min(self.compare_at)).await;
            if Instant::now() >= self.compare_at {
                self.compare_at = Instant::now() + LONGEST_TRUST;
                return Ok(());
            }
            if self.nodes_changed().await? {
                self.compare_at = Instant::now() + UNREST;
                return Ok(());
            }
        }
    }

    async fn nodes_changed(&mut self) -> Result<bool, FleetError> {
        self.ask_at = Instant::now() + CLUSTER_INTERVAL;
        let nodes = match self.client.node_endpoints().await {
            Ok(nodes) => nodes,
            Err(Error::Unsupported { .. }) => {
                self.ask_at = Instant::now() + LONGEST_TRUST;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        if nodes.added.len() < 2 {
            self.ask_at = Instant::now() + LONE_NODE_INTERVAL;
        }
        let before = self.topology.replace(nodes.topology);
        Ok(before.is_some_and(|before| before != nodes.topology))
    }
}
