//! What a packet can be, and why a frame is none.

/// Why a frame is not a packet that can be worked with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It ends before its Ethernet header or VLAN tag does.
    #[error("the frame ends within its Ethernet header")]
    Ethernet,
    /// It ends before its network header does, or that contradicts itself.
    #[error("the network header is cut off or contradicts itself")]
    Network,
    /// The IP header says a length that the frame does not have.
    #[error("the IP packet is longer than its frame")]
    Length,
    /// It ends before its transport header does, or that contradicts the IP header.
    #[error("the transport header is cut off or contradicts the IP header")]
    Transport,
    /// IPv6 extension headers are cut off or are more than anyone sends.
    #[error("the IPv6 extension headers are cut off or too many")]
    Extensions,
}

/// What follows the Ethernet header and VLAN tags.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Network {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// ARP for IPv4 over Ethernet.
    Arp,
    /// Anything else: its EtherType, or a length where that is below 1536.
    Other(u16),
}

/// What an IP packet carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// A UDP datagram.
    Udp,
    /// A TCP segment.
    Tcp,
    /// An ICMP message.
    Icmpv4,
    /// An ICMPv6 message.
    Icmpv6,
    /// Another protocol, by its IP protocol number.
    Other(u8),
    /// Nothing that can be told: not an IP packet, or a fragment after the first one.
    Absent,
}

/// Whether an IP packet is whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fragment {
    /// It is.
    Whole,
    /// It is the first fragment: the transport header is there, its payload goes on elsewhere.
    First,
    /// It is a later fragment.
    Later,
}

/// The outermost VLAN tag.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VlanTag {
    /// The VLAN, 0 to 4095.
    pub identifier: u16,
    /// The priority, 0 to 7.
    pub priority: u8,
}

impl VlanTag {
    pub(super) fn from_bytes(control: [u8; 2]) -> Self {
        let control = u16::from_be_bytes(control);
        Self {
            identifier: control & 0x0FFF,
            priority: (control >> 13) as u8,
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 2] {
        let priority = u16::from(self.priority & 7) << 13;
        (priority | (self.identifier & 0x0FFF)).to_be_bytes()
    }
}
