//! What `portway net` tells of ports and threads, as documented JSON.

use std::collections::BTreeMap;

use portway_dataplane::{Discards, PortEnd, PortReport, ThreadReport, WorkersReport};
use serde::{Deserialize, Serialize};

use super::run::Running;

/// Everything.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Report {
    /// `application.name` of the configuration.
    pub(crate) name: Option<String>,
    /// The configuration.
    pub(crate) file: String,
    /// The process.
    pub(crate) pid: u32,
    /// Since the workers were started.
    pub(crate) uptime_seconds: f64,
    pub(crate) ports: Vec<Port>,
    pub(crate) threads: Vec<Thread>,
}

/// How it stands with a port.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Port {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) mode: String,
    pub(crate) thread: String,
    pub(crate) state: State,
    /// Why it has ended.
    pub(crate) reason: Option<String>,
    /// CNDP's ten counters, and those of rings and wake-ups.
    pub(crate) counters: BTreeMap<String, u64>,
    /// Packets that the port dropped, by reason.
    pub(crate) port_drops: BTreeMap<String, u64>,
    /// Packets that the mode discarded, by reason.
    pub(crate) mode_drops: BTreeMap<String, u64>,
}

/// How it stands with a thread.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Thread {
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) cores: Vec<usize>,
    /// Names of its ports.
    pub(crate) ports: Vec<String>,
    /// Time in which it found something to do.
    pub(crate) busy_seconds: f64,
    /// All its time.
    pub(crate) total_seconds: f64,
    /// How often it slept.
    pub(crate) sleeps: u64,
    /// Packets that came from other threads for ports that had ended.
    pub(crate) drops: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Running,
    Paused,
    Ended,
}

impl Port {
    /// One of its counters.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or_default()
    }

    /// All packets that were dropped, by the port or its mode.
    pub(crate) fn dropped(&self) -> u64 {
        self.port_drops
            .values()
            .chain(self.mode_drops.values())
            .sum()
    }
}

/// How it stands now.
pub(crate) fn of(running: &Running) -> Report {
    let found = running.workers.report();
    let ports = found.ports.iter().enumerate();
    Report {
        name: running.name.clone(),
        file: running.file.clone(),
        pid: std::process::id(),
        uptime_seconds: running.since.elapsed().as_secs_f64(),
        ports: ports
            .map(|(index, report)| port(index, report, &found))
            .collect(),
        threads: found
            .threads
            .iter()
            .map(|report| thread(report, &found))
            .collect(),
    }
}

fn port(index: usize, report: &PortReport, all: &WorkersReport) -> Port {
    let thread = &all.threads[report.thread];
    let state = match &report.end {
        Some(_) => State::Ended,
        None => state(thread),
    };
    let drops = report.statistics.drops();
    let port_drops = drops
        .iter()
        .map(|(reason, count)| (reason.name().to_owned(), count));
    let counters = report.statistics.iter();
    Port {
        index,
        name: report.statistics.name.clone(),
        mode: report.mode.to_owned(),
        thread: thread.name.clone(),
        state,
        reason: report.end.as_ref().map(PortEnd::to_string),
        counters: counters
            .map(|(name, count)| (name.to_owned(), count))
            .collect(),
        port_drops: port_drops.collect(),
        mode_drops: discards(&report.discards),
    }
}

fn thread(report: &ThreadReport, all: &WorkersReport) -> Thread {
    let name = |port: &usize| all.ports[*port].statistics.name.clone();
    Thread {
        name: report.name.clone(),
        state: state(report),
        cores: report.cores.clone(),
        ports: report.ports.iter().map(name).collect(),
        busy_seconds: report.busy.as_secs_f64(),
        total_seconds: report.total.as_secs_f64(),
        sleeps: report.sleeps,
        drops: discards(&report.discards),
    }
}

fn state(thread: &ThreadReport) -> State {
    match (thread.has_ended, thread.is_paused) {
        (true, _) => State::Ended,
        (false, true) => State::Paused,
        (false, false) => State::Running,
    }
}

fn discards(discards: &Discards) -> BTreeMap<String, u64> {
    let reasons = discards.iter();
    reasons
        .map(|(reason, count)| (reason.name().to_owned(), count))
        .collect()
}
