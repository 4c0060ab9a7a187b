//! Which peer has a prefix that several rows claim: the higher version, then the greater key.
//!
//! The rule looks at nothing but the claims, so every gateway comes to the same owner whatever
//! the order in which it heard of them.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::{PublicKey, fleet::Version};

/// A prefix that changed hands.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Transfer {
    pub(super) prefix: IpNet,
    /// Who had it. He may have lost it with everything else he had.
    pub(super) from: Option<PublicKey>,
    pub(super) to: Option<PublicKey>,
}

/// The claims of the peers that are served.
#[derive(Default)]
pub(super) struct Routes {
    /// Ordered so that the last claim on a prefix is the winning one.
    claims: BTreeSet<(IpNet, Version, PublicKey)>,
    owners: BTreeMap<IpNet, PublicKey>,
}

impl Routes {
    /// Replaces the claims that a peer made (`before`) by new ones.
    pub(super) fn replace(
        &mut self,
        key: PublicKey,
        before: Option<(Version, Vec<IpNet>)>,
        version: Version,
        prefixes: Vec<IpNet>,
    ) -> Vec<Transfer> {
        let mut touched = Vec::new();
        if let Some((version, prefixes)) = before {
            self.drop_claims(key, version, &prefixes);
            touched = prefixes;
        }
        self.claims
            .extend(prefixes.iter().map(|prefix| (*prefix, version, key)));
        touched.retain(|prefix| !prefixes.contains(prefix));
        touched.extend(prefixes);
        self.settle(touched.iter())
    }

    /// Takes back the claims of a peer.
    pub(super) fn withdraw(
        &mut self,
        key: PublicKey,
        version: Version,
        prefixes: &[IpNet],
    ) -> Vec<Transfer> {
        self.drop_claims(key, version, prefixes);
        self.settle(prefixes.iter())
    }

    /// The prefixes that somebody has.
    pub(super) fn owned(&self) -> impl Iterator<Item = IpNet> {
        self.owners.keys().copied()
    }

    fn drop_claims(&mut self, key: PublicKey, version: Version, prefixes: &[IpNet]) {
        for prefix in prefixes {
            self.claims.remove(&(*prefix, version, key));
        }
    }

    /// Finds the owner of each prefix anew.
    fn settle<'a>(&mut self, prefixes: impl Iterator<Item = &'a IpNet>) -> Vec<Transfer> {
        let settle_one = |prefix: &IpNet| {
            let to = self.winner(prefix);
            let from = match to {
                Some(to) => self.owners.insert(*prefix, to),
                None => self.owners.remove(prefix),
            };
            (from != to).then_some(Transfer {
                prefix: *prefix,
                from,
                to,
            })
        };
        prefixes.filter_map(settle_one).collect()
    }

    fn winner(&self, prefix: &IpNet) -> Option<PublicKey> {
        let lowest = (*prefix, Version::LOWEST, PublicKey::from_bytes([0; 32]));
        let highest = (*prefix, Version::HIGHEST, PublicKey::from_bytes([255; 32]));
        self.claims
            .range(lowest..=highest)
            .next_back()
            .map(|(_, _, key)| *key)
    }
}
