//! From the start of a program until it serves.

use std::time::Instant;

use crate::{
    lab::Namespace,
    report::PORTWAY,
    report::{Goal, Report},
    wireguard::measure::Bench,
    wireguard::tunnel::Interface,
};

const MILLISECONDS: f64 = 1000.0;

/// First start (a new folder: keys and grid are made) and second starts of `portway up`, then the start of a plain
/// interface of each contender.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for number in 0..bench.scale.rounds.max(3) {
        let data = folder.path().join(format!("first{number}"));
        let elapsed = start_once(bench, &data.to_string_lossy())?;
        report.add(
            "first start of `up` until ready",
            "ms",
            Goal::AtMost(100.0),
            PORTWAY,
            elapsed,
        );
    }
    let data = folder.path().join("first0");
    for _ in 0..bench.scale.starts {
        let elapsed = start_once(bench, &data.to_string_lossy())?;
        report.add(
            "second start of `up` until ready",
            "ms",
            Goal::AtMost(20.0),
            PORTWAY,
            elapsed,
        );
    }
    plain_interfaces(bench, report)
}

fn start_once(bench: &Bench, data: &str) -> anyhow::Result<f64> {
    let started = Instant::now();
    let gateway = bench.up(data, &[])?;
    let elapsed = started.elapsed();
    gateway.terminate()?;
    Ok(elapsed.as_secs_f64() * MILLISECONDS)
}

fn plain_interfaces(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let namespace = Namespace::new()?;
    for _ in 0..bench.scale.rounds {
        for contender in &bench.contenders {
            let started = Instant::now();
            let _interface = Interface::start(contender, &namespace)?;
            let elapsed = started.elapsed().as_secs_f64() * MILLISECONDS;
            report.add(
                "start of a plain interface",
                "ms",
                Goal::TimesLeast(1.0),
                contender.name,
                elapsed,
            );
        }
    }
    Ok(())
}
