//! The client beside other clients of Apache Ignite.

mod c_interface;
mod contender;
mod line;
pub(crate) mod prepare;
mod process;
mod start;

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;

use crate::{
    fleet::{Fleet, Keeping},
    report::Report,
};
use contender::Contender;
pub(crate) use contender::own;
pub(crate) use line::carry_out;
use line::{LINES, Line};

/// What to measure, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Ours and the bare stream on the embedded grid, in seconds and without Java: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these lines: latency, threads, put, get, transaction, sql, events, streamer, nodes, near,
    /// start, c-interface, process
    #[arg(long, value_name = "LINE", value_delimiter = ',')]
    only: Vec<String>,

    /// Only these contenders: portway, bare, java, java-node, ignite-rs, ignite-v2, pyignite
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
    /// Calls of the line `c-interface`.
    calls: usize,
}

impl Scale {
    const SMOKE: Self = Self {
        rounds: 1,
        turn: Duration::from_millis(300),
        starts: 3,
        calls: 4_000,
    };
    const QUICK: Self = Self {
        rounds: 2,
        turn: Duration::from_secs(2),
        starts: 20,
        calls: 200_000,
    };
    const FULL: Self = Self {
        rounds: 7,
        turn: Duration::from_secs(5),
        starts: 100,
        calls: 1_000_000,
    };
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let scale = match (arguments.smoke, arguments.quick) {
        (true, _) => Scale::SMOKE,
        (_, true) => Scale::QUICK,
        _ => Scale::FULL,
    };
    let mut report = Report::default();
    if arguments.smoke {
        let lines = chosen(arguments, |line| line.on_grid);
        let (contenders, fleet) = (Contender::own()?, Fleet::grid(Keeping::LogOnly)?);
        prepare::caches(&fleet)?;
        measure(&lines, &contenders, &fleet, scale, &mut report)?;
        return report.publish(&arguments.json);
    }
    let contenders = Contender::present(&arguments.among)?;
    for nodes in [1, 3] {
        let lines = chosen(arguments, |line| line.nodes == nodes);
        if !lines.is_empty() {
            let fleet = Fleet::of(nodes, &arguments.nodes)?;
            prepare::caches(&fleet)?;
            prepare::table(&fleet)?;
            measure(&lines, &contenders, &fleet, scale, &mut report)?;
        }
    }
    report.publish(&arguments.json)
}

/// The lines that are wanted, and that the nodes fit.
fn chosen(arguments: &Arguments, fits: impl Fn(&Line) -> bool) -> Vec<&'static Line> {
    let only = &arguments.only;
    let wanted = |line: &Line| only.is_empty() || only.iter().any(|name| name == line.name);
    let lines = LINES.iter();
    lines.filter(|line| wanted(line) && fits(line)).collect()
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
    let rounds = scale.rounds + settle;
    for round in 0..rounds {
        let is_last = round + 1 == rounds;
        for line in lines.iter().filter(|line| is_last || !line.once) {
            eprintln!("round {round}: {} ...", line.name);
            // Each begins in its turn: the node's compiler makes it quicker from turn to turn.
            let (behind, first) = contenders.split_at(round % contenders.len());
            let order: Vec<_> = first.iter().chain(behind).collect();
            let counted = (round >= settle).then_some(&mut *report);
            take_turns(line, &order, fleet, scale, counted)?;
        }
    }
    Ok(())
}

/// Lets all contenders that have the line take it; without a report, the turns do not count.
fn take_turns(
    line: &Line,
    contenders: &[&Contender],
    fleet: &Fleet,
    scale: Scale,
    report: Option<&mut Report>,
) -> anyhow::Result<()> {
    let have: Vec<_> = contenders
        .iter()
        .copied()
        .filter(|contender| contender.has(line.name))
        .collect();
    let outcomes = line.turns(&have, fleet, scale).context(line.name)?;
    let Some(report) = report else { return Ok(()) };
    for (contender, outcome) in have.iter().zip(&outcomes) {
        line.add(report, contender.name, outcome);
    }
    for contender in contenders {
        if contender.lacks(line.name) {
            line.add_lack(report, contender.name);
        }
    }
    Ok(())
}
