//! Many peers on a plain interface: to add them, to list them.

use std::{fmt::Write as _, fs, thread, time::Instant};

use tempfile::NamedTempFile;

use super::public_keys;
use crate::{
    lab::Namespace,
    report::{Goal, Report},
    wireguard::measure::Bench,
    wireguard::tunnel::Interface,
};

/// `wg addconf` of all peers at once, `wg show dump`, and what the memory is some time after.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let file = NamedTempFile::new()?;
    fs::write(&file, configuration(bench.scale.peers)?)?;
    let file = file.path().to_string_lossy().into_owned();
    let namespace = Namespace::new()?;
    for round in 0..bench.scale.rounds {
        for contender in &bench.contenders {
            let interface = Interface::start(contender, &namespace)?;
            // boringtun takes no peer before it has a key.
            interface.set_private_key(&namespace)?;
            let idle = interface.program.memory()?;
            let seconds = timed(&namespace, &["wg", "addconf", &interface.name, &file])?;
            let peers = bench.scale.peers;
            report.add(
                &format!("wg addconf of {peers} peers"),
                "s",
                Goal::TimesLeast(0.3),
                contender.name,
                seconds,
            );
            let seconds = timed(&namespace, &["wg", "show", &interface.name, "dump"])?;
            report.add(
                &format!("wg show dump of {peers} peers"),
                "s",
                Goal::TimesLeast(1.0),
                contender.name,
                seconds,
            );
            // Memory moves slowly and little between rounds: one wait is enough.
            if round == 0 {
                thread::sleep(bench.scale.settle);
                let more = (interface.program.memory()? - idle) / peers as f64;
                report.add(
                    "memory of a plain interface, a peer",
                    "kB",
                    Goal::AtMost(4.0),
                    contender.name,
                    more,
                );
                report.add(
                    "memory of a plain interface, idle",
                    "kB",
                    Goal::AtMost(15_000.0),
                    contender.name,
                    idle,
                );
            }
        }
    }
    Ok(())
}

/// One address for each peer, in 10.0.0.0/8.
fn configuration(count: usize) -> anyhow::Result<String> {
    let mut text = String::new();
    for (number, key) in public_keys(count)?.into_iter().enumerate() {
        let [_, high, middle, low] = u32::try_from(number)?.to_be_bytes();
        writeln!(
            text,
            "[Peer]\nPublicKey = {key}\nAllowedIPs = 10.{high}.{middle}.{low}/32"
        )?;
    }
    Ok(text)
}

fn timed(namespace: &Namespace, command: &[&str]) -> anyhow::Result<f64> {
    let started = Instant::now();
    namespace.run(command)?;
    Ok(started.elapsed().as_secs_f64())
}
