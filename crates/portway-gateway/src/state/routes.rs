//! Cryptokey routing: which peer owns an address, in both directions.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

use crate::PeerId;

/// The prefixes of all peers; each belongs to exactly one.
#[derive(Default)]
pub(crate) struct Routes {
    version_4: PrefixMap<Ipv4Net, PeerId>,
    version_6: PrefixMap<Ipv6Net, PeerId>,
}

impl Routes {
    /// Gives a prefix to a peer and tells who had it before.
    pub(crate) fn insert(&mut self, prefix: IpNet, peer: PeerId) -> Option<PeerId> {
        match prefix {
            IpNet::V4(prefix) => self.version_4.insert(prefix.trunc(), peer),
            IpNet::V6(prefix) => self.version_6.insert(prefix.trunc(), peer),
        }
    }

    /// Takes a prefix away from a peer; one that it has not stays where it is.
    pub(crate) fn remove(&mut self, prefix: IpNet, peer: PeerId) -> bool {
        let owned = self.owner(prefix) == Some(peer);
        if owned {
            match prefix {
                IpNet::V4(prefix) => self.version_4.remove(&prefix.trunc()),
                IpNet::V6(prefix) => self.version_6.remove(&prefix.trunc()),
            };
        }
        owned
    }

    /// Who has exactly this prefix.
    fn owner(&self, prefix: IpNet) -> Option<PeerId> {
        match prefix {
            IpNet::V4(prefix) => self.version_4.get(&prefix.trunc()).copied(),
            IpNet::V6(prefix) => self.version_6.get(&prefix.trunc()).copied(),
        }
    }

    /// Who has the longest prefix that covers an address.
    pub(crate) fn longest_match(&self, address: IpAddr) -> Option<PeerId> {
        match address {
            IpAddr::V4(address) => self
                .version_4
                .get_lpm(&address.into())
                .map(|found| *found.1),
            IpAddr::V6(address) => self
                .version_6
                .get_lpm(&address.into())
                .map(|found| *found.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same table, done by looking at every prefix each time.
    #[derive(Default)]
    struct Naive(Vec<(IpNet, PeerId)>);

    impl Naive {
        fn insert(&mut self, prefix: IpNet, peer: PeerId) {
            self.0.retain(|(known, _)| *known != prefix.trunc());
            self.0.push((prefix.trunc(), peer));
        }

        fn remove(&mut self, prefix: IpNet, peer: PeerId) {
            self.0.retain(|entry| *entry != (prefix.trunc(), peer));
        }

        fn longest_match(&self, address: IpAddr) -> Option<PeerId> {
            let covering = self
                .0
                .iter()
                .filter(|(prefix, _)| prefix.contains(&address));
            covering
                .max_by_key(|(prefix, _)| prefix.prefix_len())
                .map(|(_, peer)| *peer)
        }
    }

    /// Few distinct addresses, so that prefixes nest and collide.
    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<[bool; 4]>().prop_map(|bits| IpAddr::from(bits.map(u8::from))),
            any::<[bool; 4]>().prop_map(|bits| {
                let mut octets = [0; 16];
                octets[12..].copy_from_slice(&bits.map(u8::from));
                IpAddr::from(octets)
            }),
        ]
    }

    fn prefix() -> impl Strategy<Value = IpNet> {
        (address(), 0_u8..=128).prop_map(|(address, length)| {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            IpNet::new(address, length.min(longest)).unwrap()
        })
    }

    proptest! {
        #[test]
        fn the_trie_agrees_with_a_naive_table(
            steps in prop::collection::vec((prefix(), 0_u32..4, any::<bool>()), 0..60),
            questions in prop::collection::vec(address(), 0..40),
        ) {
            let (mut routes, mut naive) = (Routes::default(), Naive::default());
            for (prefix, peer, add) in steps {
                let peer = PeerId(peer);
                if add {
                    routes.insert(prefix, peer);
                    naive.insert(prefix, peer);
                } else {
                    routes.remove(prefix, peer);
                    naive.remove(prefix, peer);
                }
            }
            for address in questions {
                prop_assert_eq!(routes.longest_match(address), naive.longest_match(address));
            }
        }
    }

    #[test]
    fn a_prefix_is_stolen_with_its_host_bits_ignored() {
        let mut routes = Routes::default();
        assert_eq!(
            routes.insert("10.0.0.1/24".parse().unwrap(), PeerId(1)),
            None
        );
        assert_eq!(
            routes.insert("10.0.0.9/24".parse().unwrap(), PeerId(2)),
            Some(PeerId(1))
        );
        assert!(!routes.remove("10.0.0.0/24".parse().unwrap(), PeerId(1)));
        assert_eq!(
            routes.longest_match("10.0.0.7".parse().unwrap()),
            Some(PeerId(2))
        );
    }
}
