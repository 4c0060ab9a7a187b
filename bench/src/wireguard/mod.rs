//! The gateway beside other WireGuard programs.

mod contender;
mod measure;
pub(crate) mod pace;
mod row;
mod scale;
mod tunnel;
mod uapi;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::report::Report;
use contender::Contender;
use measure::Bench;
use scale::Scale;

/// What to measure, and with what.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Ours alone (beside a wireguard-go that the system has), in under a minute: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these measurements: start, memory, peers, live, throughput, packets, passing, flows
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,

    /// The program to measure
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/portway"))]
    portway: PathBuf,

    /// Folder with the peers, as `bench/peers` fills it
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/bin"))]
    peers: PathBuf,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/report.json"))]
    json: PathBuf,
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let portway = arguments.portway.canonicalize().with_context(|| {
        format!(
            "{} is missing: cargo build --release",
            arguments.portway.display()
        )
    })?;
    let bench = Bench {
        contenders: contenders(arguments, &portway)?,
        portway,
        scale: scale(arguments),
    };
    let mut report = Report::default();
    for (name, measure) in measure::ALL {
        if arguments.only.is_empty() || arguments.only.iter().any(|only| only == name) {
            eprintln!("measuring {name} ...");
            measure(&bench, &mut report).with_context(|| format!("measuring {name}"))?;
        }
    }
    report.publish(&arguments.json)
}

fn scale(arguments: &Arguments) -> Scale {
    match (arguments.smoke, arguments.quick) {
        (true, _) => Scale::SMOKE,
        (_, true) => Scale::QUICK,
        _ => Scale::FULL,
    }
}

fn contenders(arguments: &Arguments, portway: &Path) -> anyhow::Result<Vec<Contender>> {
    let ours = std::iter::once(Contender::portway(portway));
    if arguments.smoke {
        return Ok(ours.chain(Contender::of_the_system()).collect());
    }
    let peers = Contender::peers(&arguments.peers)?;
    Ok(ours.chain(peers).collect())
}
