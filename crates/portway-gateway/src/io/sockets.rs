//! The outer side: UDP sockets with batches, segmentation and receive offload.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use mio::{Interest, Registry, Token};
use portway_dataplane::{RecvMeta, SegmentSocket};
use rustix::io::Errno;

use super::{ListenAddress, xdp::OuterEnd};
use crate::state::{CongestionMark, Endpoint};

/// How long a full socket is waited for: a link of 100 Mbit/s sends one large packet meanwhile,
/// and the other direction must not starve.
const FULL_SOCKET_PATIENCE: Duration = Duration::from_millis(5);
/// How often a free port of both families is looked for.
const PORT_ATTEMPTS: usize = 16;

/// How a datagram came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Arrival {
    pub(super) source: Endpoint,
    pub(super) mark: CongestionMark,
}

/// One bound socket.
pub(super) struct OuterSocket {
    socket: SegmentSocket,
    /// Bound to all addresses: answers must name the address that was asked.
    wildcard: bool,
    /// The way past the kernel, where there is one.
    past_kernel: Option<Arc<OuterEnd>>,
}

impl OuterSocket {
    fn bind(address: SocketAddr, mark: u32) -> io::Result<Self> {
        Ok(Self {
            socket: SegmentSocket::bind(address, mark)?,
            wildcard: address.ip().is_unspecified(),
            past_kernel: None,
        })
    }

    /// Receives datagrams into buffers of 64 kB and tells how many of these were used.
    ///
    /// # Errors
    ///
    /// `WouldBlock` where nothing has arrived; else the system's reason.
    pub(super) fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        notes: &mut [RecvMeta],
    ) -> io::Result<usize> {
        self.socket.receive(buffers, notes)
    }

    /// How the datagrams of one receive buffer came.
    pub(super) fn arrival(&self, note: &RecvMeta) -> Arrival {
        let local = note.dst_ip.filter(|_| self.wildcard);
        Arrival {
            source: Endpoint {
                remote: note.addr,
                local,
            },
            mark: CongestionMark::from_bits(note.ecn.map_or(0, |mark| mark as u8)),
        }
    }

    /// Sends `messages`, which holds datagrams of `length` bytes each, the last one perhaps
    /// shorter.
    ///
    /// # Errors
    ///
    /// The system's reason. Where it does not take segments, they were tried one by one.
    pub(super) fn send(
        &self,
        to: Endpoint,
        mark: CongestionMark,
        messages: &[u8],
        length: usize,
    ) -> io::Result<()> {
        let rest = match &self.past_kernel {
            Some(end) => end.send(to, mark, messages, length.max(1)),
            None => messages,
        };
        if rest.is_empty() && self.past_kernel.is_some() {
            return Ok(());
        }
        self.send_by_kernel(to, mark, rest, length)
    }

    /// Sends messages by the kernel, which finds the neighbour and cuts what is too long.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub(super) fn send_by_kernel(
        &self,
        to: Endpoint,
        mark: CongestionMark,
        messages: &[u8],
        length: usize,
    ) -> io::Result<()> {
        self.socket
            .send(to.remote, to.local, mark.bits(), messages, length)
    }

    /// Waits, but not for long, until a full socket takes datagrams again; tells whether it does.
    pub(super) fn wait_until_writable(&self) -> bool {
        self.socket.wait_until_writable(FULL_SOCKET_PATIENCE)
    }

    /// How many datagrams one send may hold.
    pub(super) fn segments(&self) -> usize {
        self.socket.segments()
    }

    fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_address()?.port())
    }
}

pub(super) fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// The sockets of both families, as far as there are any.
pub(super) struct Sockets {
    listen: ListenAddress,
    mark: u32,
    version_4: Option<OuterSocket>,
    version_6: Option<OuterSocket>,
    tokens: [Token; 2],
    past_kernel: Option<Arc<OuterEnd>>,
}

impl Sockets {
    /// Binds and registers; IPv4 gets the first token, IPv6 the second.
    pub(super) fn bind(
        listen: ListenAddress,
        mark: u32,
        registry: &Registry,
        tokens: [Token; 2],
    ) -> io::Result<Self> {
        let mut sockets = Self {
            listen,
            mark,
            version_4: None,
            version_6: None,
            tokens,
            past_kernel: None,
        };
        sockets.replace(listen, registry)?;
        Ok(sockets)
    }

