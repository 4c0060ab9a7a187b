//! Ports and packets beside other programs on AF_XDP and AF_PACKET.

mod contender;
mod line;
mod memory;
mod turn;

use std::path::PathBuf;

use anyhow::Context as _;

use crate::report::Report;
use contender::{CONTENDERS, Contender, OWN};
use line::{LINES, Line};
use turn::{Lab, Processors};

/// What to measure, and among whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Ours, the bare rings and the kernel, in seconds: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer and shorter rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Only these lines: echo, together, drop, paced, packet, memory, routes
    #[arg(long, value_name = "LINE", value_delimiter = ',')]
    only: Vec<String>,

    /// Only these contenders: portway, bare, dpdk, xdpilone, xdp, libpnet, udp, kernel
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    among: Vec<String>,

    /// The processors of the sender, of the device, and of what receives for either
    #[arg(long, value_name = "NUMBER", num_args = 4, default_values_t = [2, 3, 0, 1])]
    processors: Vec<usize>,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/dataplane.json"))]
    json: PathBuf,
}

/// How long and how often things are measured.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rounds: usize,
    seconds: f64,
}

impl Scale {
    const SMOKE: Self = Self {
        rounds: 1,
        seconds: 0.2,
    };
    const QUICK: Self = Self {
        rounds: 3,
        seconds: 0.3,
    };
    const FULL: Self = Self {
        rounds: 9,
        seconds: 0.5,
    };
}

/// Measures and prints the table.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let scale = match (arguments.smoke, arguments.quick) {
        (true, _) => Scale::SMOKE,
        (_, true) => Scale::QUICK,
        _ => Scale::FULL,
    };
    let wanted = |list: &[String], name: &str| list.is_empty() || list.iter().any(|it| it == name);
    let lab = Lab::new(Processors::named(&arguments.processors)?)?;
    let mut report = Report::default();
    for line in LINES
        .iter()
        .filter(|line| wanted(&arguments.only, line.name))
    {
        let contenders: Vec<&Contender> = CONTENDERS
            .iter()
            .filter(|contender| contender.takes_part(line.task))
            .filter(|contender| wanted(&arguments.among, contender.name))
            .filter(|contender| !arguments.smoke || OWN.contains(&contender.name))
            .collect();
        contenders.iter().try_for_each(|it| it.check())?;
        measure(line, &contenders, &lab, scale, &mut report)?;
    }
    if wanted(&arguments.only, memory::NAME) {
        memory::measure(arguments.smoke, &mut report)?;
    }
    if wanted(&arguments.only, memory::ROUTES) {
        memory::measure_routes(arguments.smoke, &mut report)?;
    }
    report.publish(&arguments.json)
}

fn measure(
    line: &Line,
    contenders: &[&Contender],
    lab: &Lab,
    scale: Scale,
    report: &mut Report,
) -> anyhow::Result<()> {
    for round in 0..scale.rounds {
        eprintln!("round {round}: {} ...", line.name);
        // Each is first once in a while, and each is next to each other one in turn.
        for position in 0..contenders.len() {
            let contender = contenders[(position + round) % contenders.len()];
            let outcome = lab
                .turn(line, contender, scale.seconds)
                .with_context(|| format!("{} by {}", line.name, contender.name))?;
            line.add(report, contender.name, &outcome);
        }
    }
    Ok(())
}
