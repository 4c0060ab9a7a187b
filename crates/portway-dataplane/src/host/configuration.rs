//! What a host on a port is made with, and why one cannot be made.

use std::net::IpAddr;

use ipnet::IpNet;
use smoltcp::wire::EthernetAddress;

/// Sockets at once unless told otherwise. smoltcp offers a packet to each socket, some 10 ns a socket.
const DEFAULT_SOCKETS: usize = 256;
/// Bytes of each of a socket's two buffers unless told otherwise: about 500 Mbit/s over 1 ms.
const DEFAULT_BUFFER: usize = 64 << 10;
/// The MTU unless told otherwise.
const DEFAULT_MTU: usize = 1500;
/// The least MTU of a link that IPv6 is spoken on (RFC 8200, section 5).
const LEAST_MTU: usize = 1280;

/// What a [`Host`](super::Host) is: its addresses and its bounds.
#[derive(Clone, Debug)]
#[must_use = "a configuration makes nothing by itself"]
pub struct HostConfiguration {
    pub(super) mac: Option<EthernetAddress>,
    pub(super) addresses: Vec<IpNet>,
    pub(super) routers: Vec<IpAddr>,
    pub(super) mtu: usize,
    pub(super) buffer: usize,
    pub(super) sockets: usize,
    pub(super) verifies_checksums: bool,
    pub(super) seed: u64,
}

impl Default for HostConfiguration {
    fn default() -> Self {
        Self {
            mac: None,
            addresses: Vec::new(),
            routers: Vec::new(),
            mtu: DEFAULT_MTU,
            buffer: DEFAULT_BUFFER,
            sockets: DEFAULT_SOCKETS,
            verifies_checksums: true,
            seed: 0,
        }
    }
}

impl HostConfiguration {
    /// A host without addresses.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its address on Ethernet, needed there. Over AF_XDP that of the interface, or the card drops what comes for it.
    pub fn mac(mut self, mac: EthernetAddress) -> Self {
        self.mac = Some(mac);
        self
    }

    /// Adds an address with the network that is reached without a router, such as `192.0.2.7/24`; up to eight. The
    /// host answers ARP, NDP and pings for it. IPv6 wants a link-local one (`fe80::7/64`), too.
    pub fn address(mut self, address: IpNet) -> Self {
        self.addresses.push(address);
        self
    }

    /// The router for everything else of its version of IP.
    pub fn router(mut self, router: IpAddr) -> Self {
        self.routers.push(router);
        self
    }

    /// Length of the longest IP packet, 1500 unless set, at least 1280. It must fit a frame with its Ethernet header.
    pub fn mtu(mut self, bytes: usize) -> Self {
        self.mtu = bytes.max(LEAST_MTU);
        self
    }

    /// Bytes of each of a socket's two buffers (65,536 unless set): the window that a TCP peer sees, and what may wait to
    /// be sent. Each socket takes twice this.
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes.max(1);
        self
    }

    /// How many sockets there may be at once (256 unless set), those of a listener's queue and those that are just
    /// closing among them.
    pub fn sockets(mut self, count: usize) -> Self {
        self.sockets = count;
        self
    }

    /// Takes TCP, UDP and ICMP as they come, without looking at their checksums. For a link that is memory all along:
    /// a kernel at the other end of a veth pair leaves checksums to the card that is not there, unless it is told
    /// (`ethtool -K INTERFACE tx off`).
    pub fn trust_checksums(mut self) -> Self {
        self.verifies_checksums = false;
        self
    }

    /// What the first sequence numbers and ports are made of. Give random bytes: who can guess them can forge TCP.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The port carries Ethernet.
    #[error(
        "port {port} carries Ethernet; give the host a MAC address, over AF_XDP that of the interface"
    )]
    NoMac {
        /// The port.
        port: String,
    },
    /// More than smoltcp has room for.
    #[error("a host has at most 8 addresses and routers, not {count}")]
    TooManyAddresses {
        /// How many there are.
        count: usize,
    },
    /// Packets do not fit into the frames of the port's region.
    #[error(
        "packets of {mtu} bytes need frames of {needed}, those of port {port} have room for {room}; lower the MTU or make larger chunks"
    )]
    FrameTooSmall {
        /// The port.
        port: String,
        /// The MTU asked for.
        mtu: usize,
        /// What a frame would have to hold.
        needed: usize,
        /// What it holds.
        room: usize,
    },
    /// The system has no means to wait.
    #[error("cannot wait for packets of port {port}")]
    Wait {
        /// The port.
        port: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The region has no frame to measure by.
    #[error("every frame of the region of port {port} is in use; make the region larger")]
    NoFrame {
        /// The port.
        port: String,
    },
}
