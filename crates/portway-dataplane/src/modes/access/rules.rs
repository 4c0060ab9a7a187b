//! All access rules, as one snapshot.

use std::{collections::HashMap, hash::Hash, net::IpAddr};

use ipnet::IpNet;

use super::{AccessAction, AccessRule, rule::demonstration};
use crate::modes::route::{Key, NONE, Prefix, Trie, key_v4};

/// Rules in their order: the first one that matches a packet decides. They never change; new rules are a new snapshot.
///
/// The prefixes of sources and of destinations are each in a table of longest-prefix match, and each knows the prefix
/// around it. A packet's source thus names all prefixes that it is in, its destination too, and only these pairs are looked
/// for. Nested prefixes cost: 33 x 33 pairs at worst for IPv4, one or two for what people write.
#[derive(Debug)]
pub struct AccessRules {
    rules: Vec<AccessRule>,
    v4: Family<u64>,
    v6: Family<u128>,
}

impl AccessRules {
    /// Makes the snapshot.
    pub fn new(rules: Vec<AccessRule>) -> Self {
        Self {
            v4: Family::new(&rules, |prefix| match prefix {
                IpNet::V4(prefix) => Some((key_v4(prefix.network()), prefix.prefix_len())),
                IpNet::V6(_) => None,
            }),
            v6: Family::new(&rules, |prefix| match prefix {
                IpNet::V4(_) => None,
                IpNet::V6(prefix) => Some((prefix.network().to_bits(), prefix.prefix_len())),
            }),
            rules,
        }
    }

    /// The rules of CNDP's demonstration, which it starts with unasked.
    pub fn demonstration() -> Self {
        Self::new(demonstration())
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[AccessRule] {
        &self.rules
    }

    /// What the first rule says that matches; none matches a packet between two IP versions.
    #[inline]
    pub fn decide(&self, source: IpAddr, destination: IpAddr) -> Option<AccessAction> {
        let found = match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                self.v4.first_rule(key_v4(source), key_v4(destination))
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                self.v6.first_rule(source.to_bits(), destination.to_bits())
            }
            _ => None,
        };
        found.map(|rule| self.rules[rule as usize].action)
    }
}

/// The rules of one IP version.
#[derive(Debug)]
struct Family<K> {
    sources: Side<K>,
    destinations: Side<K>,
    /// By source: where its pairs begin in `pairs`; one more at the end.
    starts: Vec<u32>,
    /// Destination and first rule, by source and then by destination.
    pairs: Vec<(u32, u32)>,
    /// By source: its first rule.
    earliest: Vec<u32>,
}

/// The prefixes of one side. Number 0 stands for none.
#[derive(Debug)]
struct Side<K> {
    table: Trie<K>,
    /// By number: the next shorter prefix around it.
    around: Vec<u32>,
}

impl<K: Key + Hash> Family<K> {
    fn new(rules: &[AccessRule], read: impl Fn(IpNet) -> Option<(K, u8)>) -> Self {
        let read = |prefix| read(prefix).map(|(key, length)| (key, u32::from(length)));
        let (sources, source_numbers) =
            Side::new(rules.iter().filter_map(|rule| read(rule.source)));
        let (destinations, destination_numbers) =
            Side::new(rules.iter().filter_map(|rule| read(rule.destination)));
        let mut triples = Vec::new();
        for (rule, number) in rules.iter().zip(0..) {
            if let (Some(source), Some(destination)) = (read(rule.source), read(rule.destination)) {
                let (source, destination) =
                    (source_numbers[&source], destination_numbers[&destination]);
                triples.push((source, destination, number));
            }
        }
        // The first rule of each pair stays.
        triples.sort_unstable();
        triples.dedup_by_key(|(source, destination, _)| (*source, *destination));
        Self {
            starts: starts(&triples, sources.around.len()),
            earliest: earliest(&triples, sources.around.len()),
            pairs: triples
                .into_iter()
                .map(|(_, destination, rule)| (destination, rule))
                .collect(),
            sources,
            destinations,
        }
    }

    #[inline]
    fn first_rule(&self, source: K, destination: K) -> Option<u32> {
        let mut first = u32::MAX;
        let mut source = self.sources.table.lookup(source);
        if source == NONE {
            return None;
        }
        let innermost = self.destinations.table.lookup(destination);
        while source != NONE {
            if self.earliest[source as usize] < first {
                first = first.min(self.first_rule_to(source, innermost));
            }
            source = self.sources.around[source as usize];
        }
        (first != u32::MAX).then_some(first)
    }

    /// The first rule from one source prefix to any of the prefixes around the destination.
    #[inline]
    fn first_rule_to(&self, source: u32, mut destination: u32) -> u32 {
        let source = source as usize;
        let pairs = &self.pairs[self.starts[source] as usize..self.starts[source + 1] as usize];
        let mut first = u32::MAX;
        while destination != NONE {
            if let Ok(at) =
                pairs.binary_search_by_key(&destination, |(destination, _)| *destination)
            {
                first = first.min(pairs[at].1);
            }
            destination = self.destinations.around[destination as usize];
        }
        first
    }
}

/// By source number: where its triples begin, with one more at the end.
fn starts(triples: &[(u32, u32, u32)], sources: usize) -> Vec<u32> {
    let before = |number| triples.partition_point(|(source, ..)| (*source as usize) < number);
    (0..=sources).map(|number| before(number) as u32).collect()
}

/// By source number: its first rule.
fn earliest(triples: &[(u32, u32, u32)], sources: usize) -> Vec<u32> {
    let mut earliest = vec![u32::MAX; sources];
    for (source, _, rule) in triples {
        let first = &mut earliest[*source as usize];
        *first = (*first).min(*rule);
    }
    earliest
}

type Numbers<K> = HashMap<(K, u32), u32>;

impl<K: Key + Hash> Side<K> {
    /// Numbers the different prefixes, from 1 on.
    fn new(prefixes: impl Iterator<Item = (K, u32)>) -> (Self, Numbers<K>) {
        let mut distinct: Vec<_> = prefixes.collect();
        distinct.sort_unstable();
        distinct.dedup();
        let prefix = |((key, length), value): ((K, u32), u32)| Prefix { key, length, value };
        let prefixes: Vec<_> = distinct.iter().copied().zip(1..).map(prefix).collect();
        let side = Self {
            around: around(&prefixes),
            table: Trie::new(prefixes),
        };
        (side, distinct.into_iter().zip(1..).collect())
    }
}

/// By number: the longest other prefix that a prefix is in. They come sorted, each behind all that it is in.
fn around<K: Key>(prefixes: &[Prefix<K>]) -> Vec<u32> {
    let mut around = vec![NONE; prefixes.len() + 1];
    let mut open: Vec<Prefix<K>> = Vec::new();
    for prefix in prefixes {
        while open
            .pop_if(|last| !last.key.agrees(prefix.key, last.length))
            .is_some()
        {}
        around[prefix.value as usize] = open.last().map_or(NONE, |last| last.value);
        open.push(*prefix);
    }
    around
}
