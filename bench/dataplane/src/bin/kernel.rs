//! What the kernel does by itself, and with one system call for a batch of datagrams.

use std::{
    io,
    net::{Ipv4Addr, UdpSocket},
    os::fd::AsRawFd,
    thread,
    time::Duration,
};

use anyhow::ensure;
use bench_dataplane::{
    bpf::{Action, Program},
    device::{Arguments, BURST, Task, index, wait},
    frame::{DEVICE_ADDRESS, PORT},
};
use clap::Parser as _;

const ROOM: usize = 2048;

#[derive(clap::Parser)]
struct Own {
    #[command(flatten)]
    device: Arguments,
    /// Through a UDP socket, rather than by an XDP program alone
    #[arg(long)]
    udp: bool,
}

fn main() -> anyhow::Result<()> {
    let Own { device, udp } = Own::parse();
    if udp {
        ensure!(device.task == Task::Echo, "the UDP socket only echoes");
        return Ok(answer(device.sleep)?);
    }
    let action = match device.task {
        Task::Echo => Action::SendBack,
        Task::Drop => Action::Drop,
    };
    let _attached = Program::always(action)?.attach(index(&device.interface)?)?;
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

/// Echoes datagrams, a batch a system call.
fn answer(sleep: bool) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::from(DEVICE_ADDRESS), PORT))?;
    let mut batch = Batch::new();
    loop {
        let count = batch.receive(&socket)?;
        if count == 0 && sleep {
            wait(socket.as_raw_fd())?;
        }
        batch.send(&socket, count)?;
    }
}

/// Buffers, and the headers that name them; boxed, so that the names stay true.
struct Batch {
    headers: Box<[libc::mmsghdr; BURST]>,
    parts: Box<[libc::iovec; BURST]>,
    _addresses: Box<[libc::sockaddr_in; BURST]>,
    _buffers: Box<[[u8; ROOM]; BURST]>,
}

impl Batch {
    fn new() -> Self {
        // SAFETY: a header and an address of zeros are valid ones without anything.
        let (header, address) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        let mut buffers = Box::new([[0; ROOM]; BURST]);
        let mut addresses: Box<[libc::sockaddr_in; BURST]> = Box::new([address; BURST]);
        let mut headers: Box<[libc::mmsghdr; BURST]> = Box::new([header; BURST]);
        let mut parts = Box::new(std::array::from_fn(|number| libc::iovec {
            iov_base: buffers[number].as_mut_ptr().cast(),
            iov_len: ROOM,
        }));
        for (number, header) in headers.iter_mut().enumerate() {
            header.msg_hdr.msg_name = (&raw mut addresses[number]).cast();
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as u32;
            let part: &mut [libc::iovec; BURST] = &mut parts;
            header.msg_hdr.msg_iov = &raw mut part[number];
            header.msg_hdr.msg_iovlen = 1;
        }
        Self {
            headers,
            parts,
            _addresses: addresses,
            _buffers: buffers,
        }
    }

    fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        self.parts.iter_mut().for_each(|part| part.iov_len = ROOM);
        let (raw, headers) = (socket.as_raw_fd(), self.headers.as_mut_ptr());
        let none = std::ptr::null_mut();
        // SAFETY: as many headers as are named, each of memory that lives in this structure.
        let count = unsafe { libc::recvmmsg(raw, headers, BURST as u32, libc::MSG_DONTWAIT, none) };
        match usize::try_from(count) {
            Ok(count) => Ok(count),
            Err(_) => nothing_if_momentary(),
        }
    }

    fn send(&mut self, socket: &UdpSocket, count: usize) -> io::Result<()> {
        for (part, header) in self.parts.iter_mut().zip(self.headers.iter()).take(count) {
            part.iov_len = header.msg_len as usize;
        }
        let mut sent = 0;
        while sent < count {
            let headers = self.headers[sent..count].as_mut_ptr();
            // SAFETY: as in `receive`; the kernel only reads.
            let more =
                unsafe { libc::sendmmsg(socket.as_raw_fd(), headers, (count - sent) as u32, 0) };
            match usize::try_from(more) {
                Ok(more) => sent += more,
                Err(_) => sent += nothing_if_momentary()?.max(1),
            }
        }
        Ok(())
    }
}

fn nothing_if_momentary() -> io::Result<usize> {
    let error = io::Error::last_os_error();
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
        _ => Err(error),
    }
}
