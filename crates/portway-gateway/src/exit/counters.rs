//! What a user-space exit counts, readable from any thread while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

use super::policy::Refusal;
use crate::stack::packet::BadPacket;

/// Something that happened in the exit, for counting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExitEvent {
    /// A TCP connection was opened: the destination accepted.
    TcpOpened,
    /// A TCP connection ended, in whatever way.
    TcpClosed,
    /// A destination did not accept a TCP connection, or the host has no way there.
    Unanswered,
    /// A UDP flow was opened.
    UdpOpened,
    /// A UDP flow ended, by its time-out or with its peer.
    UdpClosed,
    /// A ping to a tunnel address was answered.
    EchoAnswered,
    /// A ping to another address was dropped.
    EchoDropped,
    /// A flow was refused: nothing is published at this port of a tunnel address.
    RefusedUnpublished,
    /// A flow was refused: the exit is off.
    RefusedOff,
    /// A flow was refused: to loopback.
    RefusedLoopback,
    /// A flow was refused: to a link-local address, where cloud metadata lives.
    RefusedLinkLocal,
    /// A flow was refused: to a metadata service elsewhere.
    RefusedMetadata,
    /// A flow was refused: to a multicast group.
    RefusedMulticast,
    /// A flow was refused: to the broadcast address.
    RefusedBroadcast,
    /// A flow was refused: to an unspecified address.
    RefusedUnspecified,
    /// A flow was refused: to a tunnel address that no peer has.
    RefusedTunnelNetwork,
    /// A flow was refused: to one of our own listeners.
    RefusedOwnListener,
    /// A flow was refused: to an address of the host.
    RefusedHostAddress,
    /// A flow was refused: its peer, or all peers together, are at a limit.
    RefusedLimit,
    /// A flow was refused: the host gave no socket for it.
    RefusedNoSocket,
    /// A packet was dropped: truncated, or its headers contradict each other.
    DroppedMalformed,
    /// A packet was dropped: a checksum is wrong.
    DroppedChecksum,
    /// A packet was dropped: it is a fragment.
    DroppedFragment,
    /// A packet was dropped: no TCP, UDP or echo.
    DroppedProtocol,
    /// A packet was dropped: its source cannot be answered.
    DroppedSource,
    /// An answer was dropped: too many waited.
    DroppedAnswer,
    /// A refusal was not answered: the peer gets only so many a second.
    DroppedRefusal,
    /// A peer's datagram was dropped: the host's socket did not take it.
    DroppedDatagramOut,
    /// A datagram for a peer was dropped: it is greater than the tunnel's MTU.
    DroppedDatagramIn,
}

impl ExitEvent {
    /// All events, in the order of their numbers.
    pub const ALL: [Self; 29] = [
        Self::TcpOpened,
        Self::TcpClosed,
        Self::Unanswered,
        Self::UdpOpened,
        Self::UdpClosed,
        Self::EchoAnswered,
        Self::EchoDropped,
        Self::RefusedUnpublished,
        Self::RefusedOff,
        Self::RefusedLoopback,
        Self::RefusedLinkLocal,
        Self::RefusedMetadata,
        Self::RefusedMulticast,
        Self::RefusedBroadcast,
        Self::RefusedUnspecified,
        Self::RefusedTunnelNetwork,
        Self::RefusedOwnListener,
        Self::RefusedHostAddress,
        Self::RefusedLimit,
        Self::RefusedNoSocket,
        Self::DroppedMalformed,
        Self::DroppedChecksum,
        Self::DroppedFragment,
        Self::DroppedProtocol,
        Self::DroppedSource,
        Self::DroppedAnswer,
        Self::DroppedRefusal,
        Self::DroppedDatagramOut,
        Self::DroppedDatagramIn,
    ];

