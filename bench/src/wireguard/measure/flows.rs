//! What the counting of flows costs a packet that passes through a gateway.

use anyhow::Context as _;

use crate::{
    report::{Goal, PORTWAY, Report},
    wireguard::measure::{Bench, packets},
    wireguard::row::{BEHIND, CLIENT, Row, Sides},
};

/// Ours with `--no-flows`.
const WITHOUT: &str = "portway --no-flows";
/// Bytes of a datagram: small ones have the least beside the counting.
const SIZE: usize = 36;

/// Datagrams at 20 kpps through the gateway, inward and outward, with flows and without, by turns.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..bench.scale.rounds {
        let rows = [
            (WITHOUT, Sides::KernelWithoutFlows),
            (PORTWAY, Sides::Kernel),
        ];
        for (name, sides) in rows {
            let row = Row::new(bench, bench.client(), sides)?;
            for (way, from, to, address) in [
                ("inward", &row.client_side, &row.behind, BEHIND),
                ("outward", &row.behind, &row.client_side, CLIENT),
            ] {
                let cost = packets::stream(bench, &row.gateway, from, to, address, SIZE)
                    .with_context(|| format!("{way} by {name}"))?;
                let line = format!("packet of {SIZE} B {way}, flows counted");
                report.add(&line, "us", Goal::None, name, cost);
            }
        }
    }
    Ok(())
}
