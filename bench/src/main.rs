//! Measures Portway beside other WireGuard programs in one run, and prints ratios.
//!
//! Contenders take turns, so that what else the machine does falls on all of them; each figure is
//! the median over the rounds. What is measured how stands in `README.md`.

mod contender;
mod lab;
mod measure;
mod pace;
mod program;
mod report;
mod scale;
mod uapi;
mod wireguard;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::{contender::Contender, measure::Bench, report::Report, scale::Scale};

/// Measures Portway beside other WireGuard programs in one run.
#[derive(Debug, Parser)]
struct Arguments {
    /// Ours alone (beside a wireguard-go that the system has), in under a minute: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these measurements: start, memory, peers, live, throughput, packets
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

    #[command(subcommand)]
    role: Option<Role>,
}

/// What the harness starts of itself inside a namespace.
#[derive(Debug, Subcommand)]
enum Role {
    /// Sends datagrams at an even pace
    #[command(hide = true)]
    Send(pace::SendArguments),
    /// Counts datagrams until a second passes without any
    #[command(hide = true)]
    Sink {
        /// Where to listen
        address: SocketAddr,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.role {
        Some(Role::Send(send)) => pace::send(send),
        Some(Role::Sink { address }) => pace::sink(*address),
        None => run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portway-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
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
    print!("{}", report.table());
    if let Some(folder) = arguments.json.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(
        &arguments.json,
        serde_json::to_string_pretty(&report.figures())?,
    )?;
    Ok(())
}

fn scale(arguments: &Arguments) -> Scale {
    match (arguments.smoke, arguments.quick) {
        (true, _) => Scale::SMOKE,
        (_, true) => Scale::QUICK,
        _ => Scale::FULL,
    }
}

fn contenders(arguments: &Arguments, portway: &std::path::Path) -> anyhow::Result<Vec<Contender>> {
    let ours = std::iter::once(Contender::portway(portway));
    if arguments.smoke {
        return Ok(ours.chain(Contender::of_the_system()).collect());
    }
    let peers = Contender::peers(&arguments.peers)?;
    Ok(ours.chain(peers).collect())
}
