//! What the clients of a run talk to: real Apache Ignite nodes, or the embedded grid.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::program::Running;

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");
/// The variable by which `scripts/ignite` is told the first port, and its value here unless it is
/// set: beside the ports that tests use.
const PORT: (&str, &str) = ("PORTWAY_IGNITE_PORT", "12950");
/// Tests start nodes with the quick compiler alone; what is measured is a server as one runs it.
const JAVA_OPTIONS: &str =
    "-XX:TieredStopAtLevel=4 -XX:-UseSerialGC -XX:+UseG1GC -Xmx1g -XX:MaxDirectMemorySize=512m";

/// Nodes that end with the run, or that were there before.
#[derive(Debug)]
pub(crate) struct Fleet {
    addresses: Vec<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Somebody else's.
    Present,
    /// Of `scripts/ignite`.
    Started,
    Grid {
        _running: Running,
        _folder: tempfile::TempDir,
    },
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
            kind: Kind::Present,
        })
    }

    /// The grid that `portway` carries, which needs no Java.
    pub(crate) fn grid() -> anyhow::Result<Self> {
        let portway = Path::new(MANIFEST).join("../target/release/portway");
        let hint = "in the root: cargo build --release -p portway";
        ensure!(portway.exists(), "{} is missing: {hint}", portway.display());
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("grid");
        let fixed = ["grid", "--listen", "127.0.0.1:0", "--data"];
        let words = [&fixed.map(str::to_owned)[..], &[text(&data)]].concat();
        let (running, line) =
            Running::start_until(&[vec![text(&portway)], words].concat(), "ready ")?;
        let mut fields = line.split(' ');
        let address = fields.find_map(|field| field.strip_prefix("listen="));
        let address = address.with_context(|| format!("the grid said {line:?}"))?;
        Ok(Self {
            addresses: vec![address.to_owned()],
            kind: Kind::Grid {
                _running: running,
                _folder: folder,
            },
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
            kind: Kind::Started,
        })
    }

    /// Where the nodes listen for clients.
    pub(crate) fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Whether the nodes have only just begun, and their compiler has yet to settle.
    pub(crate) fn is_fresh(&self) -> bool {
        matches!(self.kind, Kind::Started)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if self.is_fresh() {
            // There is nobody left to tell.
            let _ = script().arg("stop").output();
        }
    }
}

fn script() -> Command {
    let folder = PathBuf::from(MANIFEST);
    let (variable, port) = PORT;
    let port = env::var(variable).unwrap_or_else(|_| port.to_owned());
    let mut script = Command::new(folder.join("../scripts/ignite"));
    script
        .env(variable, port)
        .env("PORTWAY_IGNITE_RUN", folder.join("target/ignite"))
        .env("_JAVA_OPTIONS", JAVA_OPTIONS);
    script
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
