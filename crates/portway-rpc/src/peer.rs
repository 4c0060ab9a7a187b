//! Who is at the other end.

use std::net::SocketAddr;

/// What moves the messages of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// Nothing: caller and handler are in one process.
    #[default]
    InProcess,
    /// The framed protocol over TCP.
    Tcp,
    /// The framed protocol over a Unix socket.
    Unix,
    /// The framed protocol inside TLS.
    Tls,
    /// gRPC over HTTP/2.
    Grpc,
    /// NATS request and reply.
    Nats,
}

impl Transport {
    /// Returns the name, as OpenTelemetry has it in `network.transport` where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::InProcess => "inproc",
            Self::Tcp => "tcp",
            Self::Unix => "unix",
            Self::Tls => "tls",
            Self::Grpc => "grpc",
            Self::Nats => "nats",
        }
    }
}

/// Who is at the other end, as far as the transport can prove it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// What moves the messages.
    pub transport: Transport,
    /// The address, where there is one.
    pub address: Option<SocketAddr>,
    /// The certificates that the peer proved to own, its own first, in DER.
    pub certificates: Vec<Vec<u8>>,
    /// The process at the other end of a Unix socket, as the kernel tells.
    pub process: Option<PeerProcess>,
}

/// The process at the other end of a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerProcess {
    /// The number of the user.
    pub user: u32,
    /// The number of the group.
    pub group: u32,
}

impl Peer {
    /// Makes a peer of which nothing is known but the transport.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            ..Self::default()
        }
    }

    /// Adds the address.
    #[must_use]
    pub fn with_address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds certificates that the peer proved to own, its own first, in DER.
    #[must_use]
    pub fn with_certificates(mut self, certificates: Vec<Vec<u8>>) -> Self {
        self.certificates = certificates;
        self
    }

    /// Adds the user and the group of the process at the other end of a Unix socket.
    #[must_use]
    pub fn with_process(mut self, user: u32, group: u32) -> Self {
        self.process = Some(PeerProcess { user, group });
        self
    }
}
