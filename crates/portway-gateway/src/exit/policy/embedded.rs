//! IPv4 addresses inside of IPv6 ones: whoever translates on the way would connect to those.

use std::net::{IpAddr, Ipv4Addr};

/// The IPv4 address that an IPv6 address stands for, if it does: the host, or a translator on the
/// way, would connect to that one.
pub(super) fn embedded(address: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None.into_iter();
    };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = match [a, b, c, d, e, f] {
        // IPv4-mapped and IPv4-compatible (RFC 4291, 2.5.5); `::` and `::1` were judged before.
        [0, 0, 0, 0, 0, 0xffff | 0]
        // IPv4-translated (RFC 2765, 2.1).
        | [0, 0, 0, 0, 0xffff, 0]
        // NAT64 (RFC 6052, 2.1).
        | [0x64, 0xff9b, 0, 0, 0, 0] => Some(from_segments(g, h)),
        // 6to4 (RFC 3056, 2).
        [0x2002, ..] => Some(from_segments(b, c)),
        // Teredo: the client's address, every bit turned over (RFC 4380, 4).
        [0x2001, 0, ..] => Some(from_segments(!g, !h)),
        _ => None,
    };
    inner.into_iter()
}

/// With prefixes of 48, 56, 64 and 96 bits; the octet 8 is always left out.
const TRANSLATED_PLACES: [[usize; 4]; 4] = [
    [6, 7, 9, 10],
    [7, 9, 10, 11],
    [9, 10, 11, 12],
    [12, 13, 14, 15],
];

/// The IPv4 addresses that an address of the NAT64 range for local use (RFC 8215) may stand for:
/// its operator chooses the length of the prefix, and with it the place (RFC 6052, 2.2).
pub(super) fn in_local_translation(address: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let octets = match address {
        IpAddr::V6(address) => address.octets(),
        IpAddr::V4(_) => [0; 16],
    };
    let is_local = octets.starts_with(&[0, 0x64, 0xff, 0x9b, 0, 1]);
    let inner = TRANSLATED_PLACES.map(|places| Ipv4Addr::from(places.map(|place| octets[place])));
    // A zero in front fills up an address with another prefix, unless all begin with one.
    let is_filling = |inner: &Ipv4Addr| inner.octets()[0] == 0;
    let only_filling = inner.iter().all(is_filling);
    let read = inner
        .into_iter()
        .filter(move |inner| only_filling || !is_filling(inner));
    read.filter(move |_| is_local)
}

const fn from_segments(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}
