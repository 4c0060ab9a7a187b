//! ARP and neighbour solicitations of the network behind the gateway, for addresses that are in the tunnel.
//!
//! They are broadcast, so the match program leaves them to the kernel, which does not answer for addresses that it has
//! not. A packet socket sees them beside it.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    os::fd::RawFd,
};

use ipnet::IpNet;
use portway_dataplane::{
    Burst, Identity, Network, Packet, PacketPort, Port, Region, Role,
    wire::{ArpOperation, EthernetAddress, Icmpv6Message},
};

/// Frames for a few bursts of questions.
const FRAMES: usize = 512;
/// Questions read at once.
const BURST: usize = 64;

/// Answers for the addresses of the tunnel.
#[derive(Debug)]
pub(super) struct Answers {
    port: Port,
    burst: Burst,
    networks: Vec<IpNet>,
}

impl Answers {
    /// Begins to listen on an interface for questions about these networks.
    pub(super) fn open(interface: &str, networks: Vec<IpNet>) -> io::Result<Self> {
        let region = Region::builder().chunks(FRAMES).build();
        let region = region.map_err(io::Error::other)?;
        let name = format!("{interface}:neighbours");
        let port = PacketPort::open(name, interface, &region).map_err(io::Error::other)?;
        Ok(Self {
            port,
            burst: Burst::with_limit(BURST),
            networks,
        })
    }

    /// What becomes readable when there is a question.
    pub(super) fn descriptor(&self) -> Option<RawFd> {
        self.port.descriptor()
    }

    /// Answers a burst of questions about addresses that are `ours`, and tells whether there may be more.
    pub(super) fn answer(&mut self, mac: EthernetAddress, ours: impl Fn(IpAddr) -> bool) -> bool {
        let more = self.port.rx_burst(&mut self.burst) == BURST;
        let mut answers = Burst::with_limit(BURST);
        for mut frame in self.burst.drain(BURST) {
            let asked = Packet::ethernet(&mut frame)
                .ok()
                .and_then(|packet| asked_for(&packet));
            let is_ours = |asked: &IpAddr| is_in(&self.networks, *asked) && ours(*asked);
            let Some(asked) = asked.filter(is_ours) else {
                continue;
            };
            let identity = Identity {
                mac: Some(mac),
                addresses: vec![asked],
            };
            if identity.answer(&mut frame, Role::Router).is_ok() {
                // There are no more answers than questions.
                let _ = answers.push(frame);
            }
        }
        self.port.tx_burst(&mut answers);
        more
    }
}

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// The address whose neighbour is asked for.
fn asked_for(packet: &Packet<'_>) -> Option<IpAddr> {
    if packet.layout().network == Network::Arp {
        let arp = packet.arp()?;
        let octets: [u8; 4] = arp.target_protocol_addr().try_into().ok()?;
        let is_request = arp.operation() == ArpOperation::Request;
        return is_request.then(|| Ipv4Addr::from(octets).into());
    }
    let message = packet.icmpv6()?;
    let is_solicitation = message.msg_type() == Icmpv6Message::NeighborSolicit;
    is_solicitation.then(|| message.target_addr().into())
}
