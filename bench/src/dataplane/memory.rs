//! What a port, a packet and its statistics cost a frame, without any system call.

use std::process::Command;

use serde::Deserialize;

use crate::{
    program,
    report::{Goal, PORTWAY, Report},
};

/// As the command line names it.
pub(crate) const NAME: &str = "memory";

/// What routing costs, as the command line names it.
pub(crate) const ROUTES: &str = "routes";

const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/release/bench-dataplane-memory"
);
const ROUTER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/release/bench-dataplane-routes"
);
/// Rounds under callgrind, which makes a program some fifty times slower: few and more, so that what is not the frames'
/// falls out of the difference.
const FEW: u64 = 100;
const MORE: u64 = 600;

#[derive(Debug, Deserialize)]
struct Outcome {
    frames_per_round: u64,
    /// One value for each repetition.
    nanoseconds: Vec<f64>,
}

/// Measures time, and instructions where valgrind is there.
pub(crate) fn measure(smoke: bool, report: &mut Report) -> anyhow::Result<()> {
    let rounds = if smoke { 2_000 } else { 200_000 };
    let outcome = run(&[PROGRAM, "time", &rounds.to_string()])?;
    for value in outcome.nanoseconds {
        report.add(
            "port, packet, statistics",
            "ns",
            Goal::AtMost(15.0),
            PORTWAY,
            value,
        );
    }
    if Command::new("valgrind").arg("--version").output().is_ok() {
        let more = (instructions("echo", MORE)? - instructions("echo", FEW)?) as f64;
        let without = (instructions("pass", MORE)? - instructions("pass", FEW)?) as f64;
        // Both ports pass the frame there and back; one of them is the device.
        let frames = ((MORE - FEW) * outcome.frames_per_round) as f64;
        let each = (more - without / 2.0) / frames;
        report.add("the same, instructions", "", Goal::None, PORTWAY, each);
    }
    Ok(())
}

/// Measures a router over a million routes.
pub(crate) fn measure_routes(smoke: bool, report: &mut Report) -> anyhow::Result<()> {
    let rounds = if smoke { 500_u64 } else { 50_000 };
    for value in run(&[ROUTER, &rounds.to_string()])?.nanoseconds {
        let goal = Goal::AtMost(40.0);
        report.add("l3fwd, a million routes", "ns", goal, PORTWAY, value);
    }
    Ok(())
}

fn run(command: &[&str]) -> anyhow::Result<Outcome> {
    Ok(serde_json::from_str(&program::run(command)?)?)
}

fn instructions(what: &str, rounds: u64) -> anyhow::Result<u64> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("callgrind");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "-q"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .args([PROGRAM, what, &rounds.to_string()]);
    program::output_of(&mut command)?;
    let text = std::fs::read_to_string(out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.or_else(|| text.lines().find_map(|line| line.strip_prefix("summary: ")));
    Ok(total.unwrap_or("0").trim().parse()?)
}
