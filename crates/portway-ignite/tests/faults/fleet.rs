//! Real nodes that are killed and started again.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use portway_ignite::{Client, ClientConfiguration, ReconnectPolicy};

use crate::setting;

/// What killing a node at a time is worth: all that the nodes of `PORTWAY_TEST_IGNITE` were
/// started with, `PORTWAY_IGNITE_PORT` and `PORTWAY_IGNITE_RUN`, is needed to find them.
pub(crate) struct Fleet {
    addresses: Vec<String>,
    pub(crate) kills: u64,
}

impl Fleet {
    /// The fleet of `PORTWAY_TEST_IGNITE`, if `PORTWAY_TEST_IGNITE_KILLS` allows so many kills.
    pub(crate) fn that_may_be_killed() -> Option<Self> {
        let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
        Some(Self {
            addresses: addresses.split(',').map(str::to_owned).collect(),
            kills: setting("PORTWAY_TEST_IGNITE_KILLS")?,
        })
    }

    pub(crate) fn nodes(&self) -> u64 {
        self.addresses.len() as u64
    }

    pub(crate) async fn connect(&self, request_timeout: Duration) -> Client {
        let pauses = ReconnectPolicy::new(Duration::from_millis(20), Duration::from_millis(200));
        let configuration = ClientConfiguration::new(&self.addresses)
            .request_timeout(request_timeout)
            .reconnect(pauses);
        Client::connect(configuration).await.unwrap()
    }

    /// Ends a node (counted from 1) as a crash would.
    pub(crate) async fn kill(&self, node: u64) {
        control("kill", node).await;
    }

    /// Starts a killed node, and waits until it serves clients.
    pub(crate) async fn revive(&self, node: u64) {
        control("revive", node).await;
    }
}

async fn control(verb: &'static str, node: u64) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/ignite");
    let run = move || {
        let output = Command::new(script)
            .args([verb, &node.to_string()])
            .output();
        let output = output.unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{verb} {node}: {complaint}");
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}
