//! What a match program takes off an interface: a tree of conditions.

use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::error::MatchError;

/// How many conditions, combinations not counted, a match may have: so many that a program stays well within what the
/// kernel's verifier reads in a moment.
pub const CONDITION_LIMIT: usize = 64;
/// How deep combinations may be nested.
pub const DEPTH_LIMIT: usize = 8;

/// Which frames an attached program gives to the AF_XDP sockets. All others go to the kernel as if there were no program.
///
/// A condition speaks of what stands in the frame's first buffer, and is false where that cannot be read: a frame that is
/// cut short, or of another kind, is the kernel's. In particular:
///
/// - Up to two **VLAN tags** (EtherTypes 0x8100 and 0x88a8) are read through, so that all conditions hold within tags too.
///   A third tag is an EtherType like any other. An interface that takes tags off in hardware hides them: switch that off
///   (`ethtool -K INTERFACE rxvlan off`) to match them.
/// - **IPv4 options** are read through. A header that is shorter than it says matches no condition on IP.
/// - **Ports** are known only when the whole UDP header (8 bytes) or TCP header without options (20 bytes) is there, in
///   the frame and by the length that the IP header gives. A **fragment** never matches a port, the first one neither:
///   the pieces of a datagram stay together, in the kernel. Protocol and addresses are matched in fragments.
/// - **IPv6 extension headers** are not read through. The protocol is the Next Header of the fixed header, so that a
///   datagram behind an extension header (a fragment is such) matches no port, and not the protocol behind it: the kernel
///   gets it, and can go on serving such datagrams by a socket of its own.
///
/// ```
/// use portway_xdp::program::Match;
///
/// let rule = Match::any([
///     Match::udp_port(51820),
///     Match::all([Match::tcp_port(443), Match::destination("192.0.2.0/24".parse()?)]),
/// ]);
/// assert!(!rule.matches(b"too short for anything"));
/// # Ok::<(), ipnet::AddrParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match(pub(super) Condition);

/// One node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    EtherType(u16),
    Vlan {
        tag: Tag,
        id: u16,
    },
    Protocol(u8),
    Ports {
        transport: Transport,
        side: Side,
        ports: RangeInclusive<u16>,
    },
    Prefix {
        side: Side,
        prefix: IpNet,
    },
    All(Vec<Match>),
    Any(Vec<Match>),
}

/// Which of the VLAN tags, as they stand in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Outer,
    Inner,
}

/// The two protocols whose ports can be matched, by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Transport {
    Tcp = 6,
    Udp = 17,
}

/// Which end of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Destination,
}

impl Match {
    /// Every frame.
    pub fn everything() -> Self {
        Self(Condition::All(Vec::new()))
    }

    /// UDP datagrams to this port, over IPv4 or IPv6.
    pub fn udp_port(port: u16) -> Self {
        Self::udp_ports(port..=port)
    }

    /// UDP datagrams to one of these ports. An empty range matches nothing.
    pub fn udp_ports(ports: RangeInclusive<u16>) -> Self {
        Self::ports(Transport::Udp, Side::Destination, ports)
    }

    /// UDP datagrams from one of these ports.
    pub fn udp_source_ports(ports: RangeInclusive<u16>) -> Self {
        Self::ports(Transport::Udp, Side::Source, ports)
    }

    /// TCP segments to this port, over IPv4 or IPv6.
    pub fn tcp_port(port: u16) -> Self {
        Self::tcp_ports(port..=port)
    }

    /// TCP segments to one of these ports. An empty range matches nothing.
    pub fn tcp_ports(ports: RangeInclusive<u16>) -> Self {
        Self::ports(Transport::Tcp, Side::Destination, ports)
    }

    /// TCP segments from one of these ports.
    pub fn tcp_source_ports(ports: RangeInclusive<u16>) -> Self {
        Self::ports(Transport::Tcp, Side::Source, ports)
    }

    /// Packets whose IPv4 header has this protocol number, or whose fixed IPv6 header this Next Header.
    pub fn protocol(number: u8) -> Self {
        Self(Condition::Protocol(number))
    }

    /// Packets from an address in `prefix`.
    pub fn source(prefix: IpNet) -> Self {
        Self(Condition::Prefix {
            side: Side::Source,
            prefix,
        })
    }

    /// Packets to an address in `prefix`.
    pub fn destination(prefix: IpNet) -> Self {
        Self(Condition::Prefix {
            side: Side::Destination,
            prefix,
        })
    }

    /// Frames of this EtherType, behind up to two VLAN tags: 0x0806 for ARP, 0x86dd for IPv6.
    pub fn ether_type(ether_type: u16) -> Self {
        Self(Condition::EtherType(ether_type))
    }

    /// Frames whose first VLAN tag has this id (0 to 4095, without priority bits; a greater one matches nothing).
    pub fn vlan(id: u16) -> Self {
        Self(Condition::Vlan {
            tag: Tag::Outer,
            id,
        })
    }

    /// Frames whose second VLAN tag has this id.
    pub fn inner_vlan(id: u16) -> Self {
        Self(Condition::Vlan {
            tag: Tag::Inner,
            id,
        })
    }

    /// Frames that match all of `parts`; every frame if there are none.
    ///
    /// A match of more than [`CONDITION_LIMIT`] conditions or [`DEPTH_LIMIT`] levels is refused when it is attached.
    pub fn all(parts: impl IntoIterator<Item = Match>) -> Self {
        Self(Condition::All(parts.into_iter().collect()))
    }

    /// Frames that match any of `parts`; no frame if there are none. Limits as for [`all`](Self::all).
    pub fn any(parts: impl IntoIterator<Item = Match>) -> Self {
        Self(Condition::Any(parts.into_iter().collect()))
    }

    fn ports(transport: Transport, side: Side, ports: RangeInclusive<u16>) -> Self {
        Self(Condition::Ports {
            transport,
            side,
            ports,
        })
    }

    /// Checks the limits.
    ///
    /// # Errors
    ///
    /// [`MatchError`], when there are more conditions than [`CONDITION_LIMIT`], or more levels than [`DEPTH_LIMIT`].
    pub fn check(&self) -> Result<(), MatchError> {
        let mut conditions = 0;
        self.count(0, &mut conditions)
    }

    fn count(&self, depth: usize, conditions: &mut usize) -> Result<(), MatchError> {
        if depth > DEPTH_LIMIT {
            return Err(MatchError::TooDeep);
        }
        // An empty combination is an answer too: it counts as one, so that their number is bounded as well.
        *conditions += 1;
        if let Condition::All(parts) | Condition::Any(parts) = &self.0
            && !parts.is_empty()
        {
            *conditions -= 1;
            return parts
                .iter()
                .try_for_each(|part| part.count(depth + 1, conditions));
        }
        if *conditions > CONDITION_LIMIT {
            return Err(MatchError::TooManyConditions);
        }
        Ok(())
    }

    /// Tells whether the tree asks for an address.
    pub(super) fn reads_addresses(&self) -> bool {
        match &self.0 {
            Condition::Prefix { .. } => true,
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().any(Self::reads_addresses)
            }
            _ => false,
        }
    }
}
