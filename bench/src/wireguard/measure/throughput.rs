//! TCP through the gateway, and the processor time it costs.

use anyhow::Context as _;

use crate::{
    program::{self, Running},
    report::{Goal, Report},
    wireguard::measure::Bench,
    wireguard::tunnel::{GATEWAY, Tunnel},
};

/// iperf3 between the client and the gateway's tunnel address, first to the gateway and then from it.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..bench.scale.rounds {
        for contender in &bench.contenders {
            let tunnel = Tunnel::new(contender, bench.client())?;
            let server =
                tunnel
                    .gateway_side
                    .inside(&["iperf3", "-s", "-B", GATEWAY, "--forceflush"]);
            let (_server, _) = Running::start_until(&server, "Server listening")?;
            for (way, flags) in [("to", &[][..]), ("from", &["-R"][..])] {
                let (bytes, speed, time) = transfer(bench, &tunnel, flags)
                    .with_context(|| format!("TCP {way} {}", contender.name))?;
                let name = format!("TCP {way} the gateway");
                report.add(
                    &name,
                    "Gbit/s",
                    Goal::TimesGreatest(1.0),
                    contender.name,
                    speed / 1e9,
                );
                let cost = time / (bytes / 1e9);
                let name = format!("processor time, TCP {way} the gateway");
                report.add(&name, "s/GB", Goal::TimesLeast(0.8), contender.name, cost);
            }
        }
    }
    Ok(())
}

/// How often iperf3 is asked: on a busy machine it gives up now and then.
const TRIES: usize = 3;

/// Returns bytes received, bits a second and the gateway's seconds of processor time.
fn transfer(bench: &Bench, tunnel: &Tunnel, flags: &[&str]) -> anyhow::Result<(f64, f64, f64)> {
    for _ in 1..TRIES {
        if let Ok(transferred) = try_transfer(bench, tunnel, flags) {
            return Ok(transferred);
        }
    }
    try_transfer(bench, tunnel, flags)
}

fn try_transfer(bench: &Bench, tunnel: &Tunnel, flags: &[&str]) -> anyhow::Result<(f64, f64, f64)> {
    let seconds = bench.scale.traffic.as_secs().to_string();
    let client = [
        "iperf3",
        "-J",
        "-c",
        GATEWAY,
        "-t",
        &seconds,
        "--connect-timeout",
        "3000",
    ];
    let command = tunnel.client_side.inside(&[&client, flags].concat());
    let before = tunnel.gateway.program.processor_time()?;
    let answer = program::run(&command)?;
    let time = tunnel.gateway.program.processor_time()? - before;
    let answer: serde_json::Value = serde_json::from_str(&answer)?;
    if let Some(error) = answer["error"].as_str() {
        anyhow::bail!("iperf3 failed: {error}");
    }
    let received = &answer["end"]["sum_received"];
    let bytes = received["bytes"].as_f64().context("iperf3 says no bytes")?;
    let speed = received["bits_per_second"]
        .as_f64()
        .context("iperf3 says no speed")?;
    Ok((bytes, speed, time.as_secs_f64()))
}
