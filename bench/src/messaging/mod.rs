//! Messaging beside other ways to move a message, on one connection over loopback.

mod contender;
mod line;
mod load;

use std::{path::PathBuf, time::Duration};

use crate::report::Report;
use contender::CONTENDERS;
use line::{LINES, Line};
use load::Load;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One short turn of each: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these lines: depth-1, depth-128, threads-1, threads-128, large, one-way,
    /// grpc-1, grpc-128, grpc-large, grpc-one-way, ready, tasks
    #[arg(long, value_name = "LINE", value_delimiter = ',')]
    only: Vec<String>,

    /// Only these contenders: portway, raw, codec, drained, tonic, tarpc, libzmq
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    among: Vec<String>,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/messaging.json"))]
    json: PathBuf,
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (rounds, turn) = match (arguments.smoke, arguments.quick) {
        (true, _) => (1, Duration::from_millis(50)),
        (_, true) => (3, Duration::from_millis(700)),
        _ => (7, Duration::from_secs(2)),
    };
    let mut report = Report::default();
    for line in LINES
        .iter()
        .filter(|line| wanted(&arguments.only, line.name))
    {
        eprintln!("measuring: {}", line.title);
        for _ in 0..rounds {
            measure(line, &arguments.among, turn, &mut report)?;
        }
    }
    report.publish(&arguments.json)
}

fn wanted(chosen: &[String], name: &str) -> bool {
    chosen.is_empty() || chosen.iter().any(|other| other == name)
}

/// Gives each contender one turn of a line.
fn measure(
    line: &Line,
    among: &[String],
    turn: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    for contender in CONTENDERS
        .iter()
        .filter(|contender| wanted(among, contender.name))
    {
        let Some(measure) = (line.of)(contender) else {
            continue;
        };
        let sample = measure(Load {
            time: turn,
            ..line.load
        })?;
        let (name, unit, goal) = (line.title, line.unit.name(), line.goal);
        report.add(name, unit, goal, contender.name, line.unit.of(&sample));
        let cost = format!("{name}: processor time of both sides");
        let nanoseconds = sample.processor.as_secs_f64() * 1e9 / sample.operations as f64;
        report.add(&cost, "ns", line.cost, contender.name, nanoseconds);
    }
    Ok(())
}
