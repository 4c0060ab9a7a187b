//! The client beside other clients of Apache Ignite.

mod contender;
mod fleet;
mod line;
mod start;

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;

use crate::report::Report;
use contender::Contender;
use fleet::Fleet;
use line::{LINES, Line};

/// What to measure, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One short round: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these lines: latency, threads, put, get, transaction, start
    #[arg(long, value_name = "LINE", value_delimiter = ',')]
    only: Vec<String>,

    /// Only these contenders, ours and bare included
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    among: Vec<String>,

    /// Nodes that run already; without it they are started for the run by `scripts/ignite`
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    nodes: Vec<String>,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/ignite.json"))]
    json: PathBuf,
}

/// How long and how often things are measured.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rounds: usize,
    turn: Duration,
    /// Starts of a process in one turn.
    starts: usize,
}

impl Scale {
    const SMOKE: Self = Self {
        rounds: 1,
        turn: Duration::from_millis(300),
        starts: 3,
    };
    const QUICK: Self = Self {
        rounds: 3,
        turn: Duration::from_secs(2),
        starts: 10,
    };
    const FULL: Self = Self {
        rounds: 7,
        turn: Duration::from_secs(5),
        starts: 20,
    };
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let scale = match (arguments.smoke, arguments.quick) {
        (true, _) => Scale::SMOKE,
        (_, true) => Scale::QUICK,
        _ => Scale::FULL,
    };
    let contenders = Contender::present(&arguments.among)?;
    let chosen = |line: &&Line| {
        arguments.only.is_empty() || arguments.only.iter().any(|name| name == line.name)
    };
    let lines: Vec<&Line> = LINES.iter().filter(chosen).collect();
    let mut report = Report::default();
    for nodes in [1, 3] {
        let lines: Vec<&Line> = lines
            .iter()
            .copied()
            .filter(|line| line.nodes == nodes)
            .collect();
        if !lines.is_empty() {
            let fleet = Fleet::of(nodes, &arguments.nodes)?;
            measure(&lines, &contenders, &fleet, scale, &mut report)?;
        }
    }
    report.publish(&arguments.json)
}

fn measure(
    lines: &[&Line],
    contenders: &[Contender],
    fleet: &Fleet,
    scale: Scale,
    report: &mut Report,
) -> anyhow::Result<()> {
    // The node's compiler settles in the first round, which does not count.
    let settle = if fleet.is_fresh() { 1 } else { 0 };
    for round in 0..scale.rounds + settle {
        for line in lines {
            eprintln!("round {round}: {} ...", line.name);
            for contender in contenders
                .iter()
                .filter(|contender| contender.has(line.name))
            {
                let outcome = line
                    .turn(contender, fleet, scale)
                    .with_context(|| format!("{} by {}", line.name, contender.name))?;
                if round >= settle {
                    line.add(report, contender.name, &outcome);
                }
            }
        }
    }
    Ok(())
}
