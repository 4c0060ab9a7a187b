//! Which node gets what, on a real Apache Ignite of three nodes, named by `PORTWAY_TEST_IGNITE` as
//! addresses with commas between them. Without it each test passes and does nothing.
//!
//! With `PORTWAY_TEST_IGNITE_CONTROL`, the path of `scripts/ignite`, nodes are killed and started
//! again, too.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod connections;
mod data_center;
mod failover;
mod ownership;
mod probe;

use std::collections::BTreeMap;
use std::time::Duration;

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, ReadValue, WriteValue,
};
use uuid::Uuid;

use probe::Probe;

/// Longer than anything here takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// The nodes of the fleet.
struct Fleet {
    addresses: Vec<String>,
}

impl Fleet {
    /// `None` if there is no fleet to test with, or it has only one node.
    fn find() -> Option<Self> {
        let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
        let addresses: Vec<String> = addresses.split(',').map(str::to_owned).collect();
        (addresses.len() > 1).then_some(Self { addresses })
    }

    /// A configuration that names one node and leaves it to the grid to tell of the others.
    fn one_address(&self) -> ClientConfiguration {
        ClientConfiguration::new([&self.addresses[0]])
    }

    async fn connect(&self) -> Client {
        let client = Client::connect(self.one_address()).await.unwrap();
        let nodes = self.addresses.len();
        eventually(async || connections(&client).len() == nodes).await;
        client
    }

    async fn probes(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for address in &self.addresses {
            probes.push(Probe::connect(address).await);
        }
        probes
    }
}

/// The open connections of a client by node.
fn connections(client: &Client) -> BTreeMap<Uuid, u64> {
    let open = client
        .metrics()
        .nodes
        .into_iter()
        .filter(|node| node.connections > 0);
    open.filter_map(|node| Some((node.node?, node.connections)))
        .collect()
}

/// The requests of a client so far by node.
fn requests(client: &Client) -> BTreeMap<Uuid, u64> {
    let nodes = client.metrics().nodes.into_iter();
    nodes
        .filter_map(|node| Some((node.node?, node.requests)))
        .collect()
}

/// A fresh cache without backups, under a name that no other test has.
async fn fresh_cache<K, V>(client: &Client, subject: &str) -> Cache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    let name = format!("{subject}-{}", Uuid::new_v4());
    client
        .create_cache(CacheConfiguration::new(name))
        .await
        .unwrap()
}

/// Waits until something holds, but not for ever.
async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let attempts = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(attempts).await;
}

/// Waits for a future, but not for ever.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it should happen soon")
}
