//! The real Apache Ignite nodes of a run.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};

/// Beside the ports that tests use.
const FIRST_PORT: &str = "12950";
/// Tests start nodes with the quick compiler alone; what is measured is a server as one runs it.
const JAVA_OPTIONS: &str =
    "-XX:TieredStopAtLevel=4 -XX:-UseSerialGC -XX:+UseG1GC -Xmx1g -XX:MaxDirectMemorySize=512m";

/// Nodes that end with the run, or that were there before.
#[derive(Debug)]
pub(crate) struct Fleet {
    addresses: Vec<String>,
    is_ours: bool,
}

impl Fleet {
    /// The first of the `present` nodes, or else nodes of our own.
    pub(crate) fn of(count: usize, present: &[String]) -> anyhow::Result<Self> {
        if present.is_empty() {
            return Self::start(count);
        }
        let addresses = present.get(..count);
        let addresses = addresses.with_context(|| format!("{count} nodes are needed"))?;
        Ok(Self {
            addresses: addresses.to_vec(),
            is_ours: false,
        })
    }

    fn start(count: usize) -> anyhow::Result<Self> {
        let output = script().args(["start", &count.to_string()]).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "scripts/ignite: {told}");
        let addresses = said.trim().strip_prefix("addresses=");
        let addresses = addresses.with_context(|| format!("scripts/ignite said {said:?}"))?;
        Ok(Self {
            addresses: addresses.split(',').map(str::to_owned).collect(),
            is_ours: true,
        })
    }

    /// Where the nodes listen for clients.
    pub(crate) fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Whether the nodes have only just begun.
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_ours
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if self.is_ours {
            // There is nobody left to tell.
            let _ = script().arg("stop").output();
        }
    }
}

fn script() -> Command {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut script = Command::new(folder.join("../scripts/ignite"));
    script
        .env("PORTWAY_IGNITE_PORT", FIRST_PORT)
        .env("PORTWAY_IGNITE_RUN", folder.join("target/ignite"))
        .env("_JAVA_OPTIONS", JAVA_OPTIONS);
    script
}
