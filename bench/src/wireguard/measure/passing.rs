//! Processor time of a packet that passes through a gateway to the network behind it, by the kernel and past it.

use anyhow::Context as _;

use crate::{
    report::{Goal, PORTWAY, Report},
    wireguard::measure::{Bench, packets},
    wireguard::row::{BEHIND, CLIENT, Row, Sides},
};

/// What ours on AF_XDP is held against: ours with a UDP socket and a TUN interface.
const KERNEL: &str = "portway tun:";
/// Bytes of a datagram: with its headers 1400, nearly a full packet.
const SIZE: usize = 1372;

/// Datagrams at 20 kpps through the gateway, inward and outward.
pub(crate) fn measure(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..bench.scale.rounds {
        for (name, sides) in [(KERNEL, Sides::Kernel), (PORTWAY, Sides::Xdp)] {
            let row = Row::new(bench, bench.client(), sides)?;
            for (way, from, to, address) in [
                ("inward", &row.client_side, &row.behind, BEHIND),
                ("outward", &row.behind, &row.client_side, CLIENT),
            ] {
                let cost = packets::stream(bench, &row.gateway, from, to, address, SIZE)
                    .with_context(|| format!("{way} by {name}"))?;
                let line = format!("processor time, packet of {SIZE} B {way} through it");
                report.add(&line, "us", Goal::AtMostTimesOf(0.5, KERNEL), name, cost);
            }
        }
    }
    Ok(())
}
