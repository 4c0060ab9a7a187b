//! A device over the crate `xdpilone`.

use std::{ffi::CString, num::NonZeroU32, ptr::NonNull};

use anyhow::{Context as _, Error};
use bench_dataplane::{
    bpf::{Program, SocketMap},
    device::{Arguments, BURST, Task, index},
    frame,
};
use clap::Parser as _;
use xdpilone::{DeviceQueue, IfInfo, RingTx, Socket, SocketConfig, Umem, UmemConfig, xdp::XdpDesc};

const CHUNK: usize = 2048;
const CHUNKS: usize = 4096;
const RING: u32 = 1024;

#[repr(align(4096))]
#[derive(Clone)]
struct Page(#[expect(dead_code, reason = "the kernel writes it")] [u8; 4096]);

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let pages = vec![Page([0; 4096]); CHUNK * CHUNKS / 4096].leak();
    let base: *mut u8 = pages.as_mut_ptr().cast();
    let memory =
        NonNull::slice_from_raw_parts(NonNull::new(base).context("memory")?, CHUNK * CHUNKS);
    let config = UmemConfig {
        fill_size: RING,
        complete_size: RING,
        frame_size: CHUNK as u32,
        headroom: 0,
        flags: 0,
    };
    // SAFETY: the memory is aligned to a page, leaked, and used through this alone.
    let umem = unsafe { Umem::new(config, memory) }.map_err(Error::msg)?;
    let mut interface = IfInfo::invalid();
    interface
        .from_name(&CString::new(arguments.interface.as_str())?)
        .map_err(Error::msg)?;
    let socket = Socket::with_shared(&interface, &umem).map_err(Error::msg)?;
    let mut queue = umem.fq_cq(&socket).map_err(Error::msg)?;
    let config = SocketConfig {
        rx_size: NonZeroU32::new(RING),
        tx_size: NonZeroU32::new(RING),
        bind_flags: SocketConfig::XDP_BIND_COPY | SocketConfig::XDP_BIND_NEED_WAKEUP,
    };
    let user = umem.rx_tx(&socket, &config).map_err(Error::msg)?;
    umem.bind(&user).map_err(Error::msg)?;
    let (mut receiver, mut sender) = (
        user.map_rx().map_err(Error::msg)?,
        user.map_tx().map_err(Error::msg)?,
    );
    give_back(
        &mut queue,
        (0..RING).map(|chunk| u64::from(chunk) * CHUNK as u64),
    );
    let map = SocketMap::new()?;
    map.insert(receiver.as_raw_fd())?;
    let _attached = Program::to_sockets(&map)?.attach(index(&arguments.interface)?)?;
    let mut packets = Vec::with_capacity(BURST);
    loop {
        let mut reading = receiver.receive(BURST as u32);
        packets.extend(std::iter::from_fn(|| reading.read()));
        reading.release();
        match arguments.task {
            Task::Echo => echo(&mut packets, base, &mut sender, &mut queue),
            Task::Drop => {
                give_back(&mut queue, packets.drain(..).map(|packet| packet.addr));
            }
        }
    }
}

fn echo(packets: &mut Vec<XdpDesc>, base: *mut u8, sender: &mut RingTx, queue: &mut DeviceQueue) {
    for packet in packets.iter() {
        // SAFETY: the kernel named it, within the memory, and has no use for it before it is given back.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(base.add(packet.addr as usize), packet.len as usize)
        };
        frame::turn_round(bytes);
    }
    let mut waiting = packets.drain(..);
    while waiting.len() > 0 {
        // It may reserve fewer places than it is asked for, and more are there.
        let mut writing = sender.transmit(waiting.len() as u32);
        let places = writing.capacity() as usize;
        writing.insert(waiting.by_ref().take(places));
        writing.commit();
    }
    while sender.needs_wakeup() && sender.pending() > 0 {
        sender.wake();
        let sent = completed(queue);
        give_back(queue, sent.into_iter());
    }
}

fn completed(queue: &mut DeviceQueue) -> Vec<u64> {
    let mut reading = queue.complete(RING);
    let sent = std::iter::from_fn(|| reading.read()).collect();
    reading.release();
    sent
}

fn give_back(queue: &mut DeviceQueue, mut chunks: impl ExactSizeIterator<Item = u64>) {
    while chunks.len() > 0 {
        // As in `echo`; what is asked of an iterator beyond them would be lost.
        let mut writing = queue.fill(chunks.len() as u32);
        let places = writing.capacity() as usize;
        let some = chunks.by_ref().take(places);
        writing.insert(some.map(|address| address & !(CHUNK as u64 - 1)));
        writing.commit();
    }
}
