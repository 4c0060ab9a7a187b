//! What the clients of a run talk to: real Apache Ignite nodes, or the grid that `portway` carries.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail, ensure};

use crate::program::{self, Running};

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");
/// The variable by which `scripts/ignite` is told the first port, and its value here unless it is
/// set: beside the ports that tests use.
const PORT: (&str, &str) = ("PORTWAY_IGNITE_PORT", "12950");
/// Tests start nodes with the quick compiler alone; what is measured is a server as one runs it.
const JAVA_OPTIONS: &str = "-XX:TieredStopAtLevel=4 -XX:-UseSerialGC -XX:+UseG1GC -Xmx1g -XX:MaxDirectMemorySize=512m \
     -Dportway.wal.segment.mebibytes=64 -Dportway.wal.archive.mebibytes=1024";
/// The heap has all its memory from the start: what grows afterwards are the data.
const FULL_HEAP: &str = "-Xms1g -XX:+AlwaysPreTouch";

/// What a server keeps beyond its end; Ignite's `WALMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Nothing: all is in memory.
    Nothing,
    /// What the operating system has taken.
    LogOnly,
    /// What the disk has taken: each answer waits for it.
    Fsync,
}

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
        running: Running,
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
    pub(crate) fn grid(keeping: Keeping) -> anyhow::Result<Self> {
        let folder = folder_on_disk()?;
        let running = grid_in(folder.path(), keeping)?;
        Ok(Self {
            addresses: vec![running.address],
            kind: Kind::Grid {
                running: running.program,
                _folder: folder,
            },
        })
    }

    /// One real node.
    pub(crate) fn node(keeping: Keeping) -> anyhow::Result<Self> {
        Self::start_with(1, options(keeping), "")
    }

    /// One real node in memory, whose heap does not grow any more.
    pub(crate) fn node_with_full_heap() -> anyhow::Result<Self> {
        Self::start_with(1, &[], FULL_HEAP)
    }

    fn start(count: usize) -> anyhow::Result<Self> {
        Self::start_with(count, &[], "")
    }

    fn start_with(count: usize, options: &[&str], java_options: &str) -> anyhow::Result<Self> {
        let mut script = script();
        script.args(["start", &count.to_string()]).args(options);
        script.env("_JAVA_OPTIONS", format!("{JAVA_OPTIONS} {java_options}"));
        let said = program::output_of(&mut script)?;
        let addresses = said.trim().strip_prefix("addresses=");
        let addresses = addresses.with_context(|| format!("scripts/ignite said {said:?}"))?;
        Ok(Self {
            addresses: addresses.split(',').map(str::to_owned).collect(),
            kind: Kind::Started,
        })
    }

    /// Proportional set size of its one process in kB.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        match &self.kind {
            Kind::Grid { running, .. } => running.memory(),
            Kind::Started => program::memory_of(node_process()?),
            Kind::Present => bail!("somebody else's node"),
        }
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
        .env("PORTWAY_IGNITE_RUN", folder.join("target/ignite"));
    script
}

/// What `scripts/ignite start` is told.
fn options(keeping: Keeping) -> &'static [&'static str] {
    match keeping {
        Keeping::Nothing => &[],
        Keeping::LogOnly => &["--wal-mode", "LOG_ONLY"],
        Keeping::Fsync => &["--wal-mode", "FSYNC"],
    }
}

/// The number of the process of the first node that `scripts/ignite` has started.
fn node_process() -> anyhow::Result<u32> {
    let said = program::output_of(script().arg("status"))?;
    let mut words = said.split_whitespace();
    let id = words.find_map(|word| word.strip_prefix("pid="));
    Ok(id.context("scripts/ignite knows no node")?.parse()?)
}

/// A grid of `portway` that was started.
#[derive(Debug)]
pub(crate) struct StartedGrid {
    pub(crate) program: Running,
    pub(crate) address: String,
}

/// Starts a grid, which keeps its data below `folder` if it keeps any, and waits until it is ready.
pub(crate) fn grid_in(folder: &Path, keeping: Keeping) -> anyhow::Result<StartedGrid> {
    let portway = Path::new(MANIFEST).join("../target/release/portway");
    let hint = "in the root: cargo build --release -p portway";
    ensure!(portway.exists(), "{} is missing: {hint}", portway.display());
    let mut command = vec![text(&portway)];
    command.extend(["grid", "--listen", "127.0.0.1:0"].map(str::to_owned));
    if keeping != Keeping::Nothing {
        command.extend(["--data".to_owned(), text(&folder.join("grid"))]);
    }
    if keeping == Keeping::Fsync {
        command.push("--sync".to_owned());
    }
    let (program, line) = Running::start_until(&command, "ready ")?;
    let mut fields = line.split(' ');
    let address = fields.find_map(|field| field.strip_prefix("listen="));
    let address = address.with_context(|| format!("the grid said {line:?}"))?;
    Ok(StartedGrid {
        program,
        address: address.to_owned(),
    })
}

/// A folder on the disk that Ignite's nodes use too; the system's temporary one may be in memory.
pub(crate) fn folder_on_disk() -> anyhow::Result<tempfile::TempDir> {
    let parent = Path::new(MANIFEST).join("target");
    Ok(tempfile::tempdir_in(parent)?)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
