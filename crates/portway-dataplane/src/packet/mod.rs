//! A packet: a view over the bytes of a frame. Sans-IO.

pub mod checksum;
mod edit;
mod envelope;
mod extension;
mod kinds;
mod layout;
mod leave;
#[cfg(test)]
mod tests;
mod verify;
mod vlan;

use std::net::{IpAddr, SocketAddr};

pub use envelope::Datagram;
pub use extension::{UpperLayer, skip_extension_headers};
pub use kinds::{Fragment, Malformed, Network, Transport, VlanTag};
pub use layout::Layout;
pub use leave::request_checksums;
pub use verify::ChecksumError;
pub use vlan::{pop_vlan, push_vlan};

use smoltcp::wire::{
    ArpPacket, EthernetAddress, EthernetFrame, Icmpv4Packet, Icmpv6Packet, Ipv4Packet, Ipv6Packet,
    TcpPacket, UdpPacket,
};

/// A packet in a frame: read once when it is made, changed in place.
///
/// The typed headers are those of `smoltcp::wire`. What is made by
/// [`ethernet`](Self::ethernet) or [`ip`](Self::ip) has headers that are whole and fit into the frame; whoever changes
/// a length field through a typed header makes a new view.
#[derive(Debug)]
pub struct Packet<'frame> {
    bytes: &'frame mut [u8],
    layout: Layout,
    has_ethernet: bool,
}

/// Makes the accessors of one header.
macro_rules! header {
    ($(#[$about:meta])* $name:ident, $name_mut:ident, $type:ident, $is:expr, $at:ident) => {
        $(#[$about])*
        #[inline]
        pub fn $name(&self) -> Option<$type<&[u8]>> {
            let (at, end) = (usize::from(self.layout.$at), self.layout.end as usize);
            ($is)(&self.layout).then(|| $type::new_unchecked(&self.bytes[at..end]))
        }

        /// The same, to be changed. Checksums stay as they are.
        #[inline]
        pub fn $name_mut(&mut self) -> Option<$type<&mut [u8]>> {
            let (at, end) = (usize::from(self.layout.$at), self.layout.end as usize);
            ($is)(&self.layout).then(|| $type::new_unchecked(&mut self.bytes[at..end]))
        }
    };
}

impl<'frame> Packet<'frame> {
    /// Reads a frame that begins with an Ethernet header.
    ///
    /// # Errors
    ///
    /// Names what is cut off or contradicts itself.
    #[inline]
    pub fn ethernet(bytes: &'frame mut [u8]) -> Result<Self, Malformed> {
        let layout = Layout::of_ethernet(bytes)?;
        Ok(Self {
            bytes,
            layout,
            has_ethernet: true,
        })
    }

    /// Reads a frame that begins with an IP header, as those of a TUN interface do.
    ///
    /// # Errors
    ///
    /// Names what is cut off or contradicts itself.
    #[inline]
    pub fn ip(bytes: &'frame mut [u8]) -> Result<Self, Malformed> {
        let layout = Layout::of_ip(bytes)?;
        Ok(Self {
            bytes,
            layout,
            has_ethernet: false,
        })
    }

    /// Where its headers are.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// All bytes of the frame.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// The Ethernet header; none in a packet that begins with IP.
    #[inline]
    pub fn ethernet_header(&self) -> Option<EthernetFrame<&[u8]>> {
        self.has_ethernet
            .then(|| EthernetFrame::new_unchecked(&*self.bytes))
    }

    /// Where the frame comes from on its link, and where it goes.
    #[inline]
    pub fn macs(&self) -> Option<(EthernetAddress, EthernetAddress)> {
        let header = self.ethernet_header()?;
        Some((header.src_addr(), header.dst_addr()))
    }

    header!(
        /// The ARP packet.
        arp, arp_mut, ArpPacket, |layout: &Layout| layout.network == Network::Arp, network_at
    );
    header!(
        /// The IPv4 packet, without what pads the frame behind it.
        ipv4, ipv4_mut, Ipv4Packet, |layout: &Layout| layout.network == Network::Ipv4, network_at
    );
    header!(
        /// The IPv6 packet, without what pads the frame behind it.
        ipv6, ipv6_mut, Ipv6Packet, |layout: &Layout| layout.network == Network::Ipv6, network_at
    );
    header!(
        /// The UDP datagram. None of a fragment, whose length is not that of the datagram; its
        /// [`ports`](Self::ports) can be had.
        udp, udp_mut, UdpPacket, Layout::is_whole_datagram, transport_at
    );
    header!(
        /// The TCP segment.
        tcp, tcp_mut, TcpPacket, |layout: &Layout| layout.transport == Transport::Tcp, transport_at
    );
    /// The ICMP message; none where it is shorter than its type.
    pub fn icmpv4(&self) -> Option<Icmpv4Packet<&[u8]>> {
        let message = self.body(Transport::Icmpv4)?;
        Icmpv4Packet::new_checked(message).ok()
    }

    /// The ICMPv6 message; none where it is shorter than its type, or of a type that `smoltcp` does not know.
    pub fn icmpv6(&self) -> Option<Icmpv6Packet<&[u8]>> {
        let message = self.body(Transport::Icmpv6)?;
        Icmpv6Packet::new_checked(message).ok()
    }

    /// The IP packet behind its headers, where that is of this kind.
    fn body(&self, transport: Transport) -> Option<&[u8]> {
        let range = usize::from(self.layout.transport_at)..self.layout.end as usize;
        (self.layout.transport == transport).then(|| &self.bytes[range])
    }

    fn body_mut(&mut self, transport: Transport) -> Option<&mut [u8]> {
        let range = usize::from(self.layout.transport_at)..self.layout.end as usize;
        (self.layout.transport == transport).then(|| &mut self.bytes[range])
    }

    /// All bytes behind the IP headers; all behind the Ethernet header of a frame that is not IP.
    #[inline]
    pub(crate) fn transport_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[usize::from(self.layout.transport_at)..self.layout.end as usize]
    }

    /// The IP addresses that it comes from and goes to.
    #[inline]
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        if let Some(header) = self.ipv4() {
            return Some((header.src_addr().into(), header.dst_addr().into()));
        }
        let header = self.ipv6()?;
        Some((header.src_addr().into(), header.dst_addr().into()))
    }

    /// The ports of a UDP datagram or TCP segment: source, destination.
    #[inline]
    pub fn ports(&self) -> Option<(u16, u16)> {
        let has_ports = matches!(self.layout.transport, Transport::Udp | Transport::Tcp);
        let ports = has_ports.then(|| &self.bytes[usize::from(self.layout.transport_at)..])?;
        let (source, destination) = (ports.first_chunk()?, ports[2..].first_chunk()?);
        Some((
            u16::from_be_bytes(*source),
            u16::from_be_bytes(*destination),
        ))
    }

    /// Both ends of a UDP or TCP flow: source, destination.
    pub fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        let (source, destination) = self.addresses()?;
        let (source_port, destination_port) = self.ports()?;
        Some((
            SocketAddr::new(source, source_port),
            SocketAddr::new(destination, destination_port),
        ))
    }

    /// What follows the last header that was read: the payload of UDP and TCP, the data of an ICMP message behind
    /// its first eight bytes, all of an IP packet that carries something else, all of a frame that is not IP.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        &self.bytes[usize::from(self.layout.payload_at)..self.layout.payload_end as usize]
    }

    /// The same, to be changed; [`fill_checksums`](Self::fill_checksums) afterwards.
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[usize::from(self.layout.payload_at)..self.layout.payload_end as usize]
    }
}
