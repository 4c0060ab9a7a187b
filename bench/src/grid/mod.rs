//! `portway grid` beside a real node of Apache Ignite, by the same bare sender.

mod entries;
mod line;
mod memory;
mod recovery;
mod servers;
mod start;

use std::{path::PathBuf, time::Duration};

use crate::{
    fleet::Keeping,
    ignite::prepare,
    report::{PORTWAY, Report},
};
use line::{LINES, Line};
use servers::Servers;

/// As the table names the real node.
pub(crate) const IGNITE: &str = "ignite";

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Ours alone, in seconds and without Java: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these lines: start, get, put, point, rows, log-only-1, log-only-128, fsync-1, fsync-128, idle,
    /// entries, recovery
    #[arg(long, value_name = "LINE", value_delimiter = ',')]
    only: Vec<String>,

    /// Only these servers: portway, ignite
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    among: Vec<String>,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/grid.json"))]
    json: PathBuf,
}

/// How long and how often things are measured.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rounds: usize,
    turn: Duration,
    /// Starts of the grid.
    starts: usize,
    /// Entries of the lines `entries` and `recovery`.
    entries: i64,
}

impl Scale {
    const SMOKE: Self = Self {
        rounds: 1,
        turn: Duration::from_millis(200),
        starts: 3,
        entries: 10_000,
    };
    const QUICK: Self = Self {
        rounds: 3,
        turn: Duration::from_secs(2),
        starts: 20,
        entries: 1_000_000,
    };
    const FULL: Self = Self {
        rounds: 7,
        turn: Duration::from_secs(5),
        starts: 50,
        entries: 1_000_000,
    };
}

impl Arguments {
    fn scale(&self) -> Scale {
        match (self.smoke, self.quick) {
            (true, _) => Scale::SMOKE,
            (_, true) => Scale::QUICK,
            _ => Scale::FULL,
        }
    }

    fn wants(&self, line: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == line)
    }

    /// The servers that take part, ours first.
    fn names(&self) -> Vec<&'static str> {
        let mut names = vec![PORTWAY, IGNITE];
        names.retain(|name| self.among.is_empty() || self.among.iter().any(|other| other == name));
        names.retain(|name| !self.smoke || *name == PORTWAY);
        names
    }
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (scale, names) = (arguments.scale(), arguments.names());
    let mut report = Report::default();
    if arguments.wants(start::NAME) {
        start::measure(&names, scale, &mut report)?;
    }
    if arguments.wants(memory::IDLE) {
        memory::measure_idle(&names, &mut report)?;
    }
    for keeping in [Keeping::Nothing, Keeping::LogOnly, Keeping::Fsync] {
        let wanted = |line: &&Line| line.keeping == keeping && arguments.wants(line.name);
        let lines: Vec<&Line> = LINES.iter().filter(wanted).collect();
        if !lines.is_empty() {
            measure(
                &lines,
                &Servers::start(&names, keeping)?,
                scale,
                &mut report,
            )?;
        }
    }
    if arguments.wants(memory::ENTRIES) {
        memory::measure_entries(&names, scale, &mut report)?;
    }
    if arguments.wants(recovery::NAME) && names.contains(&PORTWAY) {
        recovery::measure(scale, &mut report)?;
    }
    report.publish(&arguments.json)
}

fn measure(
    lines: &[&Line],
    servers: &Servers,
    scale: Scale,
    report: &mut Report,
) -> anyhow::Result<()> {
    for fleet in servers.fleets() {
        prepare::caches(fleet)?;
        prepare::table(fleet)?;
    }
    // The node's compiler settles in the first round, which does not count.
    let settle = usize::from(servers.have_ignite());
    for round in 0..scale.rounds + settle {
        for line in lines {
            eprintln!("round {round}: {} ...", line.name);
            for (name, fleet) in servers.named() {
                let outcome = line.turn(fleet, scale)?;
                if round >= settle {
                    line.add(report, name, &outcome);
                }
            }
        }
    }
    Ok(())
}
