//! A port over a UDP socket: each datagram is a frame, with the headers that it had on its way.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::{AsRawFd, RawFd},
    sync::Arc,
};

use portway_xdp::{Burst, Frame, FramePool, OutOfRoom, Region};
use quinn_udp::{BATCH_SIZE, EcnCodepoint, RecvMeta, Transmit as Datagrams, UdpSocketState};
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        IpAddress, IpProtocol, IpRepr, IpVersion, Ipv4Packet, Ipv6Packet, UDP_HEADER_LEN, UdpPacket,
    },
};

use super::{DropReason, LinkType, Port, Receive, ReceiveCounts, Transmit, TransmitCounts};
use crate::packet::Packet;

/// The longest datagram, and with receive offload the most that the kernel puts together.
const LARGEST_READ: usize = 65_535;
/// The kernel does not tell how far a datagram has come; what others see is the usual beginning.
const HOP_LIMIT: u8 = 64;

/// A UDP socket as a port.
///
/// Its frames begin with IP: each received one has the IP and UDP header that its datagram had (addresses, ports,
/// congestion mark), so that the same code works on it as on a frame from an interface. The checksum of UDP over IPv4 is
/// left out, as the kernel has verified it. Of a frame that is sent the destination, the congestion mark and the payload
/// count, and the source address where the socket is bound to all addresses.
#[derive(Debug)]
pub struct UdpPort;

impl UdpPort {
    /// Makes a port of a bound socket. Frames come from `region`.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn open(name: impl Into<String>, socket: UdpSocket, region: &Region) -> io::Result<Port> {
        socket.set_nonblocking(true)?;
        let end = Arc::new(End {
            local: socket.local_addr()?,
            state: UdpSocketState::new((&socket).into())?,
            socket,
        });
        let receive = Box::new(UdpReceiver::new(end.clone(), region));
        let pool = FramePool::new(region);
        let transmit = Box::new(UdpSender { end, pool });
        Ok(Port::new(name, region, receive, transmit))
    }
}

