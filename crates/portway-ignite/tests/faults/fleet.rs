//! Real nodes that are killed and started again.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use portway_ignite::{Client, ClientConfiguration, ReconnectPolicy};

use crate::setting;

/// Fewer show little, more take long.
const KILLS: u64 = 2;

/// The nodes of `PORTWAY_TEST_IGNITE`, and the script that started them.
pub(crate) struct Fleet {
    addresses: Vec<String>,
    script: PathBuf,
    pub(crate) kills: u64,
}

impl Fleet {
    /// The fleet, where `PORTWAY_TEST_IGNITE_CONTROL` names the script to kill its nodes with.
    pub(crate) fn that_may_be_killed() -> Option<Self> {
        let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
        Some(Self {
            addresses: addresses.split(',').map(str::to_owned).collect(),
            script: std::env::var_os("PORTWAY_TEST_IGNITE_CONTROL")?.into(),
            kills: setting("PORTWAY_TEST_IGNITE_KILLS").unwrap_or(KILLS),
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
        self.control("kill", node).await;
    }

    /// Starts a killed node, and waits until it serves clients.
    pub(crate) async fn revive(&self, node: u64) {
        self.control("revive", node).await;
    }

    async fn control(&self, verb: &'static str, node: u64) {
        let script = self.script.clone();
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
}
