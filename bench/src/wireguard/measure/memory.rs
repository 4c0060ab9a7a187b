//! What `portway up` holds: idle, and with many peers in its grid.

use std::thread;

use super::public_keys;
use crate::{
    program,
    report::PORTWAY,
    report::{Goal, Report},
    wireguard::measure::Bench,
};

/// Commands that add peers at the same time; more would only wait for a processor.
const ADDERS: usize = 4;

/// The proportional set size of the whole gateway, embedded grid included.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_string_lossy().into_owned();
    let gateway = bench.up(&data, &[])?;
    thread::sleep(bench.scale.settle);
    let idle = gateway.memory()?;
    report.add(
        "memory of `up`, idle",
        "kB",
        Goal::AtMost(15_000.0),
        PORTWAY,
        idle,
    );
    add_peers(bench, &data)?;
    thread::sleep(bench.scale.settle);
    let more = (gateway.memory()? - idle) / bench.scale.grid_peers as f64;
    let name = format!("memory of `up`, a peer of {}", bench.scale.grid_peers);
    report.add(&name, "kB", Goal::AtMost(4.0), PORTWAY, more);
    gateway.terminate()
}

fn add_peers(bench: &Bench, data: &str) -> anyhow::Result<()> {
    let keys = public_keys(bench.scale.grid_peers)?;
    let share = keys.len().div_ceil(ADDERS);
    thread::scope(|scope| {
        let adders: Vec<_> = keys
            .chunks(share)
            .map(|keys| scope.spawn(|| keys.iter().try_for_each(|key| add_peer(bench, data, key))))
            .collect();
        adders.into_iter().try_for_each(|adder| {
            adder
                .join()
                .unwrap_or_else(|_| Err(anyhow::anyhow!("an adder panicked")))
        })
    })
}

fn add_peer(bench: &Bench, data: &str, key: &str) -> anyhow::Result<()> {
    // A name made of the key is certainly unique; of its signs, a name takes only letters and digits.
    let letters: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = format!("peer{letters}");
    let command = ["peer", "add", &name, "--public-key", key, "--data", data];
    program::run(&bench.portway_command(&command)).map(drop)
}
