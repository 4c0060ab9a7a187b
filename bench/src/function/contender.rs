//! Handlers that are started from nothing and asked.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::{JAVASCRIPT, KNOWN, prepare::World, runtime_api::RuntimeApi};
use crate::report::{Goal, PORTWAY};

/// Requests after the first, of which the median counts.
const NEXT_REQUESTS: usize = 15;

/// How a package of ours runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// In Node's place, by `process.execve` or the add-on.
    TakeOver,
    /// In Node's place as far as `execFileSync` goes: Node waits.
    Waiting,
    /// A child behind a socket.
    Child,
    /// All in one JavaScript file, then in Node's place.
    SingleFile,
    /// A yardstick.
    Other,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TakeOver => "take-over",
            Self::Waiting => "execFileSync",
            Self::Child => "child",
            Self::SingleFile => "single file",
            Self::Other => "other",
        }
    }

    /// The time to the first answer that is asked for, as a multiple of plain JavaScript's.
    pub(crate) fn slowest(self) -> Option<f64> {
        match self {
            Self::TakeOver => Some(1.10),
            Self::Waiting => Some(1.25),
            Self::Child => Some(1.2),
            Self::SingleFile => Some(1.6),
            Self::Other => None,
        }
    }

    /// The resident memory that is asked for, in megabytes.
    pub(crate) fn largest(self) -> Option<f64> {
        (self == Self::TakeOver).then_some(5.0)
    }

    /// The time of a request that is not the first.
    pub(crate) fn warm(self) -> Goal {
        match self {
            Self::Child => Goal::AtMost(1.0),
            _ => Goal::None,
        }
    }
}

/// What one start gave.
#[derive(Debug)]
pub(crate) struct Start {
    /// From the start of the process to its first answer.
    pub(crate) first: Duration,
    /// The median of the requests after it.
    pub(crate) next: Duration,
    /// Memory of the process and all below it.
    pub(crate) resident_megabytes: f64,
}

/// One that can be started.
#[derive(Debug)]
pub(crate) struct Contender {
    column: &'static str,
    way: Way,
    version: &'static str,
    node: PathBuf,
    client: PathBuf,
    folder: PathBuf,
}

/// Every way on every Node, with the yardsticks.
///
/// # Errors
///
/// Fails when a folder of one cannot be made.
pub(crate) fn all(world: &World) -> anyhow::Result<Vec<Contender>> {
    let mut all = Vec::new();
    for (version, node) in &world.nodes {
        let mut add = |column, way, folder: PathBuf| {
            all.push(Contender {
                column,
                way,
                version,
                node: node.clone(),
                client: world.client.clone(),
                folder,
            });
        };
        add(JAVASCRIPT, Way::Other, world.javascript()?);
        add(PORTWAY, Way::TakeOver, world.take_over.clone());
        if *version == "Node 20" {
            add(PORTWAY, Way::Waiting, world.waiting()?);
        }
        add(PORTWAY, Way::Child, world.child()?);
        add(PORTWAY, Way::SingleFile, world.single_file.clone());
        add(KNOWN, Way::Other, world.known()?);
    }
    Ok(all)
}

impl Contender {
    pub(crate) fn column(&self) -> &'static str {
        self.column
    }

    pub(crate) fn way(&self) -> Way {
        self.way
    }

    pub(crate) fn version(&self) -> &'static str {
        self.version
    }

    pub(crate) fn title(&self) -> String {
        format!("{} {} ({})", self.version, self.column, self.way.name())
    }

    /// Bytes of all files in its folder.
    pub(crate) fn size(&self) -> anyhow::Result<u64> {
        let mut bytes = 0;
        for entry in fs::read_dir(&self.folder)? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes)
    }

    /// Starts it, asks it, and ends it.
    ///
    /// # Errors
    ///
    /// Fails when it does not answer in time.
    pub(crate) fn start(&self) -> anyhow::Result<Start> {
        let api = RuntimeApi::start()?;
        let started = Instant::now();
        let running = Running(self.command(&api).spawn().context("starting Node")?);
        let first = api.ask()?.duration_since(started);
        let resident_megabytes = resident(running.0.id())? / 1e3;
        let mut next = (0..NEXT_REQUESTS)
            .map(|_| {
                let asked = Instant::now();
                Ok(api.ask()?.duration_since(asked))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        next.sort_unstable();
        Ok(Start {
            first,
            next: next[NEXT_REQUESTS / 2],
            resident_megabytes,
        })
    }

    fn command(&self, api: &RuntimeApi) -> Command {
        let mut command = Command::new(&self.node);
        command
            .arg(&self.client)
            .arg("index.handler")
            .current_dir(&self.folder)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("_HANDLER", "index.handler")
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .env("LAMBDA_TASK_ROOT", &self.folder)
            .env("RUST_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// A process and all below it, ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        for id in below(self.0.id()) {
            // It may have ended with its parent.
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .stderr(Stdio::null())
                .status();
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kilobytes that a process and all below it hold in memory.
fn resident(id: u32) -> anyhow::Result<f64> {
    let mut kilobytes = 0.0;
    for id in below(id).into_iter().chain([id]) {
        // A process that just ended holds nothing.
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line
            .and_then(|line| line.split_whitespace().next())
            .unwrap_or("0");
        kilobytes += number.parse::<f64>()?;
    }
    Ok(kilobytes)
}

/// All processes below one, nearest first.
fn below(id: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let tasks = fs::read_dir(format!("/proc/{id}/task"))
        .into_iter()
        .flatten()
        .flatten();
    for task in tasks {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(
            children
                .split_whitespace()
                .filter_map(|child| child.parse::<u32>().ok()),
        );
    }
    let further: Vec<_> = found.iter().flat_map(|child| below(*child)).collect();
    found.extend(further);
    found
}

/// A file in a folder that is made if need be.
pub(crate) fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join(name), text)?)
}
