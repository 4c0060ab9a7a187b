//! What a port answers in its own name: ARP, neighbour solicitations, pings.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portway_xdp::Frame;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        ArpOperation, EthernetAddress, Icmpv4Message, Icmpv6Message, Icmpv6Packet, Icmpv6Repr,
        IpProtocol, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr,
    },
};

use super::DiscardReason;
use crate::{ChecksumError, Malformed, Network, Packet, Transport, checksum};

const IPV6_HEADER: usize = 40;
/// A neighbour advertisement with the option that holds the hardware address.
const ADVERTISEMENT: usize = 32;
/// All neighbour discovery has it, so that nothing from behind a router passes (RFC 4861, section 7.1.1).
const NEIGHBOUR_HOP_LIMIT: u8 = 255;
const ICMP_CHECKSUM: usize = 2;

/// Who a port is on its link.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identity {
    /// Its hardware address. Without one neither ARP nor neighbour solicitations are answered.
    pub mac: Option<EthernetAddress>,
    /// Its IP addresses.
    pub addresses: Vec<IpAddr>,
}

/// Whether the port passes packets on, which neighbour advertisements tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// It does not.
    Host,
    /// It does.
    Router,
}

/// What has to be known of a neighbour solicitation to answer it.
struct Solicitation {
    asked: Ipv6Addr,
    by: Ipv6Addr,
    by_mac: EthernetAddress,
    network_at: usize,
}

impl Identity {
    /// Whether this is one of its addresses.
    #[inline]
    pub fn owns(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    /// Its first address of this IP version.
    pub(super) fn first_v4(&self) -> Option<Ipv4Addr> {
        self.addresses.iter().find_map(|address| match address {
            IpAddr::V4(address) => Some(*address),
            IpAddr::V6(_) => None,
        })
    }

    /// Its first address of this IP version that is not only valid on the link.
    pub(super) fn first_v6(&self) -> Option<Ipv6Addr> {
        self.addresses.iter().find_map(|address| match address {
            IpAddr::V6(address) if !address.is_unicast_link_local() => Some(*address),
            _ => None,
        })
    }

    /// Makes an answer of a request: ARP and neighbour solicitations for its addresses, pings to them. Where it has no
    /// addresses at all, it answers pings to any, if the frame was sent to its hardware address.
    ///
    /// # Errors
    ///
    /// Says why the frame, which is unchanged then, is not answered.
    pub fn answer(&self, frame: &mut Frame, role: Role) -> Result<(), DiscardReason> {
        let mut packet = Packet::ethernet(frame)?;
        match (packet.layout().network, packet.layout().transport) {
            (Network::Arp, _) => self.answer_arp(&mut packet),
            (_, Transport::Icmpv4) => self.answer_ping_v4(&mut packet),
            (_, Transport::Icmpv6) => {
                if let Some(solicitation) = self.solicitation(&packet)? {
                    return self.advertise(frame, &solicitation, role);
                }
                self.answer_ping_v6(&mut packet)
            }
            (Network::Ipv4 | Network::Ipv6, _) => Err(DiscardReason::Unanswered),
            _ => Err(DiscardReason::Unsupported),
        }
    }

    /// Whether an IP packet is for this port, and may be answered.
    pub(super) fn accept(&self, packet: &Packet<'_>) -> Result<(), DiscardReason> {
        let (source, destination) = packet.addresses().ok_or(DiscardReason::Unsupported)?;
        if is_nobody(source) {
            return Err(DiscardReason::Martian);
        }
        let is_own = if self.addresses.is_empty() {
            !is_nobody(destination) && self.is_addressed(packet)
        } else {
            self.owns(destination)
        };
        is_own.then_some(()).ok_or(DiscardReason::Unanswered)
    }

    fn is_addressed(&self, packet: &Packet<'_>) -> bool {
        let destination = packet.macs().map(|(_, destination)| destination);
        self.mac.is_none_or(|mac| destination == Some(mac))
    }

    fn answer_arp(&self, packet: &mut Packet<'_>) -> Result<(), DiscardReason> {
        let mac = self.mac.ok_or(DiscardReason::Unanswered)?;
        let mut arp = packet.arp_mut().ok_or(DiscardReason::Malformed)?;
        let asked = ipv4(arp.target_protocol_addr());
        if arp.operation() != ArpOperation::Request || !self.owns(asked.into()) {
            return Err(DiscardReason::Unanswered);
        }
        let (by, by_mac) = (
            ipv4(arp.source_protocol_addr()),
            mac_of(arp.source_hardware_addr()),
        );
        if !by_mac.is_unicast() {
            return Err(DiscardReason::Martian);
        }
        arp.set_operation(ArpOperation::Reply);
        arp.set_source_hardware_addr(mac.as_bytes());
        arp.set_source_protocol_addr(&asked.octets());
        arp.set_target_hardware_addr(by_mac.as_bytes());
        arp.set_target_protocol_addr(&by.octets());
        packet.set_macs(mac, by_mac);
        Ok(())
    }

    fn answer_ping_v4(&self, packet: &mut Packet<'_>) -> Result<(), DiscardReason> {
        self.accept(packet)?;
        packet.verify_checksums()?;
        let message = packet.icmpv4().ok_or(DiscardReason::Malformed)?;
        if message.msg_type() != Icmpv4Message::EchoRequest {
            return Err(DiscardReason::Unanswered);
        }
        answer_ping(packet, Icmpv4Message::EchoReply.into());
        Ok(())
    }

    fn answer_ping_v6(&self, packet: &mut Packet<'_>) -> Result<(), DiscardReason> {
        self.accept(packet)?;
        packet.verify_checksums()?;
        let message = packet.icmpv6().ok_or(DiscardReason::Unanswered)?;
        if message.msg_type() != Icmpv6Message::EchoRequest {
            return Err(DiscardReason::Unanswered);
        }
        answer_ping(packet, Icmpv6Message::EchoReply.into());
        Ok(())
    }

    /// Reads a neighbour solicitation for one of its addresses; none where the packet is something else.
    fn solicitation(&self, packet: &Packet<'_>) -> Result<Option<Solicitation>, DiscardReason> {
        let Some(message) = packet.icmpv6() else {
            return Ok(None);
        };
        if message.msg_type() != Icmpv6Message::NeighborSolicit {
            return Ok(None);
        }
        packet.verify_checksums()?;
        let header = packet.ipv6().ok_or(DiscardReason::Malformed)?;
        let (by_mac, _) = packet.macs().ok_or(DiscardReason::Unsupported)?;
        if header.hop_limit() != NEIGHBOUR_HOP_LIMIT {
            return Err(DiscardReason::Malformed);
        }
        let asked = message.target_addr();
        if !self.owns(asked.into()) || !by_mac.is_unicast() {
            return Err(DiscardReason::Unanswered);
        }
        Ok(Some(Solicitation {
            asked,
            by: header.src_addr(),
            by_mac,
            network_at: usize::from(packet.layout().network_at),
        }))
    }

    /// Makes the answer of the frame that the solicitation came in.
    fn advertise(
        &self,
        frame: &mut Frame,
        solicitation: &Solicitation,
        role: Role,
    ) -> Result<(), DiscardReason> {
        let mac = self.mac.ok_or(DiscardReason::Unanswered)?;
        let at = solicitation.network_at;
        let fits = frame.set_len(at + IPV6_HEADER + ADVERTISEMENT);
        fits.map_err(|_| DiscardReason::Malformed)?;
        frame[..6].copy_from_slice(solicitation.by_mac.as_bytes());
        frame[6..12].copy_from_slice(mac.as_bytes());
        // Whoever makes sure that an address is free asks without one: everybody is told (RFC 4861, section 7.2.4).
        let is_probe = solicitation.by.is_unspecified();
        let to = if is_probe {
            frame[..6].copy_from_slice(&[0x33, 0x33, 0, 0, 0, 1]);
            Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 1)
        } else {
            solicitation.by
        };
        let mut flags = NdiscNeighborFlags::OVERRIDE;
        flags.set(NdiscNeighborFlags::SOLICITED, !is_probe);
        flags.set(NdiscNeighborFlags::ROUTER, role == Role::Router);
        write_advertisement(&mut frame[at..], (solicitation.asked, to), mac, flags);
        Ok(())
    }
}

