//! Ports, packets and their statistics.
#![doc = include_str!("../README.md")]
#![cfg(target_os = "linux")]

pub mod config;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod host;
pub mod machine;
mod modes;
mod next_hop;
mod offload;
mod packet;
mod port;
mod random;
mod worker;

pub use host::{
    Host, HostConfiguration, HostDriver, HostError, HostTcpListener, HostTcpStream, HostUdpSocket,
    Lane, PacketQueue, StackClock,
};
pub use modes::{
    AccessAction, AccessFilter, AccessPolicy, AccessRule, AccessRuleError, AccessRules, Arrival,
    DiscardReason, Discards, Echo, Forward, Generator, Identity, Loopback, Mode, NextHop, Outputs,
    PatternAction, PatternClassifier, PatternError, PatternRule, Patterns, Role, RouteRule,
    RouteRuleError, RouteTable, Router, SendOnly, Sink, Steer,
};
pub use next_hop::{Neighbour, NextHops, Towards};
pub use offload::{Place, Reading, RecvMeta, SegmentSocket, SegmentTunnel, TunnelPackets};
pub use packet::{
    ChecksumError, Datagram, Fragment, Layout, Malformed, Network, Packet, Transport, UpperLayer,
    VlanTag, checksum, pop_vlan, push_vlan, request_checksums, skip_extension_headers,
};
pub use port::{
    CaptureError, CaptureFiles, DropReason, Drops, Link, LinkType, NullPort, PacketPort, Port,
    PortReceiver, PortSender, PortStatistics, Receive, ReceiveCounts, RingPort, StatisticsReader,
    Transmit, TransmitBuffer, TransmitCounts, TunnelInterface, UdpPort, XdpPort,
};
pub use portway_xdp::{
    Burst, BusyPoll, Frame, FramePool, MAXIMUM_BURST, PageSize, Region, SendFeatures, TimeStamp,
};
/// The crate whose typed headers [`Packet`] hands out.
pub use smoltcp::wire;
pub use worker::{
    OrderError, PortEnd, PortReport, StartError, ThreadReport, ThreadSettings, Workers,
    WorkersBuilder, WorkersReader, WorkersReport,
};
