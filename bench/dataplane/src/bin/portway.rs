//! Ours: a device over the public `Port` and `Packet`, with statistics.

use std::sync::Arc;

use bench_dataplane::device::{Arguments, BURST, Task, wait};
use clap::Parser as _;
use portway_dataplane::{Burst, Packet, PacketPort, Port, Region, XdpPort};
use portway_xdp::{
    Socket,
    program::{Attached, Match},
};

#[derive(clap::Parser)]
struct Own {
    #[command(flatten)]
    device: Arguments,
    /// Over AF_PACKET rather than AF_XDP
    #[arg(long)]
    packet: bool,
}

fn main() -> anyhow::Result<()> {
    let Own { device, packet } = Own::parse();
    let region = Region::builder().chunks(4096).build()?;
    let mut port = if packet {
        PacketPort::open("device", &device.interface, &region)?
    } else {
        xdp(&device.interface, &region)?
    };
    let asleep = port.descriptor().filter(|_| device.sleep);
    let mut burst = Burst::with_limit(BURST);
    let mut left = device.frames;
    while left > 0 {
        let count = port.rx_burst(&mut burst);
        match (device.task, asleep) {
            (_, Some(descriptor)) if count == 0 => wait(descriptor)?,
            (Task::Echo, _) => echo(&mut port, &mut burst),
            (Task::Drop, _) => port.give_back(&mut burst),
        }
        left = left.saturating_sub(count as u64);
    }
    Ok(())
}

fn xdp(interface: &str, region: &Region) -> anyhow::Result<Port> {
    let socket = Socket::builder(interface, 0).open(region)?;
    let attached = Attached::builder(interface, Match::everything()).attach()?;
    attached.insert(0, &socket)?;
    let program = Some(Arc::new(attached));
    Ok(XdpPort::open("device", socket, program, region))
}

fn echo(port: &mut Port, burst: &mut Burst) {
    burst.prefetch();
    for frame in burst.iter_mut() {
        if let Ok(mut packet) = Packet::ethernet(frame) {
            packet.swap_macs();
            packet.swap_ends();
        }
    }
    while !burst.is_empty() {
        port.tx_burst(burst);
    }
}
