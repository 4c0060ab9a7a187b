//! The two addresses of an inner packet, and its own length.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;

/// Where an inner packet says that it comes from; nothing where it is no IP packet.
pub(crate) fn source_of(packet: &[u8]) -> Option<IpAddr> {
    match version(packet)? {
        4 => ipv4_at(packet, 12),
        6 => ipv6_at(packet, 8),
        _ => None,
    }
}

/// Where an inner packet goes; nothing where it is no IP packet.
pub(crate) fn destination_of(packet: &[u8]) -> Option<IpAddr> {
    match version(packet)? {
        4 => ipv4_at(packet, 16),
        6 => ipv6_at(packet, 24),
        _ => None,
    }
}

fn version(packet: &[u8]) -> Option<u8> {
    packet.first().map(|byte| byte >> 4)
}

fn ipv4_at(packet: &[u8], at: usize) -> Option<IpAddr> {
    let octets: [u8; 4] = packet
        .get(..IPV4_HEADER)?
        .get(at..at + 4)?
        .try_into()
        .ok()?;
    Some(Ipv4Addr::from(octets).into())
}

fn ipv6_at(packet: &[u8], at: usize) -> Option<IpAddr> {
    let octets: [u8; 16] = packet
        .get(..IPV6_HEADER)?
        .get(at..at + 16)?
        .try_into()
        .ok()?;
    Some(Ipv6Addr::from(octets).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_both_versions() {
        let mut version_4 = [0; 20];
        version_4[0] = 0x45;
        version_4[12..20].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
        assert_eq!(source_of(&version_4), Some("10.0.0.1".parse().unwrap()));
        assert_eq!(
            destination_of(&version_4),
            Some("10.0.0.2".parse().unwrap())
        );
        let mut version_6 = [0; 40];
        version_6[0] = 0x60;
        version_6[23] = 1;
        version_6[39] = 2;
        assert_eq!(source_of(&version_6), Some("::1".parse().unwrap()));
        assert_eq!(destination_of(&version_6), Some("::2".parse().unwrap()));
    }

    #[test]
    fn what_is_too_short_or_no_ip_has_no_address() {
        for packet in [&[][..], &[0x45; 19], &[0x60; 39], &[0x00; 60]] {
            assert_eq!(source_of(packet), None);
            assert_eq!(destination_of(packet), None);
        }
    }
}
