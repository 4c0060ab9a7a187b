//! Where the headers of a packet are: found once, in one pass over them.

use smoltcp::wire::IpProtocol;

use super::{
    extension::skip_extension_headers,
    kinds::{Fragment, Malformed, Network, Transport, VlanTag},
};

/// The length of an Ethernet header.
pub(super) const ETHERNET: usize = 14;
const VLAN_TAG: usize = 4;
/// Two tags are what IEEE 802.1ad stacks; more are some other protocol's business.
const MOST_VLAN_TAGS: usize = 2;

const ETHER_TYPE_IPV4: u16 = 0x0800;
const ETHER_TYPE_ARP: u16 = 0x0806;
const ETHER_TYPE_IPV6: u16 = 0x86DD;
const ETHER_TYPE_VLAN: u16 = 0x8100;
const ETHER_TYPE_SERVICE_VLAN: u16 = 0x88A8;

const LEAST_IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const ARP_OVER_ETHERNET: usize = 28;
const UDP_HEADER: usize = 8;
/// The headers of UDP over IPv4 without options or tags.
const PLAIN_DATAGRAM: usize = ETHERNET + LEAST_IPV4_HEADER + UDP_HEADER;
const LEAST_TCP_HEADER: usize = 20;
const LEAST_ICMP_MESSAGE: usize = 8;

/// Where the headers of a packet are. It stays true as long as no header changes its length.
///
/// Whoever has one has headers that are whole and fit into each other: the offsets ascend and lie in the frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Layout {
    pub(crate) network_at: u16,
    pub(crate) transport_at: u16,
    pub(super) payload_at: u16,
    /// Where the payload ends: a UDP datagram may be shorter than the packet around it.
    pub(super) payload_end: u32,
    /// Where the IP packet ends; behind it the frame is padded.
    pub(crate) end: u32,
    /// What follows the Ethernet header.
    pub network: Network,
    /// What the IP packet carries.
    pub transport: Transport,
    /// Whether the IP packet is whole.
    pub fragment: Fragment,
    /// The outermost VLAN tag, where there is one.
    pub vlan: Option<VlanTag>,
}

impl Layout {
    /// Reads a frame that begins with an Ethernet header.
    ///
    /// # Errors
    ///
    /// Names what is cut off or contradicts itself.
    #[inline]
    pub fn of_ethernet(bytes: &[u8]) -> Result<Self, Malformed> {
        match Self::of_plain_datagram(bytes) {
            Some(layout) => Ok(layout),
            None => Self::of_any_ethernet(bytes),
        }
    }

    /// What most packets are, read at one go: whole UDP over IPv4 without options or tags. `None` says nothing of any other.
    #[inline]
    fn of_plain_datagram(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<PLAIN_DATAGRAM>()?;
        let field = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let (total, length) = (usize::from(field(16)), usize::from(field(38)));
        let is_plain = field(12) == ETHER_TYPE_IPV4
            && header[14] == 0x45
            && field(20) & 0x3FFF == 0
            && header[23] == 17
            && ETHERNET + total <= bytes.len()
            && length >= UDP_HEADER
            && LEAST_IPV4_HEADER + length <= total;
        is_plain.then(|| Self {
            network_at: ETHERNET as u16,
            transport_at: (ETHERNET + LEAST_IPV4_HEADER) as u16,
            payload_at: PLAIN_DATAGRAM as u16,
            payload_end: (ETHERNET + LEAST_IPV4_HEADER + length) as u32,
            end: (ETHERNET + total) as u32,
            network: Network::Ipv4,
            transport: Transport::Udp,
            fragment: Fragment::Whole,
            vlan: None,
        })
    }

    fn of_any_ethernet(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut at = ETHERNET;
        let mut ether_type = word(bytes, at - 2).ok_or(Malformed::Ethernet)?;
        let mut vlan = None;
        for _ in 0..MOST_VLAN_TAGS {
            if !matches!(ether_type, ETHER_TYPE_VLAN | ETHER_TYPE_SERVICE_VLAN) {
                break;
            }
            let control = word(bytes, at).ok_or(Malformed::Ethernet)?;
            vlan = vlan.or(Some(VlanTag::from_bytes(control.to_be_bytes())));
            at += VLAN_TAG;
            ether_type = word(bytes, at - 2).ok_or(Malformed::Ethernet)?;
        }
        let mut layout = match ether_type {
            ETHER_TYPE_IPV4 => ipv4(bytes, at)?,
            ETHER_TYPE_IPV6 => ipv6(bytes, at)?,
            ETHER_TYPE_ARP => arp(bytes, at)?,
            other => Self::opaque(bytes, at, Network::Other(other)),
        };
        layout.vlan = vlan;
        Ok(layout)
    }

    /// Reads a frame that begins with an IP header.
    ///
    /// # Errors
    ///
    /// Names what is cut off or contradicts itself.
    pub fn of_ip(bytes: &[u8]) -> Result<Self, Malformed> {
        match bytes.first().map(|first| first >> 4) {
            Some(4) => ipv4(bytes, 0),
            Some(6) => ipv6(bytes, 0),
            _ => Err(Malformed::Network),
        }
    }

    pub(super) fn is_whole_datagram(&self) -> bool {
        self.transport == Transport::Udp && self.fragment == Fragment::Whole
    }

    fn opaque(bytes: &[u8], at: usize, network: Network) -> Self {
        Self {
            network_at: at as u16,
            transport_at: at as u16,
            payload_at: at as u16,
            payload_end: bytes.len() as u32,
            end: bytes.len() as u32,
            network,
            transport: Transport::Absent,
            fragment: Fragment::Whole,
            vlan: None,
        }
    }
}

