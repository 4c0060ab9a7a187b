//! The meaning of a match in plain Rust: what is read of a frame, and whether a condition holds for it.
//!
//! The program that runs in the kernel is tested against this one; back ends without XDP use it as it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::matching::{Condition, Match, Side, Tag, Transport};

pub(super) const ETHER_TYPE_IPV4: u16 = 0x0800;
pub(super) const ETHER_TYPE_IPV6: u16 = 0x86dd;
pub(super) const ETHER_TYPE_VLAN: u16 = 0x8100;
pub(super) const ETHER_TYPE_SERVICE_VLAN: u16 = 0x88a8;
/// "More fragments" and the fragment's place: both 0 in a datagram that is whole.
pub(super) const FRAGMENT_MASK: u16 = 0x3fff;
pub(super) const VLAN_ID_MASK: u16 = 0x0fff;

/// What was found in a frame; `None` for what is not there or cannot be read.
#[derive(Debug, Default)]
struct Facts {
    ether_type: Option<u16>,
    outer_vlan: Option<u16>,
    inner_vlan: Option<u16>,
    internet: Option<Internet>,
    /// Source and destination.
    ports: Option<(u16, u16)>,
}

/// The IP header.
#[derive(Debug)]
struct Internet {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
}

impl Match {
    /// Tells whether the frame (from its Ethernet header on) matches, exactly as the program in the kernel would.
    pub fn matches(&self, frame: &[u8]) -> bool {
        self.0.holds(&Facts::read(frame))
    }
}

impl Condition {
    fn holds(&self, facts: &Facts) -> bool {
        match self {
            Self::EtherType(ether_type) => facts.ether_type == Some(*ether_type),
            Self::Vlan {
                tag: Tag::Outer,
                id,
            } => facts.outer_vlan == Some(*id),
            Self::Vlan {
                tag: Tag::Inner,
                id,
            } => facts.inner_vlan == Some(*id),
            Self::Protocol(number) => facts.protocol() == Some(*number),
            Self::Ports {
                transport,
                side,
                ports,
            } => {
                facts.protocol() == Some(*transport as u8)
                    && facts.port(*side).is_some_and(|port| ports.contains(&port))
            }
            Self::Prefix { side, prefix } => facts
                .address(*side)
                .is_some_and(|address| prefix.contains(&address)),
            Self::All(parts) => parts.iter().all(|part| part.0.holds(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.0.holds(facts)),
        }
    }
}

impl Facts {
    fn read(frame: &[u8]) -> Self {
        let mut facts = Self::default();
        let Some((mut ether_type, mut rest)) = ethernet(frame) else {
            return facts;
        };
        for tag in [Tag::Outer, Tag::Inner] {
            let Some((id, next, behind)) = vlan_tag(ether_type, rest) else {
                break;
            };
            facts.set_vlan(tag, id);
            (ether_type, rest) = (next, behind);
        }
        facts.ether_type = Some(ether_type);
        let Some((internet, transport)) = internet(ether_type, rest) else {
            return facts;
        };
        facts.ports = transport.and_then(|bytes| ports(internet.protocol, bytes));
        facts.internet = Some(internet);
        facts
    }

    fn set_vlan(&mut self, tag: Tag, id: u16) {
        match tag {
            Tag::Outer => self.outer_vlan = Some(id),
            Tag::Inner => self.inner_vlan = Some(id),
        }
    }

    fn protocol(&self) -> Option<u8> {
        self.internet.as_ref().map(|internet| internet.protocol)
    }

    fn address(&self, side: Side) -> Option<IpAddr> {
        self.internet.as_ref().map(|internet| match side {
            Side::Source => internet.source,
            Side::Destination => internet.destination,
        })
    }

    fn port(&self, side: Side) -> Option<u16> {
        self.ports.map(|(source, destination)| match side {
            Side::Source => source,
            Side::Destination => destination,
        })
    }
}

/// Returns the EtherType and what stands behind the header.
fn ethernet(frame: &[u8]) -> Option<(u16, &[u8])> {
    let (header, rest) = frame.split_first_chunk::<14>()?;
    Some((u16::from_be_bytes([header[12], header[13]]), rest))
}

/// Returns the id of a tag, the EtherType it holds, and what stands behind it.
fn vlan_tag(ether_type: u16, bytes: &[u8]) -> Option<(u16, u16, &[u8])> {
    if ether_type != ETHER_TYPE_VLAN && ether_type != ETHER_TYPE_SERVICE_VLAN {
        return None;
    }
    let (&[high, low, type_high, type_low], rest) = bytes.split_first_chunk::<4>()?;
    let id = u16::from_be_bytes([high, low]) & VLAN_ID_MASK;
    Some((id, u16::from_be_bytes([type_high, type_low]), rest))
}

/// Returns the IP header, and the bytes of the transport if they belong to a whole datagram.
fn internet(ether_type: u16, bytes: &[u8]) -> Option<(Internet, Option<&[u8]>)> {
    match ether_type {
        ETHER_TYPE_IPV4 => internet_4(bytes),
        ETHER_TYPE_IPV6 => internet_6(bytes),
        _ => None,
    }
}

fn internet_4(bytes: &[u8]) -> Option<(Internet, Option<&[u8]>)> {
    let fixed = bytes.first_chunk::<20>()?;
    let header_length = usize::from(fixed[0] & 0x0f) * 4;
    if fixed[0] >> 4 != 4 || header_length < fixed.len() {
        return None;
    }
    let behind = bytes.get(header_length..)?;
    let source: [u8; 4] = *fixed[12..].first_chunk()?;
    let destination: [u8; 4] = *fixed[16..].first_chunk()?;
    let internet = Internet {
        source: Ipv4Addr::from(source).into(),
        destination: Ipv4Addr::from(destination).into(),
        protocol: fixed[9],
    };
    let total = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
    let whole = u16::from_be_bytes([fixed[6], fixed[7]]) & FRAGMENT_MASK == 0;
    let payload = total.checked_sub(header_length).filter(|_| whole);
    Some((
        internet,
        payload.map(|length| &behind[..length.min(behind.len())]),
    ))
}

fn internet_6(bytes: &[u8]) -> Option<(Internet, Option<&[u8]>)> {
    let (fixed, behind) = bytes.split_first_chunk::<40>()?;
    if fixed[0] >> 4 != 6 {
        return None;
    }
    let source: [u8; 16] = *fixed[8..].first_chunk()?;
    let destination: [u8; 16] = *fixed[24..].first_chunk()?;
    let internet = Internet {
        source: Ipv6Addr::from(source).into(),
        destination: Ipv6Addr::from(destination).into(),
        protocol: fixed[6],
    };
    let length = usize::from(u16::from_be_bytes([fixed[4], fixed[5]]));
    Some((internet, Some(&behind[..length.min(behind.len())])))
}

/// Returns source and destination port of a header that is whole.
fn ports(protocol: u8, bytes: &[u8]) -> Option<(u16, u16)> {
    let least = [Transport::Tcp, Transport::Udp]
        .into_iter()
        .find(|transport| *transport as u8 == protocol)?
        .header_length();
    bytes.get(..least)?;
    let (ports, _) = bytes.split_first_chunk::<4>()?;
    Some((
        u16::from_be_bytes([ports[0], ports[1]]),
        u16::from_be_bytes([ports[2], ports[3]]),
    ))
}

impl Transport {
    /// Returns how many bytes the header has without options.
    pub(super) fn header_length(self) -> usize {
        match self {
            Self::Tcp => 20,
            Self::Udp => 8,
        }
    }
}
