//! Routing: where packets go by their destination.

mod budget;
mod expired;
mod router;
mod rule;
mod table;
mod trie;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use router::Router;
pub use rule::{NextHop, RouteRule, RouteRuleError};
pub use table::RouteTable;

pub(super) use table::key_v4;
pub(super) use trie::{Key, NONE, Prefix, Trie};

/// Whether no router forwards from or to such an address: it names nobody, this host or its link alone, or nothing at
/// all (RFC 1812, section 5.3.7).
#[inline]
fn is_martian_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // Multicast, and what is reserved above it.
        [0 | 127 | 224.., ..] => true,
        [169, 254, ..] => true,
        _ => false,
    }
}

/// The same for IPv6.
#[inline]
fn is_martian_v6(address: Ipv6Addr) -> bool {
    address.is_multicast()
        || address.is_unspecified()
        || address.is_loopback()
        || address.is_unicast_link_local()
}