#[derive(Debug)]
struct End {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

/// What one system call brought is handed out over as many bursts as it takes.
#[derive(Debug)]
struct UdpReceiver {
    end: Arc<End>,
    pool: FramePool,
    buffers: Vec<Box<[u8]>>,
    notes: Vec<RecvMeta>,
    /// Buffers that hold something.
    filled: usize,
    /// The one that is being handed out, and how far.
    buffer: usize,
    offset: usize,
}

impl UdpReceiver {
    fn new(end: Arc<End>, region: &Region) -> Self {
        Self {
            end,
            pool: FramePool::new(region),
            buffers: vec![vec![0; LARGEST_READ].into(); BATCH_SIZE],
            notes: vec![RecvMeta::default(); BATCH_SIZE],
            filled: 0,
            buffer: 0,
            offset: 0,
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut slices = self
            .buffers
            .iter_mut()
            .map(|buffer| IoSliceMut::new(buffer));
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| slices.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
        (self.buffer, self.offset) = (0, 0);
        let socket = (&self.end.socket).into();
        self.filled = match self.end.state.recv(socket, &mut slices, &mut self.notes) {
            Ok(filled) => filled,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Hands out what is there as far as there is room and frames; tells whether all was.
    fn hand_out(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> bool {
        while self.buffer < self.filled {
            let note = self.notes[self.buffer];
            while self.offset < note.len || (note.len == 0 && self.offset == 0) {
                if burst.is_full() {
                    return false;
                }
                let Some(mut frame) = self.pool.take() else {
                    counts.fill_starved += 1;
                    return false;
                };
                let end = (self.offset + note.stride.max(1)).min(note.len);
                let payload = &self.buffers[self.buffer][self.offset..end];
                match compose(&mut frame, payload, &note, self.end.local) {
                    // The loop asked for room.
                    Ok(()) => drop(burst.push(frame)),
                    Err(_) => {
                        counts.count_invalid(DropReason::TooLong);
                        self.pool.give(frame);
                    }
                }
                self.offset = end.max(self.offset + 1);
            }
            (self.buffer, self.offset) = (self.buffer + 1, 0);
        }
        true
    }
}

impl Receive for UdpReceiver {
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()> {
        while self.hand_out(burst, counts) && !burst.is_full() {
            self.read()?;
            if self.filled == 0 {
                break;
            }
        }
        Ok(())
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.end.socket.as_raw_fd())
    }

    fn link_type(&self) -> LinkType {
        LinkType::Ip
    }
}

/// Writes the headers that the datagram had, and the datagram.
fn compose(
    frame: &mut Frame,
    payload: &[u8],
    note: &RecvMeta,
    local: SocketAddr,
) -> Result<(), OutOfRoom> {
    let source = note.addr;
    let to = note.dst_ip.unwrap_or(local.ip());
    let from = IpAddress::from(source.ip().to_canonical());
    let to = IpAddress::from(to.to_canonical());
    let length = UDP_HEADER_LEN + payload.len();
    let ip = IpRepr::new(from, to, IpProtocol::Udp, length, HOP_LIMIT);
    frame.set_len(ip.buffer_len())?;
    ip.emit(&mut frame[..], &ChecksumCapabilities::default());
    let body = ip.header_len();
    frame[body + UDP_HEADER_LEN..].copy_from_slice(payload);
    let mut datagram = UdpPacket::new_unchecked(&mut frame[body..]);
    datagram.set_src_port(source.port());
    datagram.set_dst_port(local.port());
    datagram.set_len(length as u16);
    datagram.set_checksum(0);
    if from.version() == IpVersion::Ipv6 {
        datagram.fill_checksum(&from, &to);
    }
    mark(frame, note.ecn.map_or(0, |mark| mark as u8));
    Ok(())
}

/// Sets the congestion mark of a packet without options.
fn mark(frame: &mut Frame, bits: u8) {
    if bits == 0 {
        return;
    }
    if frame[0] >> 4 == 4 {
        let mut header = Ipv4Packet::new_unchecked(&mut frame[..]);
        header.set_ecn(bits);
        header.fill_checksum();
    } else {
        let mut header = Ipv6Packet::new_unchecked(&mut frame[..]);
        header.set_traffic_class(bits);
    }
}

#[derive(Debug)]
struct UdpSender {
    end: Arc<End>,
    pool: FramePool,
}

impl UdpSender {
    fn send(&self, frame: &mut Frame) -> Result<(), Refusal> {
        let packet = Packet::ip(frame).map_err(|_| Refusal::Headers)?;
        let (source, destination) = packet.ends().ok_or(Refusal::Headers)?;
        let datagram = packet.udp().ok_or(Refusal::Headers)?;
        let wildcard = self.end.local.ip().is_unspecified();
        let bits = match (packet.ipv4(), packet.ipv6()) {
            (Some(header), _) => header.ecn(),
            (_, Some(header)) => header.traffic_class() & 3,
            _ => 0,
        };
        let datagrams = Datagrams {
            destination,
            ecn: EcnCodepoint::from_bits(bits),
            contents: datagram.payload(),
            segment_size: None,
            src_ip: Some(source.ip()).filter(|source| wildcard && is_usable(source)),
        };
        let sent = self
            .end
            .state
            .try_send((&self.end.socket).into(), &datagrams);
        sent.map_err(Refusal::System)
    }
}

fn is_usable(source: &IpAddr) -> bool {
    !source.is_unspecified() && !source.is_multicast()
}

enum Refusal {
    Headers,
    System(io::Error),
}

impl Transmit for UdpSender {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        let mut taken = 0;
        let mut result = Ok(());
        while taken < burst.len() {
            counts.tx_kicks += 1;
            match self.send(&mut burst[taken]) {
                Ok(()) => counts.count_sent(&burst[taken..=taken]),
                Err(Refusal::Headers) => counts.count_invalid(DropReason::BadHeaders),
                Err(Refusal::System(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                // It is about this destination or this length; the next frame may have another one.
                Err(Refusal::System(error)) => {
                    counts.count_dropped(1, DropReason::Refused);
                    result = Err(error);
                }
            }
            taken += 1;
        }
        burst.drain(taken).for_each(|frame| self.pool.give(frame));
        result
    }
}
