//! The clients that are measured: ours, the bare stream and those of others.

use std::{env, path::Path};

use anyhow::{Context as _, ensure};

use super::{c_interface, process, start};
use crate::report::PORTWAY;

/// Prepared frames over a plain stream: no client, but the bound for any.
pub(crate) const BARE: &str = "bare";

pub(super) const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");

/// A program that is called as `bench_client::Turn` says.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// As the table names it.
    pub(crate) name: &'static str,
    program: String,
    /// The program of the line `start`, which is given the addresses alone.
    start: String,
    lines: &'static [&'static str],
    lacks: &'static [&'static str],
}

/// Another client.
struct Peer {
    /// As its programs and the table name it.
    name: &'static str,
    /// The lines that it is asked for.
    lines: &'static [&'static str],
    /// What it has nothing for, as the table says.
    lacks: &'static [&'static str],
}

const PEERS: [Peer; 5] = [
    Peer {
        name: "java",
        lines: &[
            "latency",
            "put",
            "get",
            "transaction",
            "sql",
            "events",
            "nodes",
            "start",
        ],
        lacks: &["streamer", "near"],
    },
    // A client node is a member of the cluster: asked only for what the thin client lacks.
    Peer {
        name: "java-node",
        lines: &["streamer"],
        lacks: &[],
    },
    // It has one connection, and one request at a time on it.
    Peer {
        name: "ignite-rs",
        lines: &["latency", "put", "get", "start"],
        lacks: &["transaction", "sql", "events", "streamer", "nodes", "near"],
    },
    Peer {
        name: "ignite-v2",
        lines: &[
            "latency",
            "threads",
            "put",
            "get",
            "transaction",
            "sql",
            "nodes",
            "start",
        ],
        lacks: &["events", "streamer", "near"],
    },
    Peer {
        name: "pyignite",
        lines: &[
            "latency",
            "put",
            "get",
            "transaction",
            "sql",
            "nodes",
            "start",
        ],
        lacks: &["events", "streamer", "near"],
    },
];

impl Contender {
    /// Ours and the bare stream, which need nothing but this folder.
    ///
    /// # Errors
    ///
    /// Fails when a program is missing.
    pub(crate) fn own() -> anyhow::Result<Vec<Self>> {
        Ok(vec![Self::portway()?, Self::bare()?])
    }

    /// Those of `among` (all when it is empty).
    ///
    /// # Errors
    ///
    /// Fails when a program is missing: a comparison with some of them would flatter.
    pub(crate) fn present(among: &[String]) -> anyhow::Result<Vec<Self>> {
        let chosen = |name: &str| among.is_empty() || among.iter().any(|other| other == name);
        let mut contenders = Self::own()?;
        contenders.retain(|contender| chosen(contender.name));
        for peer in PEERS.iter().filter(|peer| chosen(peer.name)) {
            contenders.push(Self::peer(peer)?);
        }
        ensure!(!contenders.is_empty(), "there is no contender {among:?}");
        Ok(contenders)
    }

    fn portway() -> anyhow::Result<Self> {
        Ok(Self {
            name: PORTWAY,
            program: own("bench-client-portway")?,
            start: start::installed(&example("ignite_hello")?)?,
            lines: &[
                "latency",
                "threads",
                "put",
                "get",
                "transaction",
                "sql",
                "near",
                "events",
                "streamer",
                "nodes",
                "start",
                c_interface::NAME,
                process::NAME,
            ],
            lacks: &[],
        })
    }

    fn bare() -> anyhow::Result<Self> {
        Ok(Self {
            name: BARE,
            program: own("bench-client-bare")?,
            start: String::new(),
            lines: &["latency", "threads", "put", "get"],
            lacks: &[],
        })
    }

    fn peer(peer: &Peer) -> anyhow::Result<Self> {
        let starts = peer.lines.contains(&start::NAME);
        let start =
            starts.then(|| start::installed(&built(&format!("bench-hello-{}", peer.name))?));
        Ok(Self {
            name: peer.name,
            program: built(&format!("bench-client-{}", peer.name))?,
            start: start.transpose()?.unwrap_or_default(),
            lines: peer.lines,
            lacks: peer.lacks,
        })
    }

    /// Whether it is asked for a line.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.lines.contains(&line)
    }

    /// Whether it has nothing that a line could measure.
    pub(crate) fn lacks(&self, line: &str) -> bool {
        self.lacks.contains(&line)
    }

    /// The command line of one turn.
    pub(crate) fn command(&self, words: [&str; 2], addresses: &[String]) -> Vec<String> {
        let words = words.map(str::to_owned);
        [std::slice::from_ref(&self.program), &words, addresses].concat()
    }

    /// The command line of the line `start`.
    pub(crate) fn start_command(&self, addresses: &[String]) -> Vec<String> {
        [std::slice::from_ref(&self.start), addresses].concat()
    }
}

/// A program of this workspace.
pub(crate) fn own(name: &str) -> anyhow::Result<String> {
    let folder = env::current_exe()?;
    let folder = folder.parent().context("a program is in a folder")?;
    checked(&folder.join(name), "cargo build --release --bins")
}

/// What `bench/libignite` has made.
pub(super) fn of_libignite(path: &str) -> anyhow::Result<String> {
    let folder = Path::new(MANIFEST).join("target/libignite");
    checked(&folder.join(path), "bench/libignite")
}

/// An example of the client, as its users build it.
fn example(name: &str) -> anyhow::Result<String> {
    let path = Path::new(MANIFEST).join("../target/release/examples");
    let hint = "in the root: cargo build --release -p portway-ignite --examples";
    checked(&path.join(name), hint)
}

fn built(name: &str) -> anyhow::Result<String> {
    let path = Path::new(MANIFEST).join("target/peers/bin").join(name);
    checked(&path, "bench/peers ignite")
}

fn checked(program: &Path, hint: &str) -> anyhow::Result<String> {
    ensure!(program.exists(), "{} is missing: {hint}", program.display());
    Ok(program.to_string_lossy().into_owned())
}
