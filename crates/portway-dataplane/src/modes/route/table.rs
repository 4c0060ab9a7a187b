//! All routes, as one snapshot.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, Ipv6Addr},
};

use ipnet::IpNet;

use super::{
    NextHop, RouteRule,
    trie::{NONE, Prefix, Trie},
};

/// Longest-prefix match over the routes of both IP versions. It never changes; new routes are a new table.
///
/// ```
/// use portway_dataplane::RouteTable;
///
/// let rules = ["10.0.0.0/8,02:00:00:00:00:01,0", "10.1.0.0/16,02:00:00:00:00:02,1"];
/// let rules = rules.map(|rule| rule.parse().unwrap());
/// let table = RouteTable::new(&rules);
/// assert_eq!(table.lookup_v4([10, 1, 2, 3].into()).unwrap().port, 1);
/// assert_eq!(table.lookup_v4([10, 2, 2, 3].into()).unwrap().port, 0);
/// assert!(table.lookup_v4([11, 0, 0, 1].into()).is_none());
/// ```
#[derive(Debug)]
pub struct RouteTable {
    v4: Trie<u64>,
    v6: Trie<u128>,
    /// Value 1 of the tries is the first one.
    next_hops: Vec<NextHop>,
}

impl RouteTable {
    /// Makes the table. Of two routes for one prefix the later one counts.
    pub fn new(rules: &[RouteRule]) -> Self {
        let mut numbers = HashMap::new();
        let mut next_hops = Vec::new();
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for rule in rules {
            let value = *numbers.entry(rule.next_hop).or_insert_with(|| {
                next_hops.push(rule.next_hop);
                // Fewer than 2^31: each is 16 bytes of a list that is in memory.
                next_hops.len() as u32
            });
            match rule.prefix {
                IpNet::V4(prefix) => v4.push(Prefix {
                    key: key_v4(prefix.network()),
                    length: prefix.prefix_len().into(),
                    value,
                }),
                IpNet::V6(prefix) => v6.push(Prefix {
                    key: prefix.network().to_bits(),
                    length: prefix.prefix_len().into(),
                    value,
                }),
            }
        }
        Self {
            v4: Trie::for_many(v4),
            v6: Trie::new(v6),
            next_hops,
        }
    }

    /// Where packets to this address go.
    #[inline]
    pub fn lookup_v4(&self, destination: Ipv4Addr) -> Option<NextHop> {
        self.next_hop(self.find_v4(destination))
    }

    /// Where packets to this address go.
    #[inline]
    pub fn lookup_v6(&self, destination: Ipv6Addr) -> Option<NextHop> {
        self.next_hop(self.find_v6(destination))
    }

    #[inline]
    pub(super) fn find_v4(&self, destination: Ipv4Addr) -> u32 {
        self.v4.lookup(key_v4(destination))
    }

    #[inline]
    pub(super) fn find_v6(&self, destination: Ipv6Addr) -> u32 {
        self.v6.lookup(destination.to_bits())
    }

    fn next_hop(&self, value: u32) -> Option<NextHop> {
        if value == NONE {
            return None;
        }
        self.next_hops.get(value as usize - 1).copied()
    }

    /// The different next hops; the first one is value 1 of the tables.
    pub(super) fn next_hops(&self) -> &[NextHop] {
        &self.next_hops
    }

    /// The bytes of memory that the table takes.
    pub fn memory(&self) -> usize {
        self.v4.memory() + self.v6.memory() + self.next_hops.len() * size_of::<NextHop>()
    }
}

/// The bits of an IPv4 address, from the first bit of a key on.
#[inline]
pub(crate) fn key_v4(address: Ipv4Addr) -> u64 {
    u64::from(address.to_bits()) << 32
}