fn arp(bytes: &[u8], at: usize) -> Result<Layout, Malformed> {
    let fixed = bytes.get(at..at + ARP_OVER_ETHERNET);
    let fixed = fixed.ok_or(Malformed::Network)?;
    // Ethernet and IPv4 addresses; ARP for anything else is left to others.
    let network = if fixed[..6] == [0, 1, 8, 0, 6, 4] {
        Network::Arp
    } else {
        Network::Other(ETHER_TYPE_ARP)
    };
    Ok(Layout::opaque(bytes, at, network))
}

fn ipv4(bytes: &[u8], at: usize) -> Result<Layout, Malformed> {
    let header = bytes.get(at..at + LEAST_IPV4_HEADER);
    let header = header.ok_or(Malformed::Network)?;
    let length = usize::from(header[0] & 0x0F) * 4;
    let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[0] >> 4 != 4 || length < LEAST_IPV4_HEADER || total < length {
        return Err(Malformed::Network);
    }
    if at + total > bytes.len() {
        return Err(Malformed::Length);
    }
    let fragment = fragment_of(u16::from_be_bytes([header[6], header[7]]), 0x1FFF, 0x2000);
    let place = Place {
        network: Network::Ipv4,
        network_at: at,
        transport_at: at + length,
        end: at + total,
        fragment,
    };
    place.with_transport(bytes, header[9])
}

fn ipv6(bytes: &[u8], at: usize) -> Result<Layout, Malformed> {
    let header = bytes.get(at..at + IPV6_HEADER).ok_or(Malformed::Network)?;
    if header[0] >> 4 != 6 {
        return Err(Malformed::Network);
    }
    let end = at + IPV6_HEADER + usize::from(u16::from_be_bytes([header[4], header[5]]));
    let packet = bytes.get(..end).ok_or(Malformed::Length)?;
    let behind = skip_extension_headers(packet, at + IPV6_HEADER, header[6])?;
    let fragment = behind
        .fragment
        .map_or(Fragment::Whole, |field| fragment_of(field, 0xFFF8, 0x0001));
    let place = Place {
        network: Network::Ipv6,
        network_at: at,
        transport_at: behind.at,
        end,
        fragment,
    };
    place.with_transport(bytes, behind.protocol)
}

fn fragment_of(field: u16, offset: u16, more: u16) -> Fragment {
    match (field & offset, field & more) {
        (0, 0) => Fragment::Whole,
        (0, _) => Fragment::First,
        _ => Fragment::Later,
    }
}

/// An IP packet whose IP headers have been read.
struct Place {
    network: Network,
    network_at: usize,
    transport_at: usize,
    end: usize,
    fragment: Fragment,
}

impl Place {
    fn with_transport(self, bytes: &[u8], protocol: u8) -> Result<Layout, Malformed> {
        let body = &bytes[self.transport_at..self.end];
        let transport = self.transport(protocol);
        let header = match transport {
            Transport::Udp => udp_header(body, self.fragment),
            Transport::Tcp => tcp_header(body),
            Transport::Icmpv4 | Transport::Icmpv6 => {
                (body.len() >= LEAST_ICMP_MESSAGE).then_some(LEAST_ICMP_MESSAGE)
            }
            Transport::Other(_) | Transport::Absent => Some(0),
        };
        let header = header.ok_or(Malformed::Transport)?;
        Ok(Layout {
            network_at: self.network_at as u16,
            transport_at: self.transport_at as u16,
            payload_at: (self.transport_at + header) as u16,
            payload_end: self.payload_end(body, transport) as u32,
            end: self.end as u32,
            network: self.network,
            transport,
            fragment: self.fragment,
            vlan: None,
        })
    }

    fn payload_end(&self, body: &[u8], transport: Transport) -> usize {
        let is_datagram = transport == Transport::Udp && self.fragment == Fragment::Whole;
        let length = word(body, 4).filter(|_| is_datagram);
        length.map_or(self.end, |length| self.transport_at + usize::from(length))
    }

    fn transport(&self, protocol: u8) -> Transport {
        if self.fragment == Fragment::Later {
            return Transport::Absent;
        }
        match (IpProtocol::from(protocol), self.network) {
            (IpProtocol::Udp, _) => Transport::Udp,
            (IpProtocol::Tcp, _) => Transport::Tcp,
            (IpProtocol::Icmp, Network::Ipv4) => Transport::Icmpv4,
            (IpProtocol::Icmpv6, Network::Ipv6) => Transport::Icmpv6,
            (IpProtocol::Ipv6NoNxt, Network::Ipv6) => Transport::Absent,
            _ => Transport::Other(protocol),
        }
    }
}

/// A datagram fills its packet exactly, except for the first fragment of one.
fn udp_header(body: &[u8], fragment: Fragment) -> Option<usize> {
    let length = usize::from(word(body, 4)?);
    let fits = match fragment {
        Fragment::Whole => (UDP_HEADER..=body.len()).contains(&length),
        Fragment::First | Fragment::Later => length >= UDP_HEADER,
    };
    (body.len() >= UDP_HEADER && fits).then_some(UDP_HEADER)
}

fn tcp_header(body: &[u8]) -> Option<usize> {
    let length = usize::from(body.get(12)? >> 4) * 4;
    (LEAST_TCP_HEADER..=body.len())
        .contains(&length)
        .then_some(length)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}
