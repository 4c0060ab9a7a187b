//! What the counting of flows costs a packet that passes through a gateway.

use crate::{
    report::{Goal, PORTWAY, Report},
    wireguard::measure::Bench,
    wireguard::row::{Row, Sides},
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
            row.stream(bench, name, SIZE, |way, cost| {
                let line = format!("packet of {SIZE} B {way}, flows counted");
                report.add(&line, "us", Goal::None, name, cost);
            })?;
        }
    }
    Ok(())
}