fn write_advertisement(
    bytes: &mut [u8],
    (from, to): (Ipv6Addr, Ipv6Addr),
    mac: EthernetAddress,
    flags: NdiscNeighborFlags,
) {
    let header = Ipv6Repr {
        src_addr: from,
        dst_addr: to,
        next_header: IpProtocol::Icmpv6,
        payload_len: ADVERTISEMENT,
        hop_limit: NEIGHBOUR_HOP_LIMIT,
    };
    header.emit(&mut Ipv6Packet::new_unchecked(&mut *bytes));
    let message = Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert {
        flags,
        target_addr: from,
        lladdr: Some(mac.into()),
    });
    let body = &mut bytes[IPV6_HEADER..];
    body.fill(0);
    let mut body = Icmpv6Packet::new_unchecked(body);
    message.emit(&from, &to, &mut body, &ChecksumCapabilities::default());
}

/// Turns a ping round: the type changes, and the ends are swapped.
fn answer_ping(packet: &mut Packet<'_>, reply: u8) {
    let message = packet.transport_mut();
    let before = u16::from_be_bytes([message[0], message[1]]);
    message[0] = reply;
    let after = u16::from_be_bytes([message[0], message[1]]);
    let old = u16::from_be_bytes([message[ICMP_CHECKSUM], message[ICMP_CHECKSUM + 1]]);
    let new = checksum::update(old, before, after);
    message[ICMP_CHECKSUM..ICMP_CHECKSUM + 2].copy_from_slice(&new.to_be_bytes());
    packet.swap_macs();
    packet.swap_ends();
}

/// Whether an address names nobody in particular, so that nothing may be sent there as an answer.
#[inline]
pub(super) fn is_nobody(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_multicast() || address.is_broadcast() || address.octets()[0] == 0
        }
        IpAddr::V6(address) => address.is_multicast() || address.is_unspecified(),
    }
}

fn ipv4(bytes: &[u8]) -> Ipv4Addr {
    bytes
        .try_into()
        .map_or(Ipv4Addr::UNSPECIFIED, <[u8; 4]>::into)
}

fn mac_of(bytes: &[u8]) -> EthernetAddress {
    bytes
        .try_into()
        .map_or(EthernetAddress::BROADCAST, EthernetAddress)
}

impl From<Malformed> for DiscardReason {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<ChecksumError> for DiscardReason {
    fn from(_: ChecksumError) -> Self {
        Self::Checksum
    }
}
