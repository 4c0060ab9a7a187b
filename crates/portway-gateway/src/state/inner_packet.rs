//! The two addresses of an inner packet, and its own length.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{DropReason, congestion::renew};

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

/// Takes one of a packet's hops, as every router does: what goes round in a circle ends.
///
/// # Errors
///
/// Refuses a packet whose hops are used up.
pub(crate) fn travel_on(packet: &mut [u8]) -> Result<(), DropReason> {
    let is_version_4 = version(packet) == Some(4);
    let header = if is_version_4 {
        IPV4_HEADER
    } else {
        IPV6_HEADER
    };
    let header = packet.get_mut(..header).ok_or(DropReason::MalformedInner)?;
    let hops = &mut header[if is_version_4 { 8 } else { 7 }];
    if *hops <= 1 {
        return Err(DropReason::HopLimit);
    }
    *hops -= 1;
    if is_version_4 {
        let new = u16::from_be_bytes([header[8], header[9]]);
        let checksum = u16::from_be_bytes([header[10], header[11]]);
        let renewed = renew(checksum, new + 0x100, new);
        header[10..12].copy_from_slice(&renewed.to_be_bytes());
    }
    Ok(())
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
    fn a_packet_that_travels_on_has_one_hop_less_and_a_right_checksum() {
        let mut packet =
            *b"\x45\x00\x00\x14\x12\x34\x40\x00\x02\x01\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02";
        let sum = |packet: &[u8]| {
            let words = packet
                .chunks(2)
                .map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
            let sum: u32 = words.sum();
            ((sum & 0xffff) + (sum >> 16)) as u16
        };
        let checksum = !sum(&packet);
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
        assert_eq!(travel_on(&mut packet), Ok(()));
        assert_eq!((packet[8], sum(&packet)), (1, 0xffff));
        assert_eq!(travel_on(&mut packet), Err(DropReason::HopLimit));
        let mut version_6 = [0x60; 40];
        version_6[7] = 2;
        assert_eq!(travel_on(&mut version_6), Ok(()));
        assert_eq!(version_6[7], 1);
        assert_eq!(travel_on(&mut version_6), Err(DropReason::HopLimit));
        assert_eq!(travel_on(&mut [0x60; 39]), Err(DropReason::MalformedInner));
    }

    #[test]
    fn what_is_too_short_or_no_ip_has_no_address() {
        for packet in [&[][..], &[0x45; 19], &[0x60; 39], &[0x00; 60]] {
            assert_eq!(source_of(packet), None);
            assert_eq!(destination_of(packet), None);
        }
    }
}
