//! The link of a host: what smoltcp is told about its port.

use std::net::IpAddr;

use portway_xdp::SendFeatures;
use smoltcp::{
    iface::Interface,
    phy::{Checksum, ChecksumCapabilities, Medium},
    wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr},
};

use super::{
    adapter::{Link, header_length},
    configuration::{HostConfiguration, HostError},
    frames::Outgoing,
};
use crate::port::{LinkType, Port};

pub(super) fn link_of(
    port: &Port,
    configuration: &HostConfiguration,
) -> Result<(HardwareAddress, Link), HostError> {
    let (medium, hardware) = match (port.link_type(), configuration.mac) {
        (LinkType::Ip, _) => (Medium::Ip, HardwareAddress::Ip),
        (LinkType::Ethernet, Some(mac)) => (Medium::Ethernet, ethernet(mac)),
        (LinkType::Ethernet, None) => {
            return Err(HostError::NoMac {
                port: port.name().to_owned(),
            });
        }
    };
    let link = Link {
        medium,
        mtu: configuration.mtu,
        checksums: checksums(
            configuration.verifies_checksums,
            leaves_checksums(port.send_features()),
        ),
    };
    Ok((hardware, link))
}

const fn ethernet(mac: EthernetAddress) -> HardwareAddress {
    HardwareAddress::Ethernet(mac)
}

/// Whether the checksums of what is sent are left to the device behind the port.
pub(super) fn leaves_checksums(offered: SendFeatures) -> bool {
    offered.contains(SendFeatures::CHECKSUM)
}

/// Those of ICMP nobody else writes.
fn checksums(verified: bool, left: bool) -> ChecksumCapabilities {
    let mut checksums = ChecksumCapabilities::default();
    let transport = || match (verified, left) {
        (true, false) => Checksum::Both,
        (true, true) => Checksum::Rx,
        (false, false) => Checksum::Tx,
        (false, true) => Checksum::None,
    };
    checksums.tcp = transport();
    checksums.udp = transport();
    if !verified {
        checksums.icmpv4 = Checksum::Tx;
        checksums.icmpv6 = Checksum::Tx;
    }
    checksums
}

pub(super) fn check_room(
    outgoing: &mut Outgoing,
    link: &Link,
    port: String,
) -> Result<(), HostError> {
    let needed = link.mtu + header_length(link.medium);
    match outgoing.frame_room() {
        None => Err(HostError::NoFrame { port }),
        Some(room) if room < needed => Err(HostError::FrameTooSmall {
            port,
            mtu: link.mtu,
            needed,
            room,
        }),
        Some(_) => Ok(()),
    }
}

pub(super) fn set_addresses(
    interface: &mut Interface,
    configuration: &HostConfiguration,
) -> Result<(), HostError> {
    let mut fits = true;
    interface.update_ip_addrs(|addresses| {
        for network in &configuration.addresses {
            let address = IpCidr::new(IpAddress::from(network.addr()), network.prefix_len());
            fits &= addresses.push(address).is_ok();
        }
    });
    for router in &configuration.routers {
        fits &= match *router {
            IpAddr::V4(router) => interface
                .routes_mut()
                .add_default_ipv4_route(router)
                .is_ok(),
            IpAddr::V6(router) => interface
                .routes_mut()
                .add_default_ipv6_route(router)
                .is_ok(),
        };
    }
    if fits {
        return Ok(());
    }
    let count = configuration
        .addresses
        .len()
        .max(configuration.routers.len());
    Err(HostError::TooManyAddresses { count })
}
