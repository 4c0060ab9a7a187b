//! A UDP socket that takes and gives datagrams of one flow together.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
    os::fd::AsFd,
};

use mio::{Interest, Registry, Token, event::Source};
use nix::sys::socket::{setsockopt, sockopt::Ipv6DontFrag};
use quinn_udp::{EcnCodepoint, RecvMeta, Transmit, UdpSocketState};
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    net::sockopt::{self, Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery},
};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Wanted size of a socket's send and receive buffer: some milliseconds of a fast link, so that a burst is not lost while
/// the thread is busy.
const SOCKET_BUFFER: usize = 7 << 20;

/// A bound UDP socket with batches, segmentation and receive offload, which never waits.
#[derive(Debug)]
pub struct SegmentSocket {
    socket: mio::net::UdpSocket,
    offload: UdpSocketState,
}

impl SegmentSocket {
    /// Binds an address, and marks what is sent (`SO_MARK`, needs `CAP_NET_ADMIN`) unless `mark` is 0.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn bind(address: SocketAddr, mark: u32) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        enlarge_buffers(&socket);
        if mark != 0 {
            socket.set_mark(mark)?;
        }
        socket.bind(&address.into())?;
        let offload = UdpSocketState::new((&socket).into())?;
        allow_fragments(&socket, address);
        let socket = mio::net::UdpSocket::from_std(socket.into());
        Ok(Self { socket, offload })
    }

    /// The address that is really bound.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Marks what is sent from now on.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn set_mark(&self, mark: u32) -> io::Result<()> {
        SockRef::from(&self.socket).set_mark(mark)
    }

    /// Receives datagrams into buffers of 64 kB and tells how many of these were used. Each may hold several datagrams,
    /// of the length that its note names as stride.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where nothing has arrived; else the system's reason.
    pub fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        notes: &mut [RecvMeta],
    ) -> io::Result<usize> {
        self.offload.recv((&self.socket).into(), buffers, notes)
    }

    /// Sends `datagrams`, which holds some of `length` bytes each, the last one perhaps shorter, from the given address of
    /// this host, with the given congestion mark (two bits).
    ///
    /// # Errors
    ///
    /// The system's reason. Where it does not take segments, they were tried one by one.
    pub fn send(
        &self,
        to: SocketAddr,
        from: Option<IpAddr>,
        congestion: u8,
        datagrams: &[u8],
        length: usize,
    ) -> io::Result<()> {
        let transmit = |contents: &[u8]| {
            let transmit = Transmit {
                destination: to,
                ecn: EcnCodepoint::from_bits(congestion),
                contents,
                segment_size: (contents.len() > length).then_some(length),
                src_ip: from,
            };
            self.offload.try_send((&self.socket).into(), &transmit)
        };
        match transmit(datagrams) {
            Err(error) if datagrams.len() > length && may_dislike_segments(&error) => {
                datagrams.chunks(length).try_for_each(transmit)
            }
            result => result,
        }
    }

    /// Waits up to `patience` until a full socket takes datagrams again; tells whether it does.
    pub fn wait_until_writable(&self, patience: std::time::Duration) -> bool {
        let mut descriptors = [PollFd::new(&self.socket, PollFlags::OUT)];
        let patience = Timespec::try_from(patience).ok();
        let ready = rustix::event::poll(&mut descriptors, patience.as_ref());
        ready.is_ok_and(|count| count > 0)
    }

    /// Looks anew at what the system can do: `quinn-udp` takes an address that is no longer ours for a device without
    /// segmentation offload, and does without from then on.
    pub fn regain_offload(&mut self) {
        let renewed = UdpSocketState::new((&self.socket).into());
        let address = self.socket.local_addr();
        if let (Ok(offload), Ok(address)) = (renewed, address) {
            self.offload = offload;
            allow_fragments(&self.socket, address);
        }
    }

    /// How many datagrams one send may hold.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.offload.max_gso_segments()
    }
}

impl Source for SegmentSocket {
    fn register(&mut self, registry: &Registry, token: Token, wanted: Interest) -> io::Result<()> {
        self.socket.register(registry, token, wanted)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        wanted: Interest,
    ) -> io::Result<()> {
        self.socket.reregister(registry, token, wanted)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.socket.deregister(registry)
    }
}

/// The errors by which devices and routes refuse segments.
fn may_dislike_segments(error: &io::Error) -> bool {
    let refusals = [Errno::IO, Errno::INVAL, Errno::MSGSIZE];
    refusals
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// As large as the system lets us; the forced form needs `CAP_NET_ADMIN`.
fn enlarge_buffers(socket: &Socket) {
    if sockopt::set_socket_recv_buffer_size_force(socket, SOCKET_BUFFER).is_err() {
        let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    }
    if sockopt::set_socket_send_buffer_size_force(socket, SOCKET_BUFFER).is_err() {
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    }
}

/// What is sent must not depend on the path's MTU: large datagrams are cut into fragments rather than lost. Where that
/// cannot be set, they are lost.
fn allow_fragments(socket: impl AsFd, address: SocketAddr) {
    if address.is_ipv4() {
        let _ = sockopt::set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::DONT);
    } else {
        let _ = sockopt::set_ipv6_mtu_discover(&socket, Ipv6PathMtuDiscovery::DONT);
        // `quinn-udp` forbids fragments by this option, too.
        let _ = setsockopt(&socket, Ipv6DontFrag, &false);
    }
}
