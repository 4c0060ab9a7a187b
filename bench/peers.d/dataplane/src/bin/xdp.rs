//! A device over the crate `xdp`.

use std::time::Duration;

use anyhow::Context as _;
use bench_dataplane::{
    bpf::{Program, SocketMap},
    device::{Arguments, Task, index},
    frame,
};
use clap::Parser as _;
use xdp::{
    RingConfigBuilder, Umem,
    nic::NicIndex,
    slab::{HeapSlab, Slab as _},
    socket::{PollTimeout, XdpSocketBuilder},
    umem::{FrameSize, UmemCfgBuilder},
};

/// It makes one system call for what it is given, and in copy mode the kernel takes as many of them.
const BURST: usize = 32;
const RING: u32 = 1024;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let number = index(&arguments.interface)?;
    let config = UmemCfgBuilder {
        frame_size: FrameSize::TwoK,
        frame_count: 4096,
        ..UmemCfgBuilder::default()
    };
    let mut umem = Umem::map(config.build()?)?;
    let mut builder = XdpSocketBuilder::new()?;
    let rings = RingConfigBuilder {
        fill_count: RING,
        rx_count: RING,
        completion_count: RING,
        tx_count: RING,
    };
    let (mut rings, mut flags) = builder.build_wakable_rings(&umem, rings.build()?)?;
    flags.force_copy();
    let socket = builder.bind(NicIndex::new(number), 0, flags)?;
    let mut receiver = rings.rx_ring.take().context("a receive ring")?;
    let mut sender = rings.tx_ring.take().context("a send ring")?;
    let map = SocketMap::new()?;
    map.insert(socket.raw_fd())?;
    let _attached = Program::to_sockets(&map)?.attach(number)?;
    // SAFETY: the memory outlives the socket: both live until the process ends.
    unsafe { rings.fill_ring.enqueue(&mut umem, RING as usize, true) }?;
    let mut slab = HeapSlab::with_capacity(BURST);
    let mut turned = HeapSlab::with_capacity(BURST);
    let mut owed = 0;
    loop {
        // SAFETY: as above.
        let count = unsafe { receiver.recv(&umem, &mut slab) };
        match arguments.task {
            Task::Echo => {
                while let Some(mut packet) = slab.pop_back() {
                    frame::turn_round(&mut packet);
                    turned.push_front(packet);
                }
                while !turned.is_empty() {
                    // SAFETY: as above.
                    let sent = unsafe { sender.send(&mut turned, true) };
                    if sent.is_err() {
                        socket.poll(PollTimeout::new(Some(Duration::ZERO)))?;
                    }
                    rings.completion_ring.dequeue(&mut umem, RING as usize);
                }
                rings.completion_ring.dequeue(&mut umem, RING as usize);
            }
            Task::Drop => {
                while let Some(packet) = slab.pop_back() {
                    umem.free_packet(packet);
                }
            }
        }
        // Where the other end receives on another processor, packets come back from it later than they were sent.
        owed += count;
        if owed > 0 {
            // SAFETY: as above.
            owed -= unsafe { rings.fill_ring.enqueue(&mut umem, owed, false) }?;
        }
    }
}
