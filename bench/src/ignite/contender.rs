//! The clients that are measured: ours, the bare stream and others.

use std::{env, path::Path};

use anyhow::{Context as _, ensure};

use super::start;
use crate::report::PORTWAY;

/// A program that is called as `portway_bench::Turn` says.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// As the table names it.
    pub(crate) name: &'static str,
    command: Vec<String>,
    /// The program of the line `start`, which is given the addresses alone.
    start: Vec<String>,
    lines: &'static [&'static str],
}

impl Contender {
    /// Those of `among` (all when it is empty).
    ///
    /// # Errors
    ///
    /// Fails when a program is missing: a comparison with some of them would flatter.
    pub(crate) fn present(among: &[String]) -> anyhow::Result<Vec<Self>> {
        let all = [Self::portway()?, Self::bare()?];
        let chosen =
            |contender: &Self| among.is_empty() || among.iter().any(|name| name == contender.name);
        Ok(all.into_iter().filter(chosen).collect())
    }

    fn portway() -> anyhow::Result<Self> {
        Ok(Self {
            name: PORTWAY,
            command: vec![own("bench-client-portway")?],
            start: vec![example("ignite_hello")?],
            lines: &["latency", "threads", "put", "get", "transaction", start::NAME],
        })
    }

    fn bare() -> anyhow::Result<Self> {
        Ok(Self {
            name: "bare",
            command: vec![own("bench-client-bare")?],
            start: Vec::new(),
            lines: &["latency", "threads", "put", "get"],
        })
    }

    /// Whether it can do a line.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.lines.contains(&line)
    }

    /// The command line of one turn.
    pub(crate) fn command(&self, words: [&str; 2], addresses: &[String]) -> Vec<String> {
        let words = words.map(str::to_owned);
        [&self.command, &words[..], addresses].concat()
    }

    /// The command line of the line `start`.
    pub(crate) fn start_command(&self, addresses: &[String]) -> Vec<String> {
        [&self.start, addresses].concat()
    }
}

/// A program of this workspace.
fn own(name: &str) -> anyhow::Result<String> {
    let folder = env::current_exe()?;
    let folder = folder.parent().context("a program is in a folder")?;
    checked(&folder.join(name), "cargo build --release --bins")
}

/// An example of the client, as its users build it.
fn example(name: &str) -> anyhow::Result<String> {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/examples");
    let hint = "in the root: cargo build --release -p portway-ignite --examples";
    checked(&Path::new(examples).join(name), hint)
}

fn checked(program: &Path, hint: &str) -> anyhow::Result<String> {
    ensure!(program.exists(), "{} is missing: {hint}", program.display());
    Ok(program.to_string_lossy().into_owned())
}
