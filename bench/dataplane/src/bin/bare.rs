//! A device over bare AF_XDP rings: the bound for any that is built on them.

use bench_dataplane::{
    bpf::{Program, SocketMap},
    device::{Arguments, BURST, Task, index, wait},
    frame,
    rings::Rings,
};
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut rings = Rings::open(&arguments.interface)?;
    let map = SocketMap::new()?;
    map.insert(rings.raw())?;
    let _attached = Program::to_sockets(&map)?.attach(index(&arguments.interface)?)?;
    let mut left = arguments.frames;
    while left > 0 {
        let count = rings.receive.readable().min(BURST as u32);
        if count == 0 && arguments.sleep {
            wait(rings.raw())?;
        }
        match arguments.task {
            Task::Echo => echo(&mut rings, count),
            Task::Drop => forget(&mut rings, count),
        }
        left = left.saturating_sub(u64::from(count));
    }
    Ok(())
}

fn echo(rings: &mut Rings, count: u32) {
    for _ in 0..count {
        let descriptor = rings.receive.take();
        frame::turn_round(rings.packet(descriptor));
        rings.send.put(descriptor);
    }
    if count > 0 {
        rings.receive.release();
        rings.send.publish();
    }
    rings.kick();
    rings.recycle();
}

fn forget(rings: &mut Rings, count: u32) {
    for _ in 0..count {
        let descriptor = rings.receive.take();
        rings.fill.put(descriptor.address & !2047);
    }
    if count > 0 {
        rings.receive.release();
        rings.fill.publish();
    }
}
