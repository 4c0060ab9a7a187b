//! One call of a client.

use std::{collections::BTreeMap, env, process::ExitCode, time::Duration};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// What a client is asked to do.
#[derive(Debug)]
pub struct Turn {
    /// The name of the line.
    pub line: String,
    /// How long to measure.
    pub duration: Duration,
    /// The nodes.
    pub addresses: Vec<String>,
}

/// What a client did while it measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Completed operations.
    pub operations: u64,
    /// Time that passed.
    pub seconds: f64,
    /// Processor time of the whole process, user and system.
    pub cpu_seconds: f64,
    /// The median of the times of single operations, in the lines that have them.
    pub p50_microseconds: Option<f64>,
    /// What one line alone has, by name; the unit is part of the name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
}

impl Outcome {
    /// Operations a second.
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds
    }

    /// Processor time of one operation.
    pub fn cpu_microseconds(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.operations as f64
    }

    /// Time that passed for one operation, where they follow each other.
    pub fn nanoseconds(&self) -> f64 {
        self.seconds * 1e9 / self.operations as f64
    }
}

impl Turn {
    /// Before the measurement begins, for a fifth of its time: caches, branch predictors, the server's compiler.
    pub fn warm_up(&self) -> Duration {
        self.duration / 5
    }

    /// The first of the nodes, for clients that talk to one.
    ///
    /// # Errors
    ///
    /// Fails when there is none.
    pub fn address(&self) -> anyhow::Result<&str> {
        Ok(self.addresses.first().context("which node?")?)
    }

    fn from_arguments() -> anyhow::Result<Self> {
        let mut words = env::args().skip(1);
        let line = words.next().context("which line?")?;
        let seconds: f64 = words.next().context("how many seconds?")?.parse()?;
        let addresses = words.collect();
        let duration = Duration::from_secs_f64(seconds);
        Ok(Self {
            line,
            duration,
            addresses,
        })
    }
}

/// The whole `main` of a client.
pub fn client(carry_out: impl FnOnce(&Turn) -> anyhow::Result<Outcome>) -> ExitCode {
    print(Turn::from_arguments().and_then(|turn| carry_out(&turn)))
}

/// Says what was measured, or why nothing was.
pub fn print(outcome: anyhow::Result<Outcome>) -> ExitCode {
    match outcome.and_then(|outcome| Ok(serde_json::to_string(&outcome)?)) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
