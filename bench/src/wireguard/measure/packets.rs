//! Processor time of a packet at a steady rate that no contender is overwhelmed by.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};

use crate::{
    lab::Namespace,
    program::Running,
    report::{Goal, Report},
    wireguard::measure::Bench,
    wireguard::tunnel::{CLIENT, GATEWAY, Tunnel},
};

const RATE: u32 = 20_000;
/// Bytes of a datagram: nearly a full packet, and a small one.
const SIZES: [usize; 2] = [1372, 36];
const PORT: u16 = 9000;
/// Of what was sent, at least this much must arrive for the figure to mean anything.
const LEAST_ARRIVED: f64 = 0.5;

/// Datagrams at 20 kpps through the tunnel, to the gateway and from it.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..bench.scale.rounds {
        for contender in &bench.contenders {
            let tunnel = Tunnel::new(contender, bench.client())?;
            let (gateway, client) = (&tunnel.gateway_side, &tunnel.client_side);
            for size in SIZES {
                for (way, from, to, address) in [
                    ("to", client, gateway, GATEWAY),
                    ("from", gateway, client, CLIENT),
                ] {
                    let cost = stream(bench, &tunnel.gateway.program, from, to, address, size)
                        .with_context(|| format!("{size} B {way} {}", contender.name))?;
                    let name = format!("processor time, packet of {size} B {way} it");
                    report.add(&name, "us", Goal::TimesLeast(1.0), contender.name, cost);
                }
            }
        }
    }
    Ok(())
}

/// Returns the gateway's microseconds of processor time for each packet that arrived.
pub(crate) fn stream(
    bench: &Bench,
    gateway: &Running,
    from: &Namespace,
    to: &Namespace,
    address: &str,
    size: usize,
) -> anyhow::Result<f64> {
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let address = format!("{address}:{PORT}");
    let sink = to.inside(&[&own, "sink", &address]);
    let mut sink = Command::new(&sink[0])
        .args(&sink[1..])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(sink.stdout.take().context("its stdout was piped")?).lines();
    lines.next().context("the sink did not start")??;
    let seconds = bench.scale.traffic.as_secs();
    let before = gateway.processor_time()?;
    let (size, rate, duration) = (size.to_string(), RATE.to_string(), seconds.to_string());
    from.run(&[&own, "send", &address, &size, &rate, &duration])?;
    let time = gateway.processor_time()? - before;
    let arrived: f64 = lines.next().context("the sink said nothing")??.parse()?;
    sink.wait()?;
    let sent = f64::from(RATE) * seconds as f64;
    ensure!(
        arrived >= LEAST_ARRIVED * sent,
        "only {arrived} of {sent} packets arrived"
    );
    Ok(time.as_secs_f64() * 1e6 / arrived)
}
