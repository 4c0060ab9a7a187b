//! Logical ports: the section `lports`.

use std::{net::SocketAddr, path::PathBuf};

use portway_xdp::{BusyPoll, program::Match};

use super::Span;

/// A logical port: an entry of `lports`, or one that a group of `lport-groups` stands for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Lport {
    /// Its whole name, as `eth0:0`.
    pub name: String,
    /// Where its name stands; that of its group, if it came out of one.
    pub span: Span,
    /// What it is for.
    pub description: Option<String>,
    /// The network interface: its name up to the colon. Back ends without one do not look at it.
    pub interface: String,
    /// What is behind it (`pmd`).
    pub back_end: BackEnd,
    /// Its packet memory (`umem`), as an index into [`Configuration::umems`](super::Configuration::umems).
    pub umem: usize,
    /// Which region of that memory (`region`).
    pub region: usize,
}

/// What is behind an lport: the key `pmd`, a driver with its options.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BackEnd {
    /// `net_af_xdp`: one queue of an interface.
    Xdp(XdpOptions),
    /// `net_af_packet`: an interface, beside the kernel.
    PacketSocket,
    /// `net_tap`: an interface of the port's own that carries Ethernet.
    Tap,
    /// `net_tun`: an interface of the port's own that carries IP.
    Tun,
    /// `net_ring[:LPORT]`: what is sent comes out of the other lport, as an index into
    /// [`Configuration::lports`](super::Configuration::lports); out of this one, if none is named.
    Ring {
        /// The other end.
        peer: Option<usize>,
    },
    /// `net_null`: nothing comes, and what is sent is gone.
    Null,
    /// `net_pcap:rx_pcap=FILE,tx_pcap=FILE`: what is in one file comes, what is sent goes into the other.
    Capture {
        /// The file whose packets come.
        replayed: Option<PathBuf>,
        /// The file that is written.
        written: Option<PathBuf>,
    },
    /// `net_udp:ADDRESS:PORT`: a UDP socket of the kernel.
    Udp(SocketAddr),
}

/// What an AF_XDP lport is asked to be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct XdpOptions {
    /// The receive queue (`qid`).
    pub queue: u32,
    /// How the XDP program and the socket work (`skb_mode`).
    pub path: XdpPath,
    /// Busy polling (`busy_poll`, `busy_timeout`, `busy_budget`), if it is on.
    pub busy_poll: Option<BusyPoll>,
    /// Whether the kernel is called for each burst that is sent (`force_wakeup`).
    pub always_wake: bool,
    /// Whether buffers may lie anywhere (`unaligned_buffers`).
    pub unaligned_chunks: bool,
    /// Which frames it takes off the interface (`match`); all of them, if none. All lports of an interface take what one of
    /// them takes.
    pub rule: Option<Match>,
    /// Where the map of sockets comes from (`xsk_pin_path`, `uds_path`).
    pub socket_map: SocketMapOrigin,
}

/// How an AF_XDP lport works: the key `skb_mode`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum XdpPath {
    /// `false`: in the driver, without a copy where that can be had, else with one.
    #[default]
    Driver,
    /// `true`: in the kernel's general code, with a copy.
    Generic,
}

/// Where the map comes from that an AF_XDP socket is put into.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SocketMapOrigin {
    /// A program of our own is attached, which takes all frames of the queues that have lports.
    #[default]
    OwnProgram,
    /// Another program has pinned it here (`xsk_pin_path`).
    Pinned(PathBuf),
    /// The AF_XDP device plugin of Kubernetes hands it out at this socket (`uds_path`).
    DevicePlugin(PathBuf),
}
