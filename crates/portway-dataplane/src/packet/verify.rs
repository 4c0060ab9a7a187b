//! Whole checksums: verified and written.

use std::net::IpAddr;

use smoltcp::wire::{Icmpv4Packet, Icmpv6Packet, IpAddress, IpProtocol};

use super::{Fragment, Packet, Transport, checksum};

/// Which checksum is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChecksumError {
    /// That of the IPv4 header.
    #[error("the checksum of the IPv4 header is wrong")]
    Network,
    /// That of UDP, TCP or ICMP.
    #[error("the checksum of the transport header is wrong")]
    Transport,
}

impl Packet<'_> {
    /// Verifies the checksums of the IPv4 header and of UDP, TCP or ICMP.
    ///
    /// What cannot be verified passes: fragments, other protocols, and UDP over IPv4 that left its checksum out. UDP
    /// over IPv6 must not leave it out (RFC 8200, section 8.1).
    ///
    /// # Errors
    ///
    /// Names the first one that is wrong.
    pub fn verify_checksums(&self) -> Result<(), ChecksumError> {
        if self.ipv4().is_some_and(|header| !header.verify_checksum()) {
            return Err(ChecksumError::Network);
        }
        let verified = self.layout.fragment != Fragment::Whole || self.verify_transport();
        verified.then_some(()).ok_or(ChecksumError::Transport)
    }

    fn verify_transport(&self) -> bool {
        let Some((source, destination)) = self.smoltcp_addresses() else {
            return true;
        };
        match self.layout.transport {
            Transport::Udp => self.udp().is_some_and(|datagram| {
                let left_out = datagram.checksum() == 0;
                let may_be = matches!(source, IpAddress::Ipv4(_));
                (left_out && may_be)
                    || (!left_out && datagram.verify_checksum(&source, &destination))
            }),
            Transport::Tcp => self
                .tcp()
                .is_some_and(|segment| segment.verify_checksum(&source, &destination)),
            Transport::Icmpv4 => self
                .body(Transport::Icmpv4)
                .is_some_and(|message| Icmpv4Packet::new_unchecked(message).verify_checksum()),
            Transport::Icmpv6 => self.verify_icmpv6(),
            Transport::Other(_) | Transport::Absent => true,
        }
    }

    fn verify_icmpv6(&self) -> bool {
        let Some((IpAddr::V6(source), IpAddr::V6(destination))) = self.addresses() else {
            return false;
        };
        let message = self
            .body(Transport::Icmpv6)
            .map(Icmpv6Packet::new_unchecked);
        message.is_some_and(|message| message.verify_checksum(&source, &destination))
    }

    /// Whether the checksum of UDP or TCP holds the sum of the pseudo-header alone: the sender left the rest to its
    /// device (`CHECKSUM_PARTIAL`). A packet that an XDP program takes off a veth interface never met one.
    ///
    /// [`fill_checksums`](Self::fill_checksums) makes it whole.
    pub fn checksum_is_left_to_device(&self) -> bool {
        if self.layout.fragment != Fragment::Whole {
            return false;
        }
        let found = match (self.udp(), self.tcp()) {
            (Some(datagram), _) => datagram.checksum(),
            (_, Some(segment)) => segment.checksum(),
            _ => return false,
        };
        pseudo_header_of(self) == Some(found)
    }

    /// Writes all checksums anew; that of the transport header only where the packet is whole.
    pub fn fill_checksums(&mut self) {
        if let Some(mut header) = self.ipv4_mut() {
            header.fill_checksum();
        }
        if self.layout.fragment == Fragment::Whole {
            self.fill_transport();
        }
    }

    fn fill_transport(&mut self) {
        let Some((source, destination)) = self.smoltcp_addresses() else {
            return;
        };
        if let Some(mut datagram) = self.udp_mut() {
            datagram.fill_checksum(&source, &destination);
        } else if let Some(mut segment) = self.tcp_mut() {
            segment.fill_checksum(&source, &destination);
        } else if let Some(message) = self.body_mut(Transport::Icmpv4) {
            Icmpv4Packet::new_unchecked(message).fill_checksum();
        } else if let (IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) =
            (source, destination)
            && let Some(message) = self.body_mut(Transport::Icmpv6)
        {
            Icmpv6Packet::new_unchecked(message).fill_checksum(&source, &destination);
        }
    }

    fn smoltcp_addresses(&self) -> Option<(IpAddress, IpAddress)> {
        let (source, destination) = self.addresses()?;
        Some((source.into(), destination.into()))
    }
}

/// The one's complement sum of what the checksum of a UDP datagram or TCP segment covers of the IP header; none of anything else.
pub(super) fn pseudo_header_of(packet: &Packet<'_>) -> Option<u16> {
    let (source, destination) = packet.smoltcp_addresses()?;
    let protocol = match packet.layout.transport {
        Transport::Udp => IpProtocol::Udp,
        Transport::Tcp => IpProtocol::Tcp,
        _ => return None,
    };
    let length = packet.layout.end - u32::from(packet.layout.transport_at);
    Some(pseudo_header_sum(source, destination, protocol, length))
}

/// The one's complement sum of what a transport checksum covers of the IP header.
fn pseudo_header_sum(
    source: IpAddress,
    destination: IpAddress,
    protocol: IpProtocol,
    length: u32,
) -> u16 {
    let mut bytes = [0; 40];
    let addresses = match (source, destination) {
        (IpAddress::Ipv4(source), IpAddress::Ipv4(destination)) => {
            bytes[..4].copy_from_slice(&source.octets());
            bytes[4..8].copy_from_slice(&destination.octets());
            8
        }
        (IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) => {
            bytes[..16].copy_from_slice(&source.octets());
            bytes[16..32].copy_from_slice(&destination.octets());
            32
        }
        _ => 0,
    };
    bytes[addresses..addresses + 4].copy_from_slice(&length.to_be_bytes());
    bytes[addresses + 7] = protocol.into();
    !checksum::of(&bytes)
}
