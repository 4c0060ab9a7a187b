//! What no mode admits: the host itself, its link, groups, and the services that give credentials away.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Refusal;

/// Metadata services of clouds outside the link-local range, where whoever asks gets the
/// credentials of the machine: Amazon (IPv6), Google (IPv6), Alibaba, Oracle, Azure.
const METADATA_SERVICES: [IpAddr; 5] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
];

/// What no mode admits.
pub(super) fn never_reachable(address: IpAddr) -> Option<Refusal> {
    if METADATA_SERVICES.contains(&address) {
        return Some(Refusal::Metadata);
    }
    match address {
        IpAddr::V4(address) => never_reachable_four(address),
        IpAddr::V6(address) => never_reachable_six(address),
    }
}

fn never_reachable_four(address: Ipv4Addr) -> Option<Refusal> {
    if address.is_loopback() {
        Some(Refusal::Loopback)
    } else if address.is_link_local() {
        Some(Refusal::LinkLocal)
    } else if address.is_multicast() {
        Some(Refusal::Multicast)
    } else if address.is_broadcast() {
        Some(Refusal::Broadcast)
    } else if address.octets()[0] == 0 {
        Some(Refusal::Unspecified)
    } else {
        None
    }
}

fn never_reachable_six(address: Ipv6Addr) -> Option<Refusal> {
    if address.is_loopback() {
        Some(Refusal::Loopback)
    } else if address.is_unicast_link_local() {
        Some(Refusal::LinkLocal)
    } else if address.is_multicast() {
        Some(Refusal::Multicast)
    } else if address.is_unspecified() {
        Some(Refusal::Unspecified)
    } else {
        None
    }
}
