//! Packages of functions beside a plain JavaScript handler and the known technique, under Lambda's own runtime client for Node.

mod contender;
mod prepare;
mod runtime_api;

use std::path::PathBuf;

use anyhow::Context as _;

use crate::report::{Goal, PORTWAY, Report};
use contender::{Contender, Start, Way};

/// The name of the yardstick in the table.
const JAVASCRIPT: &str = "javascript";

/// The name of the known technique in the table.
const KNOWN: &str = "known";

/// What to measure, and with what.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One round: does it all run?
    #[arg(long)]
    smoke: bool,

    /// How often each is started, in turns
    #[arg(long, default_value_t = 20)]
    rounds: u32,

    /// The program that makes the packages
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/portway"))]
    portway: PathBuf,

    /// Folder for the packages and the runtimes
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/function"))]
    folder: PathBuf,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/function.json"))]
    json: PathBuf,
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let portway = arguments.portway.canonicalize();
    let portway = portway.with_context(|| {
        format!(
            "{} is missing: cargo build --release",
            arguments.portway.display()
        )
    })?;
    let world = prepare::world(&portway, &arguments.folder)?;
    let contenders = contender::all(&world)?;
    let mut report = Report::default();
    let rounds = if arguments.smoke { 1 } else { arguments.rounds };
    for round in 0..rounds {
        eprint!("\rround {} of {rounds}", round + 1);
        for contender in &contenders {
            let start = contender.start().with_context(|| contender.title())?;
            add(&mut report, contender, &contenders, &start)?;
        }
    }
    eprintln!();
    for contender in &contenders {
        let megabytes = contender.size()? as f64 / 1e6;
        add_to(
            &mut report,
            contender,
            &contenders,
            "package",
            "MB",
            Goal::None,
            megabytes,
        );
    }
    report.publish(&arguments.json)
}

fn add(
    report: &mut Report,
    contender: &Contender,
    all: &[Contender],
    start: &Start,
) -> anyhow::Result<()> {
    let goal = |way: Way| match way.slowest() {
        Some(times) => Goal::AtMostTimesOf(times, JAVASCRIPT),
        None => Goal::None,
    };
    let memory = |way: Way| way.largest().map_or(Goal::None, Goal::AtMost);
    for way in ways_of(contender, all) {
        let name = |what: &str| format!("{} {}, {what}", contender.version(), way.name());
        let who = contender.column();
        report.add(
            &name("start to answer"),
            "ms",
            goal(way),
            who,
            start.first.as_secs_f64() * 1e3,
        );
        report.add(
            &name("resident"),
            "MB",
            memory(way),
            who,
            start.resident_megabytes,
        );
        report.add(
            &name("next request"),
            "ms",
            way.warm(),
            who,
            start.next.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

fn add_to(
    report: &mut Report,
    contender: &Contender,
    all: &[Contender],
    what: &str,
    unit: &'static str,
    goal: Goal,
    value: f64,
) {
    for way in ways_of(contender, all) {
        let name = format!("{} {}, {what}", contender.version(), way.name());
        report.add(&name, unit, goal, contender.column(), value);
    }
}

/// A way of ours has a line of its own; yardsticks stand in the lines of all ways on their Node.
fn ways_of(contender: &Contender, all: &[Contender]) -> Vec<Way> {
    if contender.column() == PORTWAY {
        return vec![contender.way()];
    }
    let same = all
        .iter()
        .filter(|other| other.version() == contender.version() && other.column() == PORTWAY);
    same.map(Contender::way).collect()
}
