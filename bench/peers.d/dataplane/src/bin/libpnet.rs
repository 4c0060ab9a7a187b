//! The echo over libpnet: a system call for each frame.

use anyhow::{Context as _, bail, ensure};
use bench_dataplane::{
    device::{Arguments, Task},
    frame,
};
use clap::Parser as _;
use pnet_datalink::{Channel, Config, NetworkInterface, channel, interfaces};

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.task == Task::Echo, "libpnet only echoes here");
    let is_asked = |interface: &NetworkInterface| interface.name == arguments.interface;
    let interface = interfaces().into_iter().find(is_asked);
    let interface = interface.context("no such interface")?;
    let Channel::Ethernet(mut sender, mut receiver) = channel(&interface, Config::default())?
    else {
        bail!("not a channel of Ethernet frames");
    };
    loop {
        let mut frame = receiver.next()?.to_vec();
        // It hears what the interface sends, too.
        if frame.starts_with(&frame::DEVICE_MAC) {
            frame::turn_round(&mut frame);
            let _ = sender.send_to(&frame, None);
        }
    }
}
