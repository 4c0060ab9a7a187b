//! AF_XDP sockets on the queues of an interface, and the program that feeds them.

use std::{
    fs,
    io::{self, ErrorKind},
    os::fd::RawFd,
};

use portway_dataplane::{Port, Region, XdpPort};
use portway_xdp::{
    SendFeatures, Socket,
    program::{Attached, Match},
};

use crate::io::XdpInterface;

/// Frames for each socket: those that it lends to the kernel for receiving (1024), as many on their way out, the stocks of
/// three pools (256 each), a few bursts and the packets that wait for a neighbour.
pub(super) const FRAMES_PER_QUEUE: usize = 4096;
/// Room in a frame beside the longest packet of IP: the kernel's headroom (256, in which our headers fit), the header of
/// Ethernet, padding and tag of WireGuard.
const BESIDE_THE_PACKET: usize = 256 + 14 + 16 + 16;

/// The sizes of frames that AF_XDP takes everywhere.
const CHUNKS: [usize; 2] = [2048, 4096];

/// A program on an interface, with the sockets that it feeds.
#[derive(Debug)]
pub(in crate::io) struct Attachment {
    interface: String,
    sockets: Vec<(u32, RawFd)>,
    program: Option<Attached>,
}

impl Attachment {
    /// Opens a socket on each queue and attaches a program that gives them what matches.
    pub(super) fn open(
        side: &XdpInterface,
        region: &Region,
        rule: Match,
    ) -> io::Result<(Self, Vec<Port>)> {
        let mut attachment = Self {
            interface: side.name.clone(),
            sockets: Vec::new(),
            program: None,
        };
        let mut ports = Vec::new();
        for queue in queues(side) {
            let socket = Socket::builder(&side.name, queue).open(region);
            let socket = socket.map_err(|error| refused(&side.name, &error))?;
            let port = XdpPort::open(format!("{}:{queue}", side.name), socket, None, region);
            let descriptor = port.descriptor();
            attachment
                .sockets
                .extend(descriptor.map(|descriptor| (queue, descriptor)));
            ports.push(port);
        }
        attachment.attach(rule)?;
        Ok((attachment, ports))
    }

    /// The interface's name.
    pub(in crate::io) fn interface(&self) -> &str {
        &self.interface
    }

    /// Has the program match something else. Meanwhile the kernel gets the packets.
    ///
    /// # Errors
    ///
    /// Names the interface and what helps; nothing is attached then, and the kernel goes on getting all packets.
    pub(in crate::io) fn attach(&mut self, rule: Match) -> io::Result<()> {
        // There is room for one.
        self.program = None;
        let program = Attached::builder(&self.interface, rule).attach();
        let program = program.map_err(|error| refused(&self.interface, &error))?;
        if let Some(reason) = program.refusal() {
            let interface = &self.interface;
            tracing::info!(interface, %reason, "the driver has no XDP; generic mode is used");
        }
        for (queue, socket) in &self.sockets {
            let inserted = program.insert(*queue, socket);
            inserted.map_err(|error| refused(&self.interface, &error))?;
        }
        self.program = Some(program);
        Ok(())
    }
}

fn refused(interface: &str, error: &dyn std::error::Error) -> io::Error {
    let mut text = format!("cannot use AF_XDP on {interface}: {error}");
    if let Some(source) = error.source() {
        text = format!("{text} ({source})");
    }
    io::Error::other(text)
}

/// The queues that were asked for, or all that the interface receives on.
pub(super) fn queues(side: &XdpInterface) -> Vec<u32> {
    if !side.queues.is_empty() {
        return side.queues.clone();
    }
    let entries = fs::read_dir(format!("/sys/class/net/{}/queues", side.name));
    let names = entries.into_iter().flatten().flatten();
    let receiving = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("rx-"));
    // Where it is not told there is at least one.
    (0..receiving.count().max(1) as u32).collect()
}

/// Whether the driver computes the checksums of what AF_XDP sends. Where it does not, computing them beside the encryption is
/// cheaper than having the kernel do it.
pub(super) fn computes_checksums(side: &XdpInterface) -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease");
    release.is_ok_and(|release| takes_requests(&release))
        && SendFeatures::of_driver(&side.name)
            .is_ok_and(|offered| offered.contains(SendFeatures::CHECKSUM))
}

/// Whether a kernel takes requests with packets, which it does since 6.11; it told what drivers offer before.
fn takes_requests(release: &str) -> bool {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    let mut next = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    (next(), next()) >= (Some(6), Some(11))
}

/// Memory for so many sockets on interfaces of at most this MTU; packets in it can ask the device for checksums.
pub(super) fn region(sockets: usize, mtu: usize, asks: bool) -> io::Result<Region> {
    let chunk = CHUNKS
        .into_iter()
        .find(|chunk| mtu + BESIDE_THE_PACKET <= *chunk);
    let chunk = chunk.ok_or_else(|| {
        let most = CHUNKS[1] - BESIDE_THE_PACKET;
        let text = format!("an MTU of {mtu} is too large for AF_XDP: set it to {most} at most");
        io::Error::new(ErrorKind::InvalidInput, text)
    })?;
    let region = Region::builder()
        .chunk_size(chunk)
        .chunks(sockets * FRAMES_PER_QUEUE);
    let region = if asks { region.send_metadata() } else { region };
    region.build().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::takes_requests;

    #[test]
    fn kernels_take_requests_since_6_11() {
        let answers = [
            "5.15.0-91-generic",
            "6.10.14",
            "6.11.0-rc1",
            "6.18.44\n",
            "7.0",
            "?",
        ]
        .map(takes_requests);
        assert_eq!(answers, [false, false, true, true, true, false]);
    }
}