    /// Sends past the kernel from now on, where that knows the way.
    pub(super) fn send_past_kernel(&mut self, end: Arc<OuterEnd>) {
        self.past_kernel = Some(end);
        self.share_end();
    }

    fn share_end(&mut self) {
        let sockets = [&mut self.version_4, &mut self.version_6];
        for socket in sockets.into_iter().flatten() {
            socket.past_kernel.clone_from(&self.past_kernel);
        }
    }

    /// Moves to another port of the same addresses. On failure the old one stays.
    pub(super) fn change_port(&mut self, port: u16, registry: &Registry) -> io::Result<()> {
        if port != 0 && port == self.local_address()?.port() {
            return Ok(());
        }
        let listen = match self.listen {
            ListenAddress::At(address) => ListenAddress::At(SocketAddr::new(address.ip(), port)),
            ListenAddress::Any(_) => ListenAddress::Any(port),
        };
        self.replace(listen, registry)
    }

    /// Marks what is sent from now on.
    pub(super) fn change_mark(&mut self, mark: u32) -> io::Result<()> {
        for socket in [&self.version_4, &self.version_6].into_iter().flatten() {
            socket.socket.set_mark(mark)?;
        }
        self.mark = mark;
        Ok(())
    }

    /// The socket of a family.
    pub(super) fn of(&self, token: Token) -> Option<&OuterSocket> {
        let [first, _] = self.tokens;
        if token == first {
            self.version_4.as_ref()
        } else {
            self.version_6.as_ref()
        }
    }

    /// The socket that reaches an address.
    pub(super) fn towards(&self, address: SocketAddr) -> Option<&OuterSocket> {
        if address.is_ipv4() {
            self.version_4.as_ref()
        } else {
            self.version_6.as_ref()
        }
    }

    /// Undoes what a wrong source address has cost the socket that reaches an address.
    pub(super) fn regain_offload(&mut self, address: SocketAddr) {
        let socket = if address.is_ipv4() {
            self.version_4.as_mut()
        } else {
            self.version_6.as_mut()
        };
        if let Some(socket) = socket {
            socket.socket.regain_offload();
        }
    }

    /// The address that is really bound.
    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        let socket = self.version_4.as_ref().or(self.version_6.as_ref());
        let socket = socket.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected))?;
        socket.socket.local_address()
    }

    fn replace(&mut self, listen: ListenAddress, registry: &Registry) -> io::Result<()> {
        let (version_4, version_6) = match listen {
            ListenAddress::At(address) if address.is_ipv4() => {
                (Some(OuterSocket::bind(address, self.mark)?), None)
            }
            ListenAddress::At(address) => (None, Some(OuterSocket::bind(address, self.mark)?)),
            ListenAddress::Any(port) => bind_both(port, self.mark)?,
        };
        (self.listen, self.version_4, self.version_6) = (listen, version_4, version_6);
        let sockets = [&mut self.version_4, &mut self.version_6];
        for (socket, token) in sockets.into_iter().zip(self.tokens) {
            if let Some(socket) = socket {
                registry.register(&mut socket.socket, token, Interest::READABLE)?;
            }
        }
        self.share_end();
        Ok(())
    }
}

/// Binds all addresses of both families on one port. A host without one of the families is
/// served on the other.
fn bind_both(port: u16, mark: u32) -> io::Result<(Option<OuterSocket>, Option<OuterSocket>)> {
    let any_4 = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
    let any_6 = |port| SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let version_4 = match OuterSocket::bind(any_4(port), mark) {
            Ok(socket) => socket,
            Err(error) if is_missing_family(&error) => {
                return Ok((None, Some(OuterSocket::bind(any_6(port), mark)?)));
            }
            Err(error) => return Err(error),
        };
        match OuterSocket::bind(any_6(version_4.port()?), mark) {
            Ok(version_6) => return Ok((Some(version_4), Some(version_6))),
            Err(error) if is_missing_family(&error) => return Ok((Some(version_4), None)),
            Err(error) => {
                let taken = error.kind() == io::ErrorKind::AddrInUse;
                if port != 0 || !taken || attempt == PORT_ATTEMPTS {
                    return Err(error);
                }
            }
        }
    }
}

fn is_missing_family(error: &io::Error) -> bool {
    let missing = [Errno::AFNOSUPPORT, Errno::ADDRNOTAVAIL];
    missing
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
