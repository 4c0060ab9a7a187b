//! The values of a file, one kind after the other.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// Smallest packet that every IPv4 host must take (RFC 791).
const SMALLEST_MTU: u16 = 68;

/// Reads anything that reads itself.
pub(super) fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Reads a comma-separated list; an empty value is an empty list.
pub(super) fn list<T>(text: &str, item: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|part| item(part.trim())).collect()
}

/// Reads a decimal number without a sign.
pub(super) fn number<N: FromStr>(text: &str) -> Option<N> {
    text.bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| text.parse().ok())?
}

pub(super) fn mtu(text: &str) -> Option<u16> {
    number(text).filter(|mtu| *mtu >= SMALLEST_MTU)
}

/// Reads a mark: decimal, hexadecimal after `0x`, or `off`.
pub(super) fn firewall_mark(text: &str) -> Option<u32> {
    if text.eq_ignore_ascii_case("off") {
        return Some(0);
    }
    match text.strip_prefix("0x") {
        // A sign, which Rust would take, is not a digit.
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number(text),
    }
}

/// Reads a time in seconds, or `off`.
pub(super) fn keepalive(text: &str) -> Option<u16> {
    if text.eq_ignore_ascii_case("off") {
        Some(0)
    } else {
        number(text)
    }
}

pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Reads an address with its network; alone it is a network of its own.
pub(super) fn address(text: &str) -> Option<IpNet> {
    parsed::<IpNet>(text).or_else(|| parsed::<IpAddr>(text).map(IpNet::from))
}

/// Reads a prefix; host bits are cut off.
pub(super) fn prefix(text: &str) -> Option<IpNet> {
    address(text).map(|prefix| prefix.trunc())
}
