//! Processor time of a packet that passes through a gateway to the network behind it, by the kernel and past it.

use crate::{
    report::{Goal, PORTWAY, Report},
    wireguard::measure::Bench,
    wireguard::row::{Row, Sides},
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
            row.stream(bench, name, SIZE, |way, cost| {
                let line = format!("processor time, packet of {SIZE} B {way} through it");
                report.add(&line, "us", Goal::AtMostTimesOf(0.5, KERNEL), name, cost);
            })?;
        }
    }
    Ok(())
}