    /// A stable name for metrics, as in `refused_loopback`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::TcpOpened => "tcp_opened",
            Self::TcpClosed => "tcp_closed",
            Self::Unanswered => "unanswered",
            Self::UdpOpened => "udp_opened",
            Self::UdpClosed => "udp_closed",
            Self::EchoAnswered => "echo_answered",
            Self::EchoDropped => "echo_dropped",
            Self::RefusedUnpublished => "refused_unpublished",
            Self::RefusedOff => "refused_off",
            Self::RefusedLoopback => "refused_loopback",
            Self::RefusedLinkLocal => "refused_link_local",
            Self::RefusedMetadata => "refused_metadata",
            Self::RefusedMulticast => "refused_multicast",
            Self::RefusedBroadcast => "refused_broadcast",
            Self::RefusedUnspecified => "refused_unspecified",
            Self::RefusedTunnelNetwork => "refused_tunnel_network",
            Self::RefusedOwnListener => "refused_own_listener",
            Self::RefusedHostAddress => "refused_host_address",
            Self::RefusedLimit => "refused_limit",
            Self::RefusedNoSocket => "refused_no_socket",
            Self::DroppedMalformed => "dropped_malformed",
            Self::DroppedChecksum => "dropped_checksum",
            Self::DroppedFragment => "dropped_fragment",
            Self::DroppedProtocol => "dropped_protocol",
            Self::DroppedSource => "dropped_source",
            Self::DroppedAnswer => "dropped_answer",
            Self::DroppedRefusal => "dropped_refusal",
            Self::DroppedDatagramOut => "dropped_datagram_out",
            Self::DroppedDatagramIn => "dropped_datagram_in",
        }
    }
}

impl From<Refusal> for ExitEvent {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Off => Self::RefusedOff,
            Refusal::Loopback => Self::RefusedLoopback,
            Refusal::LinkLocal => Self::RefusedLinkLocal,
            Refusal::Metadata => Self::RefusedMetadata,
            Refusal::Multicast => Self::RefusedMulticast,
            Refusal::Broadcast => Self::RefusedBroadcast,
            Refusal::Unspecified => Self::RefusedUnspecified,
            Refusal::TunnelNetwork => Self::RefusedTunnelNetwork,
            Refusal::OwnListener => Self::RefusedOwnListener,
            Refusal::HostAddress => Self::RefusedHostAddress,
        }
    }
}

impl From<BadPacket> for ExitEvent {
    fn from(bad: BadPacket) -> Self {
        match bad {
            BadPacket::Malformed => Self::DroppedMalformed,
            BadPacket::Checksum => Self::DroppedChecksum,
            BadPacket::Fragment => Self::DroppedFragment,
            BadPacket::Protocol => Self::DroppedProtocol,
            BadPacket::Source => Self::DroppedSource,
        }
    }
}

/// The counts of one exit since it started.
#[derive(Debug)]
pub struct ExitCounters {
    counts: [AtomicU64; ExitEvent::ALL.len()],
}

impl ExitCounters {
    pub(super) fn new() -> Self {
        Self {
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// How often something happened.
    #[must_use]
    pub fn count(&self, event: ExitEvent) -> u64 {
        self.counts[event as usize].load(Ordering::Relaxed)
    }

    /// How many TCP connections are open now.
    #[must_use]
    pub fn open_tcp(&self) -> u64 {
        let closed = self.count(ExitEvent::TcpClosed);
        self.count(ExitEvent::TcpOpened).saturating_sub(closed)
    }

    /// How many UDP flows are open now.
    #[must_use]
    pub fn open_udp(&self) -> u64 {
        let closed = self.count(ExitEvent::UdpClosed);
        self.count(ExitEvent::UdpOpened).saturating_sub(closed)
    }

    pub(super) fn add(&self, event: ExitEvent, times: u64) {
        self.counts[event as usize].fetch_add(times, Ordering::Relaxed);
    }

    pub(super) fn increment(&self, event: impl Into<ExitEvent>) {
        self.add(event.into(), 1);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_event_has_its_own_number_and_label() {
        let labels: BTreeSet<_> = ExitEvent::ALL.map(ExitEvent::label).into();
        assert_eq!(labels.len(), ExitEvent::ALL.len());
        for (number, event) in ExitEvent::ALL.into_iter().enumerate() {
            assert_eq!(event as usize, number);
        }
    }

    #[test]
    fn open_flows_are_those_opened_and_not_closed() {
        let counters = ExitCounters::new();
        counters.add(ExitEvent::TcpOpened, 3);
        counters.increment(ExitEvent::TcpClosed);
        assert_eq!(counters.open_tcp(), 2);
        assert_eq!(counters.open_udp(), 0);
    }
}
